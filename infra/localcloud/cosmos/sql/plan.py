"""The gateway's query plan: what a client must do with the rows of each physical partition, and the query to ask them.

The rows that a rewritten query gives are those that azure-cosmos merges (its `_execution_context` package): order
keys beside the payload, one list per aggregate, no more rows than OFFSET, LIMIT and TOP can use. Clients that say so
(those of JavaScript, Java and .NET) merge groups and several aggregates, too: group keys beside the payload.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from localcloud.cosmos.sql.errors import SqlError
from localcloud.cosmos.sql.program import Program
from localcloud.cosmos.sql.selection import aggregates_in, is_aggregate, names
from localcloud.cosmos.sql.syntax import (
    Array,
    Call,
    Chain,
    Expression,
    Literal,
    Member,
    Name,
    Object,
    Parameter,
    Query,
    Selected,
)
from localcloud.cosmos.sql.text import expression_text, query_text

EVERYWHERE = ({"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False},)
KINDS = {"COUNT": "Count", "COUNTIF": "CountIf", "SUM": "Sum", "MIN": "Min", "MAX": "Max", "AVG": "Average"}
UNSUPPORTED = "Query contains the following features, which the calling client does not support: {}"
NOT_VALUE = "Cross partition query only supports 'VALUE <AggregateFunc>' for aggregates"
# Clients write `true` in its place, or from where on a range's rows are wanted.
FILTER = Parameter("{documentdb-formattableorderbyquery-filter}")
COMPOSED = "Compositions of aggregates and other expressions are not allowed."


def needs_plan(query: Query) -> bool:
    """Whether the gateway refuses to answer a query across partitions itself (400 with substatus 1004).

    SqlError for an aggregate without VALUE, which it refuses without a plan.
    """
    if not query.sources:
        return False
    if _aggregates(query) and (query.group or not query.value):
        raise SqlError(NOT_VALUE)
    counted = query.top is not None or query.offset is not None
    return bool(query.order or query.group or query.distinct or counted or _aggregates(query))


def plan(program: Program, supported: Collection[str], ranges: Sequence[dict[str, Any]] = EVERYWHERE) -> dict[str, Any]:
    """The plan of a query for a client that supports these features, over these ranges of effective partition keys.

    SqlError when the plan needs a feature that the client does not name, or composes aggregates.
    """
    query = program.query
    aggregates = _aggregates(query)
    _refuse(query, aggregates, supported)
    named = bool(query.group or aggregates) and not query.value
    aliases = names(query.items) if named else []
    return {
        "partitionedQueryExecutionInfoVersion": 2,
        "queryInfo": {
            "distinctType": _distinct_type(query),
            "top": program.top,
            "offset": program.offset,
            "limit": program.limit,
            "orderBy": [] if aggregates else ["Descending" if one.descending else "Ascending" for one in query.order],
            "orderByExpressions": [] if aggregates else [expression_text(one.value) for one in query.order],
            "groupByExpressions": [expression_text(one) for one in query.group],
            "groupByAliases": aliases,
            "aggregates": [] if named else [_kind(one) for one in aggregates],
            "groupByAliasToAggregateType": dict(zip(aliases, (_kind(one.value) for one in query.items), strict=False)),
            "rewrittenQuery": _rewritten(program, aggregates),
            "hasSelectValue": query.value,
            "hasNonStreamingOrderBy": False,
            "dCountInfo": None,
        },
        "queryRanges": list(ranges),
        "hybridSearchQueryInfo": None,
    }


def _kind(node: Expression) -> str | None:
    """The name of an aggregate in a plan; None for anything else."""
    return KINDS[node.name.upper()] if isinstance(node, Call) and is_aggregate(node) else None


def _aggregates(query: Query) -> list[Call]:
    return [call for one in query.items for call in aggregates_in(one.value)]


def _refuse(query: Query, aggregates: list[Call], supported: Collection[str]) -> None:
    composed = [one for one in query.items if aggregates_in(one.value) and not is_aggregate(one.value)]
    if composed:
        raise SqlError(COMPOSED)
    kinds = {one.name.upper() for one in aggregates}
    needed = {
        "Aggregate": bool(aggregates),
        "CompositeAggregate": "AVG" in kinds,
        "CountIf": "COUNTIF" in kinds,
        "Distinct": query.distinct,
        "GroupBy": bool(query.group),
        "MultipleAggregates": len(aggregates) > 1,
        "MultipleOrderBy": len(query.order) > 1,
        "NonValueAggregate": bool(aggregates) and not query.value,
        "OffsetAndLimit": query.offset is not None,
        "OrderBy": bool(query.order),
        "Top": query.top is not None,
    }
    missing = [name for name, wanted in needed.items() if wanted and name not in supported]
    if missing:
        raise SqlError(UNSUPPORTED.format(" ".join(missing)))


def _distinct_type(query: Query) -> str:
    """Ordered when equal answers follow each other because the order is that of the answers themselves."""
    if not query.distinct:
        return "None"
    ordered = {expression_text(one.value) for one in query.order}
    selected = {expression_text(one.value) for one in query.items}
    return "Ordered" if ordered and ordered == selected else "Unordered"


def _rewritten(program: Program, aggregates: list[Call]) -> str:
    """The query for each range; empty when it is the original."""
    query = program.query
    if query.group or (aggregates and not query.value):
        return query_text(_of_groups(query))
    if aggregates:
        return query_text(_merged(query, (Selected(Array((_partial(aggregates[0]),))),)))
    if query.order:
        return query_text(_of_order(query, _bound(program)))
    if query.offset is not None:
        return query_text(_limited(query, _bound(program)))
    return ""


def _bound(program: Program) -> int | None:
    """How many rows of one range can be among the answers."""
    if program.distinct and _distinct_type(program.query) != "Ordered" and program.order:
        return None
    if program.limit is not None:
        return (program.offset or 0) + program.limit
    return program.top


def _of_groups(query: Query) -> Query:
    """Groups of one range: their keys, and what the client merges with the groups of other ranges that have these."""
    parts = [_partial(one.value) if is_aggregate(one.value) else one.value for one in query.items]
    payload: Expression = Object(tuple(zip(names(query.items), parts, strict=True))) if not query.value else parts[0]
    if query.value and is_aggregate(query.items[0].value):
        payload = Array((payload,))
    items = [Selected(payload, "payload")]
    if query.group:
        items.insert(0, Selected(Array(tuple(Object((("item", one),)) for one in query.group)), "groupByItems"))
    return replace(_merged(query, tuple(items)), value=False)


def _merged(query: Query, items: tuple[Selected, ...]) -> Query:
    """The query with other items; the client orders and cuts the rows when it has merged them."""
    return replace(query, items=items, top=None, offset=None, limit=None, order=(), distinct=False)


def _partial(call: Expression) -> Expression:
    """The value of an aggregate over one range, as clients merge it: `item2` goes over `item` where they know it."""
    assert isinstance(call, Call)
    name, arguments = call.name.upper(), call.arguments
    if name == "AVG":
        return Object((("item", Object((("sum", Call("SUM", arguments)), ("count", Call("COUNT", arguments))))),))
    if name in ("MIN", "MAX"):
        counted = Object(((name.lower(), call), ("count", Call("COUNT", arguments))))
        return Object((("item", call), ("item2", counted)))
    return Object((("item", call),))


def _of_order(query: Query, bound: int | None) -> Query:
    source = query.sources[0]
    payload = _payload(query)
    keys = Array(tuple(Object((("item", one.value),)) for one in query.order))
    items = [Selected(keys, "orderByItems"), Selected(payload, "payload")]
    if not query.distinct and source.alias is not None:
        items.insert(0, Selected(Member(Name(source.alias), "_rid"), "_rid"))
    where = query.where
    if query.value and not isinstance(payload, Name):
        # A row without a payload is no answer, and the client does not expect one.
        defined = Call("IS_DEFINED", (payload,))
        where = defined if where is None else Chain("AND", (where, defined))
    where = FILTER if where is None else Chain("AND", (where, FILTER))
    return replace(_limited(query, bound), items=tuple(items), value=False, where=where)


def known_by(query: Query, text: str) -> str:
    """What continuation tokens of a query are bound to: its text, but of one that a client has from a plan all except
    the filter, to which the client adds where it goes on."""
    aliases = {one.alias for one in query.items}
    return query_text(replace(query, where=None)) if {"orderByItems", "payload"} <= aliases else text


def _limited(query: Query, bound: int | None) -> Query:
    """The query for at most `bound` answers."""
    count = None if bound is None else Literal(bound)
    if query.offset is None:
        return replace(query, top=count)
    return replace(query, offset=None if count is None else Literal(0), limit=count)


def _payload(query: Query) -> Expression:
    if query.value:
        return query.items[0].value
    if query.star:
        return Name(query.sources[0].alias or "")
    return Object(tuple(zip(names(query.items), (one.value for one in query.items), strict=True)))
