"""Writes a syntax tree as text that parses to the same tree; every operator within another one is in brackets."""

import json
from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql.parser import is_word
from localcloud.cosmos.sql.syntax import (
    Array,
    Between,
    Binary,
    Call,
    Chain,
    Conditional,
    Expression,
    In,
    Item,
    Like,
    Literal,
    Member,
    Name,
    Object,
    Ordered,
    Parameter,
    Query,
    Selected,
    Source,
    Subquery,
    Unary,
)
from localcloud.cosmos.undefined import UNDEFINED


def query_text(query: Query) -> str:
    """The text of a query."""
    parts = ["SELECT"]
    if query.distinct:
        parts.append("DISTINCT")
    if query.top is not None:
        parts.append(f"TOP {expression_text(query.top)}")
    if query.value:
        parts.append("VALUE")
    parts.append(", ".join(map(_selected, query.items)) or "*")
    if query.sources:
        parts.append("FROM " + " JOIN ".join(map(_source, query.sources)))
    if query.where is not None:
        parts.append(f"WHERE {expression_text(query.where)}")
    if query.group:
        parts.append("GROUP BY " + ", ".join(map(expression_text, query.group)))
    if query.order:
        parts.append("ORDER BY " + ", ".join(map(_ordered, query.order)))
    if query.offset is not None and query.limit is not None:
        parts.append(f"OFFSET {expression_text(query.offset)} LIMIT {expression_text(query.limit)}")
    return " ".join(parts)


def expression_text(node: Expression) -> str:
    """The text of an expression."""
    return WRITERS[type(node)](node)


def _selected(item: Selected) -> str:
    return expression_text(item.value) + (f" AS {item.alias}" if item.alias else "")


def _ordered(item: Ordered) -> str:
    return expression_text(item.value) + (" DESC" if item.descending else "")


def _source(source: Source) -> str:
    if source.iterated:
        return f"{source.alias} IN {expression_text(source.target)}"
    own = _implied(source.target)
    return expression_text(source.target) + ("" if source.alias == own else f" AS {source.alias}")


def _implied(target: Expression) -> Any:
    if isinstance(target, Name):
        return target.name
    return target.key if isinstance(target, Member) and isinstance(target.key, str) else None


def _within(node: Expression) -> str:
    """An expression as a part of another."""
    text = expression_text(node)
    return text if isinstance(node, ATOMS) and not text.startswith("-") else f"({text})"


def _literal(node: Literal) -> str:
    return "undefined" if node.value is UNDEFINED else json.dumps(node.value, ensure_ascii=False)


def _member(node: Member) -> str:
    # A number would take the dot for its own.
    target = f"({expression_text(node.target)})" if isinstance(node.target, Literal) else _within(node.target)
    if isinstance(node.key, str) and is_word(node.key):
        return f"{target}.{node.key}"
    return f"{target}[{json.dumps(node.key, ensure_ascii=False)}]"


def _listed(parts: tuple[Expression, ...]) -> str:
    return ", ".join(map(expression_text, parts))


def _not(negated: bool) -> str:
    return " NOT" if negated else ""


def _like(node: Like) -> str:
    escape = "" if node.escape is None else f" ESCAPE {json.dumps(node.escape, ensure_ascii=False)}"
    return f"{_within(node.value)}{_not(node.negated)} LIKE {_within(node.pattern)}{escape}"


def _subquery(node: Subquery) -> str:
    return ("" if node.kind == "scalar" else node.kind) + f"({query_text(node.query)})"


def _object(node: Object) -> str:
    members = (f"{json.dumps(key, ensure_ascii=False)}: {expression_text(value)}" for key, value in node.items)
    return "{" + ", ".join(members) + "}"


ATOMS = (Literal, Parameter, Name, Member, Item, Call, Array, Object, Subquery)
WRITERS: dict[type, Callable[[Any], str]] = {
    Literal: _literal,
    Parameter: lambda node: node.name,
    Name: lambda node: node.name,
    Member: _member,
    Item: lambda node: f"{_within(node.target)}[{expression_text(node.index)}]",
    Unary: lambda node: f"{node.operator} {_within(node.operand)}",
    Binary: lambda node: f"{_within(node.left)} {node.operator} {_within(node.right)}",
    Chain: lambda node: f" {node.operator} ".join(map(_within, node.terms)),
    Conditional: lambda node: f"{_within(node.test)} ? {_within(node.yes)} : {_within(node.no)}",
    In: lambda node: f"{_within(node.value)}{_not(node.negated)} IN ({_listed(node.options)})",
    Between: lambda node: (
        f"{_within(node.value)}{_not(node.negated)} BETWEEN {_within(node.low)} AND {_within(node.high)}"
    ),
    Like: _like,
    Call: lambda node: f"{node.name}({_listed(node.arguments)})",
    Array: lambda node: f"[{_listed(node.items)}]",
    Object: _object,
    Subquery: _subquery,
}
