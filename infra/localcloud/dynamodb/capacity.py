"""Capacity units of DynamoDB's reads and writes, by the documented rules. Pure.

A write unit is 1 KB of the larger of the item before and after, a read unit 4 KB read consistently, half a unit 4 KB
read eventually consistently; transactions cost twice as much. An index is written when its entry changes: once, or
twice when the entry moves because a value of its key changed.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .sizes import Item, item_size

WRITE_BYTES, READ_BYTES = 1024, 4096
TRANSACTION = 2


@dataclass(frozen=True)
class Index:
    """A secondary index of a table."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None  # the attributes that are in it beside keys; None: all
    local: bool = False


@dataclass(frozen=True)
class Table:
    """A table's name, its key (one attribute, or two), and its indexes."""

    name: str
    keys: tuple[str, ...]
    indexes: tuple[Index, ...] = ()

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> "Table":
        """Of what DescribeTable answers in `Table`."""
        local = [_index(one, local=True) for one in description.get("LocalSecondaryIndexes") or ()]
        others = [_index(one, local=False) for one in description.get("GlobalSecondaryIndexes") or ()]
        return cls(description["TableName"], _keys(description), (*local, *others))

    def index(self, name: str) -> Index | None:
        return next((one for one in self.indexes if one.name == name), None)

    def key_of(self, item: Item) -> dict[str, Any]:
        """The primary key of an item."""
        return {name: item[name] for name in self.keys if name in item}

    def entry(self, index: Index, item: Item | None) -> Item | None:
        """What an index holds of an item; None when the item lacks a value of the index's key."""
        if not item or any(name not in item for name in index.keys):
            return None
        if index.projected is None:
            return item
        wanted = index.projected | set(index.keys) | set(self.keys)
        return {name: value for name, value in item.items() if name in wanted}


@dataclass(frozen=True)
class Units:
    """Capacity units of one request on one table."""

    table: float
    indexes: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return self.table + sum(self.indexes.values())

    def __add__(self, other: "Units") -> "Units":
        names = [*self.indexes, *(name for name in other.indexes if name not in self.indexes)]
        together = {name: self.indexes.get(name, 0.0) + other.indexes.get(name, 0.0) for name in names}
        return Units(self.table + other.table, together)


def written(table: Table, before: Item | None, after: Item | None, *, transactional: bool = False) -> Units:
    """A put, update or delete: the item before and after it, None where there is none. One whose condition does not
    hold costs what it would if it changed nothing. Indexes follow after a transaction, so they cost no more in one."""
    size = max(item_size(before) if before else 0, item_size(after) if after else 0)
    indexes = {index.name: _index_written(table, index, before, after) for index in table.indexes}
    factor = TRANSACTION if transactional else 1
    return Units(float(factor * write_units(size)), {name: units for name, units in indexes.items() if units})


def write_units(size: int) -> int:
    """Of an item or index entry of `size` bytes."""
    return max(1, math.ceil(size / WRITE_BYTES))


def read(size: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """One item of `size` bytes, 0 for one that is not there."""
    units = max(1, math.ceil(size / READ_BYTES))
    if transactional:
        return float(TRANSACTION * units)
    return float(units) if consistent else units / 2


def queried(sizes: Iterable[int], *, consistent: bool = False) -> float:
    """A query or scan: the sizes of all items that it looked at, of those too that a filter left out."""
    return read(sum(sizes), consistent=consistent)


def fetched(sizes: Iterable[int], *, consistent: bool = False) -> float:
    """What a query of a local index fetches from the table besides, for attributes that are not in the index."""
    return sum((read(size, consistent=consistent) for size in sizes), 0.0)


def _index_written(table: Table, index: Index, before: Item | None, after: Item | None) -> float:
    old, new = table.entry(index, before), table.entry(index, after)
    if old == new:
        return 0.0
    if old is None or new is None:
        return float(write_units(item_size(new or old or {})))
    old_units, new_units = write_units(item_size(old)), write_units(item_size(new))
    moved = any(old[name] != new[name] for name in index.keys)
    return float(old_units + new_units if moved else max(old_units, new_units))


def _index(description: Mapping[str, Any], *, local: bool) -> Index:
    projection = description.get("Projection") or {}
    kind = projection.get("ProjectionType", "ALL")
    projected = None if kind == "ALL" else frozenset(projection.get("NonKeyAttributes") or ())
    return Index(description["IndexName"], _keys(description), projected, local)


def _keys(description: Mapping[str, Any]) -> tuple[str, ...]:
    schema: Sequence[Mapping[str, str]] = description["KeySchema"]
    return tuple(one["AttributeName"] for one in sorted(schema, key=lambda one: one["KeyType"] != "HASH"))
