"""The order of a query's rows: by its ORDER BY, and where that leaves it open by effective key and number.

The open part runs as the first item of ORDER BY does, so that an index can be walked in either direction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering
from typing import Any, NamedTuple

from ..sql.program import Order
from ..sql.values import order_key
from .reader import Row
from .token import Token


@total_ordering
class Descending:
    """A key that sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: "Descending") -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and bool(other.key == self.key)

    __hash__ = None  # type: ignore[assignment]


class Ranked(NamedTuple):
    """A row where it belongs: `key` sorts it, `values` are those that it is ordered by, `row` counts within its
    document."""

    key: tuple[Any, ...]
    values: tuple[Any, ...]
    epk: bytes
    doc: int
    row: int
    text: bytes


@dataclass(frozen=True)
class Ranking:
    """Makes the sort keys of one query."""

    order: tuple[Order, ...]

    @property
    def backwards(self) -> bool:
        return self.order[0].descending

    def key(self, values: Iterable[Any], epk: bytes, doc: int, row: int) -> tuple[Any, ...]:
        """The sort key of a row."""
        keys = [
            Descending(order_key(value)) if one.descending else order_key(value)
            for one, value in zip(self.order, values, strict=True)
        ]
        tie: Any = (epk, doc)
        return (*keys, Descending(tie) if self.backwards else tie, row)

    def after(self, position: Token | None) -> tuple[Any, ...] | None:
        """The sort key of the last row that was answered; None when nothing was."""
        if position is None or position.values is None or len(position.values) != len(self.order):
            return None
        return self.key(position.values, position.epk, position.doc, position.row - 1)

    def rank(self, row: Row, answers: Iterable[tuple[tuple[Any, ...], bytes]]) -> list[Ranked]:
        """The rows of one document, each with the values it is ordered by."""
        doc, epk, _body = row
        return [
            Ranked(self.key(values, epk, doc, number), values, epk, doc, number, text)
            for number, (values, text) in enumerate(answers)
        ]
