"""Compiles expressions to closures over a row, the tuple of the values of the aliases in reach."""

from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql import functions
from localcloud.cosmos.sql.aggregates import AGGREGATES
from localcloud.cosmos.sql.errors import (
    AGGREGATE_IN_WHERE,
    UNKNOWN_FUNCTION,
    UNKNOWN_IDENTIFIER,
    UNKNOWN_PARAMETER,
    UNKNOWN_UDF,
    SqlError,
)
from localcloud.cosmos.sql.like import matcher
from localcloud.cosmos.sql.operators import BINARY, UNARY, between, is_in, item, joined, opposite
from localcloud.cosmos.sql.scope import Evaluate, Row, Scope
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
    Parameter,
    Unary,
)
from localcloud.cosmos.sql.values import RANKS, deeper, is_number
from localcloud.cosmos.undefined import UNDEFINED

NO_ROW: Row = ()


class Constant:
    """A closure whose value is known: `value`."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, row: Row) -> Any:
        return self.value


def compile_expression(node: Expression, scope: Scope) -> Evaluate:
    """The closure that gives the value of `node` for a row. SqlError when a name in it is unknown."""
    return COMPILERS[type(node)](node, scope)


def constants(parts: list[Evaluate]) -> list[Any] | None:
    """The values of closures that are all constant; None when one is not."""
    values = [part.value for part in parts if isinstance(part, Constant)]
    return values if len(values) == len(parts) else None


def _lift(operation: Callable[..., Any], parts: list[Evaluate]) -> Evaluate:
    """The closure that applies `operation` to the values of `parts`; at once when they are constant."""
    known = constants(parts)
    if known is not None:
        return Constant(operation(*known))
    if len(parts) == 1:
        (only,) = parts
        return lambda row: operation(only(row))
    if len(parts) == 2:
        left, right = parts
        if isinstance(right, Constant):
            value = right.value
            return lambda row: operation(left(row), value)
        return lambda row: operation(left(row), right(row))
    return lambda row: operation(*[part(row) for part in parts])


def _literal(node: Literal, scope: Scope) -> Evaluate:
    return Constant(node.value)


def _parameter(node: Parameter, scope: Scope) -> Evaluate:
    value = scope.context.parameters.get(node.name, UNDEFINED)
    if type(value) not in RANKS or deeper(value):
        raise SqlError(
            f"The value of the query parameter '{node.name}' is no JSON value, or nested too deeply.",
            UNKNOWN_PARAMETER,
            node.at,
        )
    return Constant(value)


def _name(node: Name, scope: Scope) -> Evaluate:
    slot = slot_of(node, scope)
    return lambda row: row[slot]


def slot_of(node: Name, scope: Scope) -> int:
    """Which value of a row an alias is. SqlError SC2001 for an unknown one."""
    if node.name not in scope.names:
        raise SqlError(f"Identifier '{node.name}' could not be resolved.", UNKNOWN_IDENTIFIER, node.at)
    return scope.names[node.name]


def path_of(node: Expression) -> tuple[Name, tuple[str | int, ...]] | None:
    """The alias and the keys that `alias.a["b"][0]` walks; None for any other expression."""
    keys: list[str | int] = []
    while isinstance(node, Member):
        keys.append(node.key)
        node = node.target
    return (node, tuple(reversed(keys))) if isinstance(node, Name) else None


def _member(node: Member, scope: Scope) -> Evaluate:
    path = path_of(node)
    if path is None or not all(isinstance(key, str) for key in path[1]):
        key = node.key
        return _lift(lambda target: item(target, key), [compile_expression(node.target, scope)])
    slot = slot_of(path[0], scope)
    return _one_key(slot, path[1][0]) if len(path[1]) == 1 else _keys(slot, path[1])


def _one_key(slot: int, key: str | int) -> Evaluate:
    def get(row: Row) -> Any:
        value = row[slot]
        return value.get(key, UNDEFINED) if type(value) is dict else UNDEFINED

    return get


def _keys(slot: int, keys: tuple[str | int, ...]) -> Evaluate:
    def get(row: Row) -> Any:
        value = row[slot]
        for key in keys:
            if type(value) is not dict:
                return UNDEFINED
            value = value.get(key, UNDEFINED)
        return value

    return get


def _item(node: Item, scope: Scope) -> Evaluate:
    return _lift(item, [compile_expression(node.target, scope), compile_expression(node.index, scope)])


def _unary(node: Unary, scope: Scope) -> Evaluate:
    return _lift(UNARY[node.operator], [compile_expression(node.operand, scope)])


def _binary(node: Binary, scope: Scope) -> Evaluate:
    parts = [compile_expression(node.left, scope), compile_expression(node.right, scope)]
    return _lift(BINARY[node.operator], parts)


def _chain(node: Chain, scope: Scope) -> Evaluate:
    terms = [compile_expression(term, scope) for term in node.terms]
    if node.operator == "||":
        return _lift(lambda *texts: joined(list(texts)), terms)
    if node.operator == "??":
        return _first_defined(terms)
    return _logic(terms, decisive=node.operator == "OR")


def _first_defined(terms: list[Evaluate]) -> Evaluate:
    def first(row: Row) -> Any:
        for term in terms:
            value = term(row)
            if value is not UNDEFINED:
                return value
        return UNDEFINED

    return first


def _logic(terms: list[Evaluate], decisive: bool) -> Evaluate:
    """AND (decided by a false) and OR (decided by a true); undefined when a term that mattered is no boolean."""

    def decide(row: Row) -> Any:
        answer: Any = not decisive
        for term in terms:
            value = term(row)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                answer = UNDEFINED
        return answer

    return decide


def _conditional(node: Conditional, scope: Scope) -> Evaluate:
    test, yes, no = (compile_expression(part, scope) for part in (node.test, node.yes, node.no))
    return lambda row: yes(row) if test(row) is True else no(row)


def _in(node: In, scope: Scope) -> Evaluate:
    value = compile_expression(node.value, scope)
    options = [compile_expression(option, scope) for option in node.options]
    known = constants(options)
    if known is not None:
        found = _lift(_among(known), [value])
    else:
        found = _lift(lambda given, *rest: is_in(given, list(rest)), [value, *options])
    return _lift(opposite, [found]) if node.negated else found


def _among(options: list[Any]) -> Callable[[Any], Any]:
    """`IN` of constants: however many there are, a string or a number is looked up."""
    texts = frozenset(option for option in options if type(option) is str)
    numbers = frozenset(option for option in options if is_number(option))
    others = [option for option in options if type(option) is not str and not is_number(option)]

    def find(given: Any) -> Any:
        if type(given) is str:
            return given in texts
        return given in numbers if is_number(given) else is_in(given, others)

    return find


def _between(node: Between, scope: Scope) -> Evaluate:
    found = _lift(between, [compile_expression(part, scope) for part in (node.value, node.low, node.high)])
    return _lift(opposite, [found]) if node.negated else found


def _like(node: Like, scope: Scope) -> Evaluate:
    escape = node.escape

    def like(value: Any, pattern: Any) -> Any:
        return matcher(pattern, escape)(value) if type(value) is str and type(pattern) is str else UNDEFINED

    found = _lift(like, [compile_expression(node.value, scope), compile_expression(node.pattern, scope)])
    return _lift(opposite, [found]) if node.negated else found


def _call(node: Call, scope: Scope) -> Evaluate:
    if node.name.upper() in AGGREGATES:
        if scope.results is None or id(node) not in scope.results:
            raise SqlError("An aggregate function is not allowed here.", AGGREGATE_IN_WHERE, node.at)
        slot, index = scope.results_slot, scope.results[id(node)]
        return lambda row: row[slot][index]
    function = functions.find(node.name)
    if function is None:
        if node.name.startswith("udf."):
            raise SqlError(f"User-defined function '{node.name}' could not be resolved.", UNKNOWN_UDF, node.at)
        if node.name.upper() in functions.NOT_COVERED:
            raise SqlError(f"'{node.name}' is not covered by this emulator.", UNKNOWN_FUNCTION, node.at)
        raise SqlError(f"'{node.name}' is not a recognized built-in function name.", UNKNOWN_FUNCTION, node.at)
    function.check(len(node.arguments), node.at)
    parts = [_argument(function, argument, scope) for argument in node.arguments]
    if function.timed:
        parts.insert(0, Constant(scope.context.now))
    if function.volatile:
        return lambda row: function.apply()
    return _lift(function.apply, parts)


def _argument(function: functions.Function, node: Expression, scope: Scope) -> Evaluate:
    if function.raw and isinstance(node, Array):
        return _lift(lambda *items: list(items), [compile_expression(item, scope) for item in node.items])
    return compile_expression(node, scope)


def _array(node: Array, scope: Scope) -> Evaluate:
    parts = [compile_expression(part, scope) for part in node.items]
    return lambda row: [None if (value := part(row)) is UNDEFINED else value for part in parts]


def _object(node: Object, scope: Scope) -> Evaluate:
    parts = [(key, compile_expression(part, scope)) for key, part in node.items]
    return lambda row: {key: value for key, part in parts if (value := part(row)) is not UNDEFINED}


COMPILERS: dict[type, Callable[[Any, Scope], Evaluate]] = {
    Literal: _literal, Parameter: _parameter, Name: _name, Member: _member, Item: _item, Unary: _unary,
    Binary: _binary, Chain: _chain, Conditional: _conditional, In: _in, Between: _between, Like: _like,
    Call: _call, Array: _array, Object: _object,
}  # fmt: skip
