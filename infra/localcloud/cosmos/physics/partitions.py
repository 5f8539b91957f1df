"""Physical partitions: which part of the hash space each one holds, and how they split. Pure.

A position in the hash space is a fraction from 0 to 1; `EpkSpace` writes positions as the effective partition keys
(EPK, raw bytes) that containers of a hash version use. Documents keep their EPK, so a split moves none of them.
https://learn.microsoft.com/azure/cosmos-db/scaling-provisioned-throughput-best-practices
"""

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

PARTITION_THROUGHPUT = 10_000  # RU/s that one physical partition serves at most (concepts-limits)
PARTITION_START = 6_000  # RU/s of manual throughput per partition when a container is made
LOWEST, HIGHEST = b"", b"\xff"
V2_BITS, V1_BITS = 126, 32


def count_at_creation(throughput: int, *, manual: bool) -> int:
    """How many partitions `throughput` RU/s starts with: manual by 6,000, autoscale and shared databases by 10,000."""
    return max(1, math.ceil(throughput / (PARTITION_START if manual else PARTITION_THROUGHPUT)))


def count_for(throughput: int, now: int) -> int:
    """How many partitions `throughput` RU/s needs when there are `now`: more only beyond 10,000 each, fewer never."""
    return max(now, math.ceil(throughput / PARTITION_THROUGHPUT))


@dataclass(frozen=True)
class Slot:
    """A partition's place: positions `low` (in) to `high` (out); `parents` are the ids of all it descends from."""

    id: str
    low: Fraction
    high: Fraction
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """All partitions of a container or of a shared database, in order of their ranges, without gap or overlap."""

    slots: tuple[Slot, ...]
    next_id: int

    @classmethod
    def even(cls, count: int) -> "Layout":
        """`count` partitions of equal width."""
        places = [(Fraction(number, count), Fraction(number + 1, count)) for number in range(count)]
        return cls(tuple(Slot(str(number), low, high) for number, (low, high) in enumerate(places)), count)

    def split_to(self, count: int) -> "Layout":
        """At least `count` partitions: the widest split in two, one after another, and no more than needed."""
        layout = self
        while len(layout.slots) < count:
            layout = layout.split(max(layout.slots, key=lambda one: (one.high - one.low, -one.low)).id)
        return layout

    def split(self, partition: str) -> "Layout":
        """The layout after the partition with this id became two; KeyError when there is none."""
        parent = {one.id: one for one in self.slots}[partition]
        middle, parents = (parent.low + parent.high) / 2, (*parent.parents, parent.id)
        halves = (
            Slot(str(self.next_id), parent.low, middle, parents),
            Slot(str(self.next_id + 1), middle, parent.high, parents),
        )
        places = [halves if one is parent else (one,) for one in self.slots]
        return Layout(tuple(one for place in places for one in place), self.next_id + 2)

    def as_json(self) -> dict[str, Any]:
        rows = [[one.id, str(one.low), str(one.high), list(one.parents)] for one in self.slots]
        return {"partitions": rows, "next": self.next_id}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Layout":
        slots = [
            Slot(id, Fraction(low), Fraction(high), tuple(parents)) for id, low, high, parents in data["partitions"]
        ]
        return cls(tuple(slots), data["next"])


@dataclass(frozen=True, slots=True)
class Partition:
    """A physical partition as a container sees it: EPKs from `low` (in) to `high` (out), raw bytes; `parents` are the
    ids of all that it descends from."""

    id: str
    low: bytes = b""
    high: bytes = b"\xff"
    parents: tuple[str, ...] = ()

    def holds(self, epk: bytes) -> bool:
        return self.low <= epk < self.high


def partitions_of(slots: Iterable[Slot], hash_version: int) -> list[Partition]:
    """The slots as partitions of a container whose key is hashed by `hash_version` 1 or 2."""
    return [
        Partition(one.id, epk_at(one.low, hash_version), epk_at(one.high, hash_version), one.parents) for one in slots
    ]


def epk_at(position: Fraction, hash_version: int) -> bytes:
    """The EPK at a position; the ends are open, so that the ranges cover every EPK there is."""
    if position == 0 or position == 1:
        return LOWEST if position == 0 else HIGHEST
    if hash_version == 1:
        return _number(math.floor(position * (1 << V1_BITS)))
    key = math.floor(position * (1 << V2_BITS)).to_bytes(16, "big")
    return key.rstrip(b"\0")  # so that every key with this start lies above


def _number(value: int) -> bytes:
    """How version 1 writes its hash in front of an EPK: a double of which seven bits go into each byte."""
    bits = int.from_bytes(struct.pack(">d", float(value)), "big") | 1 << 63
    written, rest = bytearray([0x05, bits >> 56]), bits << 8 & (1 << 64) - 1
    while rest:
        written.append(rest >> 56 | 1)
        rest = rest << 7 & (1 << 64) - 1
    written[-1] &= 0xFE
    return bytes(written)
