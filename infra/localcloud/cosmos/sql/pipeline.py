"""FROM, JOIN and WHERE as a stream of rows; grouping; and sub-queries, which are the same thing inside a row."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from localcloud.cosmos.sql.aggregates import AGGREGATES, Accumulator
from localcloud.cosmos.sql.errors import (
    AGGREGATE_IN_GROUP,
    AGGREGATE_IN_WHERE,
    ARGUMENT_COUNT,
    DUPLICATE_INPUT,
    OFFSET_IN_SUBQUERY,
    ORDER_IN_SUBQUERY,
    SEVERAL_ROWS,
    TOO_MANY_JOINS,
    TOP_IN_SUBQUERY,
    SqlError,
)
from localcloud.cosmos.sql.expressions import COMPILERS, compile_expression, path_of
from localcloud.cosmos.sql.operators import item
from localcloud.cosmos.sql.predicates import compile_test
from localcloud.cosmos.sql.scope import Evaluate, Row, Scope, Test, Work
from localcloud.cosmos.sql.selection import aggregates_in, compile_selection, refuse_ungrouped
from localcloud.cosmos.sql.syntax import Query, Source, Subquery, children
from localcloud.cosmos.sql.values import order_key
from localcloud.cosmos.undefined import UNDEFINED

Rows = Callable[[Row], Iterable[Row]]
Values = Callable[[Row], Iterable[Any]]
# learn.microsoft.com/azure/cosmos-db/concepts-limits: "Maximum number of JOINs per query".
MAX_JOINS = 10
NOTHING: tuple[Any, ...] = ()


def compile_rows(query: Query, scope: Scope, container: bool) -> tuple[Rows, Scope]:
    """The rows that FROM, JOIN and WHERE make of an outer row, and their scope.

    `container` is true for the outermost query, whose FROM reads the container: slot 0, the document.
    """
    if len(query.sources) > MAX_JOINS + 1:
        text = f"The SQL query exceeded the maximum number of joins. The allowed limit is {MAX_JOINS}."
        raise SqlError(text, TOO_MANY_JOINS, query.at)
    own: set[str] = set()
    steps: list[Rows] = []
    for number, source in enumerate(query.sources):
        if source.alias in own:
            text = f"The input alias '{source.alias}' is specified more than once in the FROM clause."
            raise SqlError(text, DUPLICATE_INPUT, source.at)
        own |= set() if source.alias is None else {source.alias}
        step, scope = _compile_source(source, scope, container and number == 0)
        steps += [step] if step is not None else []
    test = None
    if query.where is not None:
        if aggregates := aggregates_in(query.where):
            raise SqlError("An aggregate may not appear in the WHERE clause.", AGGREGATE_IN_WHERE, aggregates[0].at)
        test = compile_test(query.where, scope)
    return _stream(steps, test), scope


def _compile_source(source: Source, scope: Scope, container: bool) -> tuple[Rows | None, Scope]:
    path = path_of(source.target)
    if container and path is not None:
        if not path[1] and not source.iterated:
            names = {} if source.alias is None else {source.alias: 0}
            return None, Scope(scope.context, {**scope.names, **names}, scope.size)
        values = _single(_walk(0, path[1]))
    elif isinstance(source.target, Subquery):
        values = _compile_subquery(source.target.query, scope, container)
    else:
        values = _single(compile_expression(source.target, scope))
    spread = _iterate if source.iterated else _each
    return spread(values, scope.context.work), scope.bind(source.alias)


def _single(value: Evaluate) -> Values:
    return lambda row: (value(row),)


def _walk(slot: int, keys: tuple[str | int, ...]) -> Evaluate:
    def get(row: Row) -> Any:
        value = row[slot]
        for key in keys:
            value = item(value, key)
        return value

    return get


def _each(values: Values, work: Work) -> Rows:
    def rows(row: Row) -> Iterator[Row]:
        for value in values(row):
            if value is not UNDEFINED:
                work.add()
                yield (*row, value)

    return rows


def _iterate(values: Values, work: Work) -> Rows:
    def rows(row: Row) -> Iterator[Row]:
        for value in values(row):
            if type(value) is list:
                for element in value:
                    work.add()
                    yield (*row, element)

    return rows


def _stream(steps: list[Rows], test: Test | None) -> Rows:
    if not steps:
        if test is None:
            return lambda row: (row,)
        only = test
        return lambda row: (row,) if only(row) else NOTHING

    def rows(row: Row, depth: int = 0) -> Iterator[Row]:
        last = depth == len(steps) - 1
        for made in steps[depth](row):
            if not last:
                yield from rows(made, depth + 1)
            elif test is None or test(made):
                yield made

    return rows


class Grouping:
    """The groups of a query with aggregates or GROUP BY: rows go in, answers come out."""

    def __init__(self, query: Query, scope: Scope) -> None:
        refuse_ungrouped(query)
        for key in query.group:
            if aggregates_in(key) or any(isinstance(one, Subquery) for one in [key, *children(key)]):
                raise SqlError("GROUP BY may not contain an aggregate or a subquery.", AGGREGATE_IN_GROUP, query.at)
        calls = [call for one in query.items for call in aggregates_in(one.value)]
        for call in calls:
            if len(call.arguments) != 1:
                text = f"The {call.name.upper()} function requires 1 argument(s)."
                raise SqlError(text, ARGUMENT_COUNT, call.at)
        self.keys = [compile_expression(key, scope) for key in query.group]
        self.makers = [AGGREGATES[call.name.upper()] for call in calls]
        self.inputs = [compile_expression(call.arguments[0], scope) for call in calls]
        self.select = compile_selection(query, scope.with_results({id(call): i for i, call in enumerate(calls)}))
        self.size = scope.size

    def groups(self) -> "Groups":
        """An empty set of groups."""
        return Groups(self)


class Groups:
    """The groups of one execution."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self.found: dict[Any, tuple[Row, list[Accumulator]]] = {}

    def add(self, row: Row) -> None:
        """One more row."""
        grouping = self.grouping
        key = tuple(order_key(part(row)) for part in grouping.keys)
        group = self.found.get(key)
        if group is None:
            group = self.found[key] = (row, [make() for make in grouping.makers])
        for accumulator, value in zip(group[1], grouping.inputs, strict=True):
            accumulator.add(value(row))

    def answers(self) -> Iterator[Any]:
        """The answer of each group; without GROUP BY there is always one."""
        grouping = self.grouping
        if not self.found and not grouping.keys:
            self.found[()] = ((UNDEFINED,) * grouping.size, [make() for make in grouping.makers])
        for row, accumulators in self.found.values():
            answer = grouping.select((*row, tuple(one.result() for one in accumulators)))
            if answer is not UNDEFINED:
                yield answer


def is_grouped(query: Query) -> bool:
    """Whether a query answers for groups of rows: it has GROUP BY or an aggregate."""
    return bool(query.group) or any(aggregates_in(one.value) for one in query.items)


def distinct(answers: Iterable[Any]) -> Iterator[Any]:
    """The answers, each once."""
    seen: set[Any] = set()
    for answer in answers:
        key = order_key(answer)
        if key not in seen:
            seen.add(key)
            yield answer


def _compile_subquery(query: Query, outer: Scope, container: bool = False) -> Callable[[Row], Iterator[Any]]:
    """The answers of a sub-query for a row of the query around it; `container` as for `compile_rows`."""
    for part, name, code in (
        (query.order, "ORDER BY", ORDER_IN_SUBQUERY),
        (query.top, "TOP", TOP_IN_SUBQUERY),
        (query.offset, "OFFSET LIMIT", OFFSET_IN_SUBQUERY),
    ):
        if part:
            raise SqlError(f"'{name}' is not supported in subqueries.", code, query.at)
    rows, scope = compile_rows(query, outer.inner(), container)
    if is_grouped(query):
        grouping = Grouping(query, scope)
        answers = _grouped_answers(rows, grouping)
    else:
        answers = _plain_answers(rows, compile_selection(query, scope))
    return (lambda row: distinct(answers(row))) if query.distinct else answers


def _grouped_answers(rows: Rows, grouping: Grouping) -> Callable[[Row], Iterator[Any]]:
    def answers(row: Row) -> Iterator[Any]:
        groups = grouping.groups()
        for made in rows(row):
            groups.add(made)
        return groups.answers()

    return answers


def _plain_answers(rows: Rows, select: Evaluate) -> Callable[[Row], Iterator[Any]]:
    return lambda row: (value for made in rows(row) if (value := select(made)) is not UNDEFINED)


def _subquery(node: Subquery, scope: Scope) -> Evaluate:
    answers = _compile_subquery(node.query, scope)
    if node.kind == "ARRAY":
        return lambda row: list(answers(row))
    if node.kind == "EXISTS":
        return lambda row: next(answers(row), UNDEFINED) is not UNDEFINED

    def single(row: Row) -> Any:
        found = answers(row)
        value = next(found, UNDEFINED)
        if next(found, UNDEFINED) is not UNDEFINED:
            text = "The cardinality of a scalar subquery result set cannot be greater than one."
            raise SqlError(text, SEVERAL_ROWS, node.query.at)
        return value

    return single


COMPILERS[Subquery] = _subquery
