"""`Program`: a query compiled for its parameters and its moment, ready for documents."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from localcloud.cosmos.sql.conditions import Condition, Path, conditions_of, root_path
from localcloud.cosmos.sql.errors import (
    AGGREGATE_IN_ORDER,
    INVALID_LIMIT,
    INVALID_OFFSET,
    INVALID_TOP,
    ORDER_EXPRESSION,
    ORDER_WITH_GROUP,
    TOP_AND_OFFSET,
    SqlError,
)
from localcloud.cosmos.sql.expressions import Constant, compile_expression
from localcloud.cosmos.sql.pipeline import Grouping, compile_rows, distinct, is_grouped
from localcloud.cosmos.sql.scope import Context, Evaluate, Scope, Work
from localcloud.cosmos.sql.selection import aggregates_in, compile_selection
from localcloud.cosmos.sql.syntax import Chain, Expression, Literal, Member, Query, children
from localcloud.cosmos.sql.values import is_number, order_key
from localcloud.cosmos.undefined import UNDEFINED

MAX_COUNT = 2**31 - 1
KeyedRow = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Order:
    """One item of ORDER BY: the path of a property of the document."""

    path: Path
    descending: bool


class Program:
    """A compiled query. Its closures keep no state between documents; what is counted is per call.

    `top`, `offset` and `limit` are None when the query does not say; `streaming` means that the rows of a document
    depend on that document alone; `constant`, that the query has no FROM and one answer whatever is stored;
    `predicates` counts the filter's terms for the RU model; `paths` are the properties that the query names.
    """

    def __init__(self, query: Query, context: Context) -> None:
        self.query = query
        self._work = context.work
        self.alias = query.sources[0].alias if query.sources else None
        self.constant = not query.sources
        self.distinct = query.distinct
        self.grouped = bool(query.group)
        self.aggregated = is_grouped(query)
        self._rows, scope = compile_rows(query, Scope(context), container=True)
        self._grouping = Grouping(query, scope) if self.aggregated else None
        self._select: Evaluate = compile_selection(query, scope) if self._grouping is None else Constant(UNDEFINED)
        self.order = _order(query)
        self._order_values = [compile_expression(one.value, scope) for one in query.order]
        counts = Scope(context)
        self.top = _count(query.top, counts, "TOP", INVALID_TOP)
        self.offset = _count(query.offset, counts, "OFFSET", INVALID_OFFSET)
        self.limit = _count(query.limit, counts, "LIMIT", INVALID_LIMIT)
        if self.top is not None and self.limit is not None:
            raise SqlError("'TOP' cannot be used together with 'OFFSET LIMIT'.", TOP_AND_OFFSET, query.at)
        self.streaming = not (self.aggregated or self.order or self.distinct)
        self.conditions: tuple[Condition, ...] = conditions_of(query, context.parameters)

    @cached_property
    def predicates(self) -> int:
        """How many terms the filter has."""
        return 0 if self.query.where is None else _terms(self.query.where)

    @cached_property
    def paths(self) -> frozenset[Path]:
        """The paths from the document that the query names, the longest of each."""
        return frozenset(_paths(self.query))

    def matches(self, document: Any) -> bool:
        """Whether the document has rows."""
        self._work.restart()
        return any(True for _ in self._rows((document,)))

    def rows(self, document: Any) -> list[Any]:
        """The answers of one document, without order, distinct, counts and aggregates."""
        select = self._select
        self._work.restart()
        return [answer for row in self._rows((document,)) if (answer := select(row)) is not UNDEFINED]

    def keyed_rows(self, document: Any) -> list[KeyedRow]:
        """The answers of one document, each behind the values it is ordered by."""
        self._work.restart()
        found = []
        for row in self._rows((document,)):
            answer = self._select(row)
            if answer is not UNDEFINED:
                found.append((tuple(value(row) for value in self._order_values), answer))
        return found

    def sorted(self, keyed: Iterable[KeyedRow]) -> list[KeyedRow]:
        """Keyed rows in the query's order; equal ones stay as they came."""
        ordered = list(keyed)
        for place in reversed(range(len(self.order))):
            ordered.sort(key=lambda one: order_key(one[0][place]), reverse=self.order[place].descending)
        return ordered

    def cut(self, answers: Iterable[Any]) -> Iterator[Any]:
        """Ordered answers after DISTINCT, OFFSET, and TOP or LIMIT; no more are taken than needed."""
        kept: Iterable[Any] = distinct(answers) if self.distinct else answers
        start, count = self.offset or 0, self.limit if self.top is None else self.top
        return islice(iter(kept), start, None if count is None else start + count)

    def collect(self) -> "Collector":
        """Something that takes documents bit by bit and then gives the complete answer."""
        return Collector(self)

    def evaluate(self, documents: Iterable[Any]) -> Iterator[Any]:
        """The complete answer for these documents."""
        if self.streaming:
            return self.cut(answer for document in self._inputs(documents) for answer in self.rows(document))
        collector = self.collect()
        for document in documents:
            collector.add(document)
        return collector.answers()

    def _inputs(self, documents: Iterable[Any]) -> Iterable[Any]:
        return ({},) if self.constant else documents


class Collector:
    """The state of one evaluation: groups, or ordered rows, or answers."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._groups = None if program._grouping is None else program._grouping.groups()
        self._keyed: list[KeyedRow] = []
        self._seen: set[Any] = set()
        if program.constant:
            self._take({})

    def add(self, document: Any) -> None:
        """One more document."""
        if not self._program.constant:
            self._take(document)

    def _take(self, document: Any) -> None:
        program = self._program
        if self._groups is None:
            rows = program.keyed_rows(document)
            self._keyed += rows if not program.distinct else [one for one in rows if self._is_new(one)]
            return
        program._work.restart()
        for row in program._rows((document,)):
            self._groups.add(row)

    def _is_new(self, keyed: KeyedRow) -> bool:
        key = order_key([*keyed[0], keyed[1]])
        new = key not in self._seen
        self._seen.add(key)
        return new

    def answers(self) -> Iterator[Any]:
        """The complete answer for all documents so far."""
        if self._groups is not None:
            return self._program.cut(self._groups.answers())
        return self._program.cut(answer for _, answer in self._program.sorted(self._keyed))


def compile_query(
    query: Query, parameters: Mapping[str, Any], now: datetime, watch: Callable[[], None] | None = None
) -> Program:
    """The program of a query for the values of its parameters (with their `@`) and the time that its functions tell.

    `watch` is called every few rows that joins and sub-queries make and may raise. SqlError when a name or a function
    is unknown, or a rule of the language is broken.
    """
    return Program(query, Context(parameters, now, Work(watch)))


def _count(node: Expression | None, scope: Scope, name: str, code: str) -> int | None:
    if node is None:
        return None
    value = compile_expression(node, scope)
    found: Any = value.value if isinstance(value, Constant) else UNDEFINED
    if not is_number(found) or found != int(found) or not 0 <= found <= MAX_COUNT:
        at = getattr(node, "at", None)
        raise SqlError(f"Invalid {name} count: it must be a non-negative 32-bit integer.", code, at)
    return int(found)


def _order(query: Query) -> tuple[Order, ...]:
    if not query.order:
        return ()
    if query.group:
        raise SqlError("'ORDER BY' is not supported in presence of GROUP BY.", ORDER_WITH_GROUP, query.at)
    found = []
    for one in query.order:
        if aggregates := aggregates_in(one.value):
            raise SqlError("An aggregate may not appear in the ORDER BY clause.", AGGREGATE_IN_ORDER, aggregates[0].at)
        path = root_path(query, one.value)
        if not path:
            text = "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path."
            raise SqlError(text, ORDER_EXPRESSION, getattr(one.value, "at", None))
        found.append(Order(path, one.descending))
    return tuple(found)


def _terms(node: Expression) -> int:
    if isinstance(node, Chain) and node.operator in ("AND", "OR"):
        return sum(map(_terms, node.terms))
    return 0 if isinstance(node, Literal) else 1


def _paths(query: Query) -> Iterator[Path]:
    waiting: list[Any] = [query]
    while waiting:
        node = waiting.pop()
        path = root_path(query, node) if isinstance(node, Member) else None
        if path:
            yield path
        else:
            waiting.extend(children(node))
