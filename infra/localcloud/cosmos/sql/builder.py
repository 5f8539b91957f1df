"""Makes the syntax tree while lark parses: one method per rule of grammar.lark, called bottom-up, never recursive."""

import re
from typing import Any

from lark import Token, Transformer, v_args

from localcloud.cosmos.sql.errors import INVALID_NUMBER, INVALID_STRING, SqlError
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
    Position,
    Query,
    Selected,
    Source,
    Subquery,
    Unary,
)
from localcloud.cosmos.sql.values import is_number, number
from localcloud.cosmos.undefined import UNDEFINED

EXACT_DIGITS = 18
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def position(token: Any) -> Position:
    """Where a token stands: the first character and the one after the last."""
    start = token.start_pos or 0
    return start, token.end_pos or start


def text_of(token: Token) -> str:
    """The text that a string literal stands for; SqlError when an escape is unknown."""

    def replace(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] == "u" and len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape not in _PLAIN:
            raise SqlError(f"Syntax error, invalid string literal token '{token}'.", INVALID_STRING, position(token))
        return _PLAIN[escape]

    body = str(token)[1:-1]
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(replace, body)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number_of(token: Token) -> Any:
    """The double that a number literal stands for, as an integer when it is whole."""
    text = str(token)
    if text.isdigit() and len(text) <= EXACT_DIGITS:
        return int(text)
    value = number(float(text))
    if value is UNDEFINED:
        raise SqlError(f"Syntax error, invalid numeric value token '{text}'.", INVALID_NUMBER, position(token))
    return value


def _names(rule: str) -> Any:
    """A method for a rule of a flat chain: its terms joined by `rule`."""

    def make(self: "Builder", terms: list[Any]) -> Expression:
        return Chain(rule, tuple(terms))

    return make


def _item(target: Expression, index: Expression) -> Expression:
    if isinstance(index, Literal) and isinstance(index.value, str | int) and not isinstance(index.value, bool):
        return Member(target, index.value)
    return Item(target, index)


class Builder(Transformer[Token, Any]):
    """The tree of each rule, from those of its parts."""

    coalesce, disjunction, conjunction, concat = _names("??"), _names("OR"), _names("AND"), _names("||")

    # Queries.

    @v_args(inline=True)
    def start(self, query: Query) -> Query:
        return query

    def query(self, parts: list[Any]) -> Query:
        select, distinct, top, (items, value), sources, where, group, order, page = parts
        offset, limit = page or (None, None)
        return Query(
            items, value, distinct is not None, top, sources or (), where, group or (), order or (), offset, limit,
            position(select),
        )  # fmt: skip

    @v_args(inline=True)
    def top(self, count: Expression) -> Expression:
        return count

    def star(self, parts: list[Any]) -> tuple[tuple[Selected, ...], bool]:
        return (), False

    @v_args(inline=True)
    def select_value(self, value: Expression) -> tuple[tuple[Selected, ...], bool]:
        return (Selected(value),), True

    def select_list(self, items: list[Selected]) -> tuple[tuple[Selected, ...], bool]:
        return tuple(items), False

    @v_args(inline=True)
    def selected(self, value: Expression, alias: Token | None) -> Selected:
        return Selected(value, None if alias is None else str(alias))

    def from_clause(self, sources: list[Source]) -> tuple[Source, ...]:
        return tuple(sources)

    @v_args(inline=True)
    def plain_source(self, target: Expression, alias: Token | None) -> Source:
        if alias is not None:
            return Source(target, str(alias), at=position(alias))
        if isinstance(target, Name):
            return Source(target, target.name, at=target.at)
        if isinstance(target, Member):
            return Source(target, target.key if isinstance(target.key, str) else None, at=target.at)
        return Source(target, None)

    @v_args(inline=True)
    def iterated_source(self, alias: Token, target: Expression) -> Source:
        return Source(target, str(alias), iterated=True, at=position(alias))

    @v_args(inline=True)
    def where(self, condition: Expression) -> Expression:
        return condition

    def group_by(self, keys: list[Expression]) -> tuple[Expression, ...]:
        return tuple(keys)

    def order_by(self, keys: list[Ordered]) -> tuple[Ordered, ...]:
        return tuple(keys)

    @v_args(inline=True)
    def ordered(self, value: Expression, direction: Token | None) -> Ordered:
        return Ordered(value, direction is not None and direction.type == "DESC")

    def page(self, counts: list[Expression]) -> tuple[Expression, Expression]:
        return counts[0], counts[1]

    # Operators.

    @v_args(inline=True)
    def conditional(self, test: Expression, yes: Expression, no: Expression) -> Expression:
        return Conditional(test, yes, no)

    @v_args(inline=True)
    def binary(self, left: Expression, operator: Token, right: Expression) -> Expression:
        return Binary("!=" if operator == "<>" else str(operator), left, right)

    @v_args(inline=True)
    def unary(self, operator: Token, operand: Expression) -> Expression:
        if operator == "-" and isinstance(operand, Literal) and is_number(operand.value):
            return Literal(-operand.value)
        return Unary(str(operator).upper(), operand)

    def in_list(self, parts: list[Any]) -> Expression:
        value, negation, *options = parts
        return In(value, tuple(options), negation is not None)

    @v_args(inline=True)
    def between(self, value: Expression, negation: Token | None, low: Expression, high: Expression) -> Expression:
        return Between(value, low, high, negation is not None)

    @v_args(inline=True)
    def like(self, value: Any, negation: Token | None, pattern: Any, escape: Token | None) -> Expression:
        character = None if escape is None else text_of(escape)
        if character is not None and len(character) != 1:
            raise SqlError("The ESCAPE of LIKE must be one character.", INVALID_STRING, position(escape))
        return Like(value, pattern, character, negation is not None)

    # Primaries.

    @v_args(inline=True)
    def subquery(self, query: Query) -> Expression:
        return Subquery(query)

    @v_args(inline=True)
    def exists(self, query: Query) -> Expression:
        return Subquery(query, "EXISTS")

    @v_args(inline=True)
    def array_query(self, query: Query) -> Expression:
        return Subquery(query, "ARRAY")

    @v_args(inline=True)
    def number(self, token: Token) -> Expression:
        return Literal(number_of(token))

    @v_args(inline=True)
    def string(self, token: Token) -> Expression:
        return Literal(text_of(token))

    def true(self, parts: list[Any]) -> Expression:
        return Literal(True)

    def false(self, parts: list[Any]) -> Expression:
        return Literal(False)

    def null(self, parts: list[Any]) -> Expression:
        return Literal(None)

    def undefined(self, parts: list[Any]) -> Expression:
        return Literal(UNDEFINED)

    @v_args(inline=True)
    def parameter(self, token: Token) -> Expression:
        return Parameter(str(token), position(token))

    @v_args(inline=True)
    def name(self, token: Token) -> Any:
        return Name(str(token), position(token))

    def arguments(self, parts: list[Any]) -> list[Expression]:
        return [part for part in parts if part is not None]

    @v_args(inline=True)
    def call(self, name: Token, arguments: list[Expression], close: Token) -> Expression:
        return Call(str(name), tuple(arguments), (position(name)[0], position(close)[1]))

    @v_args(inline=True)
    def udf(self, name: Token, arguments: list[Expression], close: Token) -> Expression:
        return Call(f"udf.{name}", tuple(arguments), (position(name)[0], position(close)[1]))

    @v_args(inline=True)
    def array(self, items: list[Expression]) -> Expression:
        return Array(tuple(items))

    def object(self, items: list[Any]) -> Expression:
        return Object(tuple(item for item in items if item is not None))

    @v_args(inline=True)
    def property(self, key: Any, value: Expression) -> tuple[str, Expression]:
        return (text_of(key) if isinstance(key, Token) else key.name), value

    @v_args(inline=True)
    def member(self, target: Expression, key: Name) -> Expression:
        return Member(target, key.name, key.at)

    @v_args(inline=True)
    def item(self, target: Expression, index: Expression) -> Expression:
        return _item(target, index)

    @v_args(inline=True)
    def number_item(self, target: Expression, token: Token) -> Expression:
        return _item(target, Literal(number_of(token)))

    @v_args(inline=True)
    def string_item(self, target: Expression, token: Token) -> Expression:
        return _item(target, Literal(text_of(token)))
