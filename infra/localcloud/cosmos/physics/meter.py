"""The meter of one container: which partition serves a key, whether it may, what it was charged."""

import bisect
from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import charges
from .consumption import Consumption
from .partitions import Layout, Partition, partitions_of
from .throughput import Throughput


class Refusal(NamedTuple):
    """A request is refused with 429/3200 by `partition`, which has budget again after so many milliseconds."""

    partition: str
    milliseconds: int


class Meter:
    """Sits between a container's requests and the throughput that it has, alone or shared."""

    def __init__(self, throughput: Throughput, hash_version: int, clock: Callable[[], float]) -> None:
        self.throughput = throughput
        self.consumption = Consumption()
        self._clock = clock
        self._hash_version = hash_version
        self._layout: Layout | None = None
        self._partitions: list[Partition] = []
        self._starts: list[bytes] = []

    @property
    def partitions(self) -> list[Partition]:
        """The physical partitions in order of their ranges; new ones after a split."""
        if self._layout is not self.throughput.layout:
            self._layout = self.throughput.layout
            self._partitions = partitions_of(self._layout.slots, self._hash_version)
            self._starts = [one.low for one in self._partitions]
        return self._partitions

    def serving(self, epk: bytes) -> Partition:
        """The partition whose range holds an EPK."""
        partitions = self.partitions
        return partitions[bisect.bisect_right(self._starts, epk) - 1]

    def refusal(self, partitions: Iterable[str]) -> Refusal | None:
        """The partition that admits no request now and opens last, or None when all do; those that are gone do."""
        now, budgets = self._clock(), self.throughput.budgets
        waits = [Refusal(one, wait) for one in partitions if one in budgets and (wait := budgets[one].wait(now))]
        return max(waits, key=lambda one: one.milliseconds, default=None)

    def spend(self, partition: str, key: str | None, ru: float) -> None:
        """Takes RU from the partition that serves a request for logical key `key` (None for several)."""
        now = self._clock()
        if partition in self.throughput.budgets:
            self.throughput.budgets[partition].spend(ru, now)
        self.consumption.use(now, partition, key, ru, budget=self.throughput.rate)

    def try_to_spend(self, partition: str, key: str | None, ru: float) -> int:
        """Takes RU from a partition if it admits the request, else refuses it; the milliseconds to wait, 0 for none."""
        now = self._clock()
        budget = self.throughput.budgets.get(partition)
        if budget is not None:
            milliseconds = budget.wait(now)
            if milliseconds:
                self.consumption.use(now, partition, key, charges.REFUSED, throttled=True)
                return milliseconds
            budget.used += ru
        self.consumption.use(now, partition, key, ru)
        return 0

    def refuse(self, partition: str, key: str | None) -> None:
        """Remembers a 429. Its charge is told, but is no work for the partition's budget."""
        rate = self.throughput.rate
        self.consumption.use(self._clock(), partition, key, charges.REFUSED, throttled=True, budget=rate)
