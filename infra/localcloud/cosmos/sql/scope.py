"""What an expression is compiled in: the aliases in reach, the parameters, the time and the limits of one execution."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from localcloud.cosmos.sql.errors import SqlError

Row = tuple[Any, ...]
Evaluate = Callable[[Row], Any]
Test = Callable[[Row], bool]

# Rows that joins and sub-queries may make of one document, and how many pass between two looks at the clock.
MAX_ROWS = 5_000_000
ROWS_PER_WATCH = 8


@dataclass
class Work:
    """Counts the rows that joins and sub-queries make; `watch` may raise to stop the query (a time limit)."""

    watch: Callable[[], None] | None = None
    rows: int = 0

    def add(self, rows: int = 1) -> None:
        """Counts `rows` more; SqlError beyond MAX_ROWS since the last `restart`."""
        before = self.rows
        self.rows += rows
        if before // ROWS_PER_WATCH != self.rows // ROWS_PER_WATCH:
            if self.rows > MAX_ROWS:
                raise SqlError(f"The query makes more than {MAX_ROWS} rows of one document.")
            if self.watch is not None:
                self.watch()

    def restart(self) -> None:
        """A new document begins."""
        self.rows = 0


@dataclass(frozen=True)
class Context:
    """What is the same for the whole query."""

    parameters: Mapping[str, Any]
    now: datetime
    work: Work = field(default_factory=Work)


@dataclass(frozen=True)
class Scope:
    """Which slot of a row each alias is.

    `results` tells, by the identity of an aggregate's tree, which of the results in the slot `results_slot` is its.
    """

    context: Context
    names: Mapping[str, int] = field(default_factory=dict)
    size: int = 1
    results: Mapping[int, int] | None = None
    results_slot: int = 0

    def bind(self, alias: str | None) -> "Scope":
        """The scope whose rows have one more value, called `alias`."""
        names = self.names if alias is None else {**self.names, alias: self.size}
        return replace(self, names=names, size=self.size + 1)

    def with_results(self, results: Mapping[int, int]) -> "Scope":
        """The scope of a group's SELECT list: a row of the group and its aggregates' results."""
        return replace(self, results=results, results_slot=self.size, size=self.size + 1)

    def inner(self) -> "Scope":
        """The scope of a sub-query, which has aggregates of its own."""
        return replace(self, results=None)
