"""What a container's requests were charged: per partition and second, per logical key, and the last requests."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import orjson

KEPT_SECONDS = 600
KEPT_REQUESTS = 200
SLICE_SECONDS = 10  # logical keys are counted in slices of time
SLICE_KEYS = 1_000  # of a slice; beyond, the cooler half is forgotten
HOTTEST = 20


class Request(NamedTuple):
    """One request as it was answered; `key` is the JSON text of the key's values, `charge` in RU."""

    at: float
    operation: str
    key: str | None
    partition: str | None
    charge: float
    status: int
    substatus: int
    milliseconds: float
    query: str | None = None


@dataclass
class Usage:
    """What was used together: RU, requests, and how many of them were refused with 429."""

    ru: float = 0.0
    requests: int = 0
    throttled: int = 0

    def add(self, ru: float, requests: int, throttled: int) -> None:
        self.ru += ru
        self.requests += requests
        self.throttled += throttled


@dataclass
class KeyUsage(Usage):
    """A logical key's usage, and the partition that served it."""

    partition: str = ""


@dataclass
class Second(Usage):
    """A partition's usage in one second of the clock, and the RU that it might use (the most, where that changed)."""

    second: int = 0
    budget: float = 0.0


@dataclass
class KeySlice:
    """The keys of ten seconds, by their JSON text."""

    start: int
    keys: dict[str, KeyUsage] = field(default_factory=dict)

    def add(self, key: str, partition: str, ru: float, throttled: bool) -> None:
        usage = self.keys.get(key)
        if usage is None:
            if len(self.keys) >= SLICE_KEYS:
                self._forget()
            usage = self.keys[key] = KeyUsage(partition=partition)
        usage.add(ru, 1, throttled)
        usage.partition = partition

    def _forget(self) -> None:
        """Drops the cooler half: memory is bounded, and a hot key stays."""
        hottest = sorted(self.keys.items(), key=lambda item: heat(item[1]), reverse=True)
        self.keys = dict(hottest[: SLICE_KEYS // 2])


@lru_cache(4 * SLICE_KEYS)
def canonical(key: str) -> str:
    """A key's JSON text as it is stored: clients escape characters or not. As given when it is no JSON."""
    try:
        return orjson.dumps(orjson.loads(key)).decode()
    except orjson.JSONDecodeError:
        return key


def heat(usage: Usage) -> tuple[float, int]:
    """What keys are ordered by: a key that is only refused is hot too."""
    return usage.ru, usage.throttled


class Consumption:
    """All requests of one container; times are seconds of the clock that dates the requests."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[Second]] = {}
        self._slices: deque[KeySlice] = deque()
        self._requests: deque[tuple[int, Request]] = deque(maxlen=KEPT_REQUESTS)
        self._sequence = 0

    def use(
        self, at: float, partition: str, key: str | None, ru: float, *, throttled: bool = False, budget: float = 0.0
    ) -> None:
        """A request's charge at a partition, for one logical key or (None) for several; refused ones too. `budget` is
        what the partition may use in a second."""
        second = int(at)
        used = self._second(partition, second)
        used.add(ru, 1, throttled)
        used.budget = max(used.budget, budget)
        if key is not None:
            self._slice(second).add(canonical(key), partition, ru, throttled)

    def log(self, request: Request) -> None:
        """An answered request, for the list of the last ones."""
        self._sequence += 1
        self._requests.append((self._sequence, request))

    def seconds(self, partition: str, since: float) -> list[tuple[int, float, int, int, float]]:
        """(second, RU, requests, refused, budget) of every second not idle from `since` on, oldest first."""
        kept = self._seconds.get(partition, ())
        return [
            (one.second, round(one.ru, 2), one.requests, one.throttled, one.budget)
            for one in kept
            if one.second >= since
        ]

    def share(self, rate: float, now: float) -> float:
        """The share of `rate` RU/s that the busiest partition used in the last whole second."""
        last = int(now) - 1
        used = [one.ru for kept in self._seconds.values() for one in list(kept)[-2:] if one.second == last]
        return max(used, default=0.0) / rate

    def hottest(self, since: float) -> list[tuple[str, KeyUsage]]:
        """The keys that used most from `since` on (to ten seconds), with their usage."""
        together: dict[str, KeyUsage] = {}
        for one in self._slices:
            if one.start + SLICE_SECONDS > since:
                for key, usage in one.keys.items():
                    total = together.setdefault(key, KeyUsage())
                    total.add(usage.ru, usage.requests, usage.throttled)
                    total.partition = usage.partition
        return sorted(together.items(), key=lambda item: heat(item[1]), reverse=True)[:HOTTEST]

    def totals(self, since: float) -> Usage:
        """Of all partitions from `since` on, those included that have split since."""
        total = Usage()
        for kept in self._seconds.values():
            for one in kept:
                if one.second >= since:
                    total.add(one.ru, one.requests, one.throttled)
        return Usage(round(total.ru, 2), total.requests, total.throttled)

    def requests(self, since: int) -> Iterable[tuple[int, Request]]:
        """The last requests whose sequence number is greater than `since`, oldest first."""
        return [one for one in self._requests if one[0] > since]

    def _second(self, partition: str, second: int) -> Second:
        kept = self._seconds.setdefault(partition, deque())
        if not kept or kept[-1].second < second:
            kept.append(Second(second=second))
            while kept[0].second <= second - KEPT_SECONDS:
                kept.popleft()
        return kept[-1]

    def _slice(self, second: int) -> KeySlice:
        start = second - second % SLICE_SECONDS
        if not self._slices or self._slices[-1].start < start:
            self._slices.append(KeySlice(start))
            while self._slices[0].start <= start - KEPT_SECONDS:
                self._slices.popleft()
        return self._slices[-1]
