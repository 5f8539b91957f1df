"""`Tally`: what a query has cost so far, by physical partition and in all."""

import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..physics import charges
from .scope import Span

if TYPE_CHECKING:
    from ..physics.partitions import Partition


@dataclass
class Work:
    """Of one partition: documents loaded, their bytes, and the bytes of the rows that came of them."""

    loaded: int = 0
    loaded_size: int = 0
    returned_size: int = 0


@dataclass
class Tally:
    """Work by partition id, and seconds spent on the index and on loading documents."""

    partitions: Sequence["Partition"]
    lookups: float = 0.0
    loading: float = 0.0
    loaded: int = 0
    loaded_size: int = 0
    started: float = field(default_factory=time.perf_counter)
    work: dict[str, Work] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._starts = [one.low for one in self.partitions]

    def at(self, epk: bytes) -> Work:
        """The work of the partition that holds an effective key."""
        name = self.partitions[max(0, bisect_right(self._starts, epk) - 1)].id
        found = self.work.get(name)
        if found is None:
            found = self.work[name] = Work()
        return found

    def touch(self, spans: Iterable[Span]) -> None:
        """The partitions of these effective keys have been asked, whatever they hold."""
        for low, high in spans:
            for one in self.partitions:
                if one.low < high and low < one.high:
                    self.work.setdefault(one.id, Work())

    def load(self, rows: Sequence[tuple[int, bytes, bytes]], seconds: float) -> None:
        """Documents were loaded."""
        self.loading += seconds
        work, low, high = Work(), b"", b""
        for _doc, epk, body in rows:
            if not low <= epk < high:
                low, high = self._range(epk)
                work = self.at(epk)
            work.loaded += 1
            work.loaded_size += len(body)
        self.loaded += len(rows)
        self.loaded_size += sum(len(row[2]) for row in rows)

    def _range(self, epk: bytes) -> Span:
        one = self.partitions[max(0, bisect_right(self._starts, epk) - 1)]
        return one.low, one.high

    def charges(self, predicates: int) -> dict[str, float]:
        """RU by partition id, of a filter with so many terms."""
        return {
            name: charges.query(
                predicates=predicates, loaded=one.loaded, loaded_size=one.loaded_size, returned_size=one.returned_size
            )
            for name, one in self.work.items()
        }
