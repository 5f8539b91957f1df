"""Where the core asks for physics: partitions of a container, charges of requests, budgets of partitions.

The core calls `spend` once per request, before a write is applied.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .container import Container
    from .exchange import Answer, Request
    from .store import Store


@dataclass(frozen=True, slots=True)
class Partition:
    """A physical partition: effective keys from `low` to below `high` (raw bytes; empty and FF are the ends)."""

    id: str
    low: bytes = b""
    high: bytes = b"\xff"
    parents: tuple[str, ...] = ()


class Metering:
    """The physics of an account."""

    def __init__(self, store: "Store", clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def created(self, container: "Container", headers: "Any") -> None:
        """A new container: gives it its partitions and its offer, as the create request's headers ask. Called in the
        open transaction; CosmosError 400 for a throughput that the service would refuse."""
        container.partitions = (Partition("0"),)

    def database_created(self, database: Any, headers: "Any") -> None:
        """A new database: its shared offer, if the create request's headers ask for one."""

    def loaded(self, container: "Container") -> None:
        """A container that was there before this start: gives it the partitions that it had."""
        container.partitions = (Partition("0"),)

    def dropped(self, container: "Container") -> None:
        """A container that is deleted now; called in the open transaction."""

    def database_dropped(self, database: Any) -> None:
        """A database that is deleted now; called in the open transaction."""

    def partition_of(self, container: "Container", epk: bytes) -> Partition:
        """The physical partition that an effective key lies in."""
        for partition in container.partitions:
            if partition.low <= epk < partition.high:
                return partition
        raise LookupError(epk)

    def read_charge(self, size: int) -> float:
        """RU of a point read of `size` bytes."""
        return 1.0

    def feed_charge(self, count: int, size: int) -> float:
        """RU of a page of the change feed or of all items: `count` items, `size` bytes together."""
        return 2.3

    def write_charge(self, operation: str, size: int, terms: int, replaces: bool) -> float:
        """RU of a write: `operation` is create, upsert, replace, patch or delete, `size` in bytes, `terms` the number
        of indexed values, and `replaces` whether an item was there."""
        return 1.0

    def spend(
        self, container: "Container", partition: Partition, key: str | None, charge: float, operation: str
    ) -> None:
        """Takes `charge` from the partition's budget, for logical key `key` (its JSON text; None for several);
        CosmosError 429/3200 with `x-ms-retry-after-ms` when the budget of this second is spent."""

    def record(self, request: "Request", answer: "Answer", container: "Container | None", seconds: float) -> None:
        """A request that was answered, whatever its status."""

    async def offers(self, request: "Request") -> "Answer":
        """Answers everything under `/offers`; CosmosError for what cannot be done."""
        from .errors import not_found

        raise not_found()

    async def management(self, request: "Request") -> "Answer":
        """Answers everything under `/_camp/`, already guarded against other origins."""
        from .errors import not_found

        raise not_found()
