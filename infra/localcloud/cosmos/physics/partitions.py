"""Physical partitions: which part of the hash space each one holds, and how they split. Pure.

A position in the hash space is a fraction from 0 to 1; `EpkSpace` writes positions as the effective partition keys
(EPK, upper-case hex) that containers of a hash version use. Documents keep their EPK, so a split moves none of them.
https://learn.microsoft.com/azure/cosmos-db/scaling-provisioned-throughput-best-practices
"""

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

PARTITION_THROUGHPUT = 10_000  # RU/s that one physical partition serves at most (concepts-limits)
PARTITION_START = 6_000  # RU/s of manual throughput per partition when a container is made
LOWEST, HIGHEST = "", "FF"
V2_BITS, V1_BITS = 126, 32


def count_at_creation(throughput: int, *, manual: bool) -> int:
    """How many partitions `throughput` RU/s starts with: manual by 6,000, autoscale and shared databases by 10,000."""
    return max(1, math.ceil(throughput / (PARTITION_START if manual else PARTITION_THROUGHPUT)))


def count_for(throughput: int, now: int) -> int:
    """How many partitions `throughput` RU/s needs when there are `now`: more only beyond 10,000 each, fewer never."""
    return max(now, math.ceil(throughput / PARTITION_THROUGHPUT))


@dataclass(frozen=True)
class Partition:
    """One physical partition: positions `low` (inclusive) to `high` (exclusive), the ids of all it descends from, and
    the layout's `version` that brought it."""

    id: str
    low: Fraction
    high: Fraction
    parents: tuple[str, ...] = ()
    version: int = 0

    def halves(self, ids: Iterator[int], version: int) -> "tuple[Partition, Partition]":
        """The two partitions it splits into."""
        middle, parents = (self.low + self.high) / 2, (*self.parents, self.id)
        return (
            Partition(str(next(ids)), self.low, middle, parents, version),
            Partition(str(next(ids)), middle, self.high, parents, version),
        )


@dataclass(frozen=True)
class Layout:
    """All partitions of a container or of a shared database, in order of their ranges, without gap or overlap."""

    partitions: tuple[Partition, ...]
    next_id: int
    version: int = 0

    @classmethod
    def even(cls, count: int) -> "Layout":
        """`count` partitions of equal width."""
        return cls(
            tuple(
                Partition(str(number), Fraction(number, count), Fraction(number + 1, count)) for number in range(count)
            ),
            count,
        )

    def split_to(self, count: int) -> "Layout":
        """At least `count` partitions: the widest split in two, one after another, and no more than needed."""
        layout = self
        while len(layout.partitions) < count:
            layout = layout.split(max(layout.partitions, key=lambda one: (one.high - one.low, -one.low)).id)
        return layout

    def split(self, partition_id: str) -> "Layout":
        """The layout after partition `partition_id` became two; KeyError when there is none."""
        ids = iter(range(self.next_id, self.next_id + 2))
        by_id = {one.id: one for one in self.partitions}
        children = by_id[partition_id].halves(ids, self.version + 1)
        places = (children if one.id == partition_id else (one,) for one in self.partitions)
        return Layout(tuple(one for place in places for one in place), self.next_id + 2, self.version + 1)

    def as_json(self) -> dict[str, Any]:
        rows = [[one.id, str(one.low), str(one.high), list(one.parents), one.version] for one in self.partitions]
        return {"partitions": rows, "next": self.next_id, "version": self.version}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Layout":
        rows = data["partitions"]
        return cls(
            tuple(
                Partition(id, Fraction(low), Fraction(high), tuple(parents), born)
                for id, low, high, parents, born in rows
            ),
            data["next"],
            data["version"],
        )


@dataclass(frozen=True)
class EpkRange:
    """A partition as a container sees it: EPKs from `low` (inclusive) to `high` (exclusive), in hex."""

    partition: Partition
    low: str
    high: str

    @property
    def id(self) -> str:
        return self.partition.id

    def holds(self, epk: bytes) -> bool:
        return bytes.fromhex(self.low) <= epk < bytes.fromhex(self.high)


def epk_ranges(partitions: Iterable[Partition], hash_version: int) -> tuple[EpkRange, ...]:
    """The partitions as EPK ranges of a container whose key is hashed by `hash_version` 1 or 2."""
    return tuple(EpkRange(one, epk_at(one.low, hash_version), epk_at(one.high, hash_version)) for one in partitions)


def epk_at(position: Fraction, hash_version: int) -> str:
    """The EPK at a position; the ends are open, so that the ranges cover every EPK there is."""
    if position == 0 or position == 1:
        return LOWEST if position == 0 else HIGHEST
    if hash_version == 1:
        return _number(math.floor(position * (1 << V1_BITS)))
    key = math.floor(position * (1 << V2_BITS)).to_bytes(16, "big")
    return key.rstrip(b"\0").hex().upper()  # so that every key with this start lies above


def _number(value: int) -> str:
    """How version 1 writes its hash in front of an EPK: a double of which seven bits go into each byte."""
    bits = int.from_bytes(struct.pack(">d", float(value)), "big") | 1 << 63
    written, rest = bytearray([0x05, bits >> 56]), bits << 8 & (1 << 64) - 1
    while rest:
        written.append(rest >> 56 | 1)
        rest = rest << 7 & (1 << 64) - 1
    written[-1] &= 0xFE
    return written.hex().upper()
