"""The SELECT list: the names of its items, the aggregates in it, and the closure that makes a row's answer."""

from collections.abc import Iterable
from typing import Any

from localcloud.cosmos.sql.aggregates import AGGREGATES
from localcloud.cosmos.sql.errors import (
    DUPLICATE_PROPERTY,
    INVALID_STAR,
    NESTED_AGGREGATE,
    NOT_GROUPED,
    STAR_WITHOUT_FROM,
    SqlError,
)
from localcloud.cosmos.sql.expressions import compile_expression, path_of
from localcloud.cosmos.sql.scope import Evaluate, Scope
from localcloud.cosmos.sql.syntax import Call, Member, Name, Query, Selected, Subquery, children
from localcloud.cosmos.sql.text import expression_text
from localcloud.cosmos.undefined import UNDEFINED


def names(items: Iterable[Selected]) -> list[str]:
    """The property names of a SELECT list: the alias, the last property or alias of a path, else `$1`, `$2` ..."""
    found: list[str] = []
    unnamed = 0
    for one in items:
        name = one.alias or _own_name(one.value)
        if name is None:
            unnamed += 1
            name = f"${unnamed}"
        if name in found:
            raise SqlError(f"The property name '{name}' is specified more than once.", DUPLICATE_PROPERTY)
        found.append(name)
    return found


def _own_name(value: Any) -> str | None:
    if isinstance(value, Name):
        return value.name
    return value.key if isinstance(value, Member) and isinstance(value.key, str) else None


def compile_selection(query: Query, scope: Scope) -> Evaluate:
    """The closure that makes the answer of a row; UNDEFINED when the row gives none (SELECT VALUE)."""
    if query.star:
        return _star(query, scope)
    if query.value:
        return compile_expression(query.items[0].value, scope)
    parts = list(zip(names(query.items), (compile_expression(one.value, scope) for one in query.items), strict=True))
    return lambda row: {name: value for name, part in parts if (value := part(row)) is not UNDEFINED}


def _star(query: Query, scope: Scope) -> Evaluate:
    if not query.sources:
        raise SqlError("'SELECT *' is not valid if FROM clause is omitted.", STAR_WITHOUT_FROM, query.at)
    if len(query.sources) > 1:
        raise SqlError("'SELECT *' is only valid with a single input set.", INVALID_STAR, query.at)
    alias = query.sources[0].alias
    slot = scope.names[alias] if alias is not None else scope.size - 1
    return lambda row: row[slot]


def is_aggregate(node: Any) -> bool:
    """Whether `node` calls an aggregate function."""
    return isinstance(node, Call) and node.name.upper() in AGGREGATES


def aggregates_in(node: Any) -> list[Call]:
    """The calls of aggregate functions in an expression, without those of its sub-queries."""
    found: list[Call] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if is_aggregate(one):
            _refuse_nested(one)
            found.append(one)
        elif not isinstance(one, Subquery):
            waiting.extend(reversed(children(one)))
    return found


def _refuse_nested(call: Call) -> None:
    waiting: list[Any] = list(call.arguments)
    while waiting:
        one = waiting.pop()
        if is_aggregate(one) or isinstance(one, Subquery):
            text = "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."
            raise SqlError(text, NESTED_AGGREGATE, call.at)
        waiting.extend(children(one))


def refuse_ungrouped(query: Query) -> None:
    """SqlError when the SELECT list reads a property that is neither aggregated nor grouped by."""
    if query.star:
        raise SqlError("'SELECT *' is not allowed with GROUP BY.", INVALID_STAR, query.at)
    waiting: list[Any] = [one.value for one in query.items]
    while waiting:
        one = waiting.pop()
        if is_aggregate(one) or one in query.group:
            continue
        if path_of(one) is not None:
            raise SqlError(
                f"Property reference '{expression_text(one)}' is invalid in the select list because it is not contained"
                " in either an aggregate function or the GROUP BY clause.", NOT_GROUPED, one.at,
            )  # fmt: skip
        if not isinstance(one, Subquery):
            waiting.extend(children(one))
