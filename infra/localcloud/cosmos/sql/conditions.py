"""What an index or a router may use of a WHERE clause: the conditions that every answer must meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.cosmos.sql.expressions import path_of
from localcloud.cosmos.sql.predicates import MIRRORED
from localcloud.cosmos.sql.syntax import Between, Binary, Call, Chain, Expression, In, Literal, Parameter, Query
from localcloud.cosmos.undefined import UNDEFINED

Path = tuple[str | int, ...]
# Combinations of key values beyond which a router had better ask everywhere.
MAX_KEYS = 1000


@dataclass(frozen=True)
class Condition:
    """`path op values`: op is `=`, `<`, `<=`, `>`, `>=`, `in`, `startswith`, `defined` or `between` (low, high).

    It is necessary, never sufficient: the compiled filter still decides. An undefined constant matches nothing.
    """

    path: Path
    op: str
    values: tuple[Any, ...]


def root_path(query: Query, node: Expression) -> Path | None:
    """The path from the document that an expression walks; None for anything else, JOIN aliases included."""
    found = path_of(node)
    if found is None or not query.sources or found[0].name != query.sources[0].alias or query.sources[0].iterated:
        return None
    start = path_of(query.sources[0].target)
    return None if start is None else (*start[1], *found[1])


def terms_of(query: Query) -> list[Expression]:
    """The terms of the WHERE clause that AND joins."""
    if query.where is None:
        return []
    return _conjuncts(query.where)


def _conjuncts(node: Expression) -> list[Expression]:
    if isinstance(node, Chain) and node.operator == "AND":
        return [one for term in node.terms for one in _conjuncts(term)]
    return [node]


def conditions_of(query: Query, parameters: Mapping[str, Any]) -> tuple[Condition, ...]:
    """The conditions that the top-level terms of WHERE make."""
    found = (condition_of(query, term, parameters) for term in terms_of(query))
    return tuple(one for one in found if one is not None)


_NONE = object()


def _constant(node: Expression, parameters: Mapping[str, Any]) -> Any:
    if isinstance(node, Literal):
        return node.value
    return parameters.get(node.name, UNDEFINED) if isinstance(node, Parameter) else _NONE


def condition_of(query: Query, term: Expression, parameters: Mapping[str, Any]) -> Condition | None:
    """The condition that a term makes; None when it makes none."""
    if isinstance(term, Binary) and term.operator in MIRRORED:
        return _comparison(query, term, parameters)
    if isinstance(term, In) and not term.negated:
        return _made(query, term.value, "in", term.options, parameters)
    if isinstance(term, Between) and not term.negated:
        return _made(query, term.value, "between", (term.low, term.high), parameters)
    if isinstance(term, Call) and term.arguments:
        name, rest = term.name.upper(), term.arguments[1:]
        if name == "IS_DEFINED" and not rest:
            return _made(query, term.arguments[0], "defined", (), parameters)
        if name == "STARTSWITH" and (len(rest) == 1 or rest[1:] == (Literal(False),)):
            return _made(query, term.arguments[0], "startswith", rest[:1], parameters)
    return None


def _comparison(query: Query, term: Binary, parameters: Mapping[str, Any]) -> Condition | None:
    straight = _made(query, term.left, term.operator, (term.right,), parameters)
    return straight or _made(query, term.right, MIRRORED[term.operator], (term.left,), parameters)


def _made(
    query: Query, target: Expression, op: str, operands: tuple[Expression, ...], parameters: Mapping[str, Any]
) -> Condition | None:
    path = root_path(query, target)
    values = tuple(_constant(one, parameters) for one in operands)
    if not path or any(value is _NONE for value in values):
        return None
    return Condition(path, op, values)


def key_values(query: Query, key_paths: list[Path], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]] | None:
    """The partition keys that can hold answers, each a full key or a prefix of one; None when any can.

    `key_paths` are the paths of the partition key, first the widest. Understands `=`, IN, AND and OR, which covers
    what `read_items` sends.
    """
    if query.where is None:
        return None
    wanted = _bindings(query, query.where, set(map(tuple, key_paths)), parameters)
    if wanted is None:
        return None
    keys: dict[str, tuple[Any, ...]] = {}
    for binding in wanted:
        key: list[Any] = []
        for path in key_paths:
            if tuple(path) not in binding:
                break
            key.append(binding[tuple(path)])
        if not key:
            return None
        keys[repr(key)] = tuple(key)
    return list(keys.values())


Binding = dict[Path, Any]


def _bindings(query: Query, node: Expression, paths: set[Path], parameters: Mapping[str, Any]) -> list[Binding] | None:
    """The alternatives that a condition leaves for the values at `paths`; None when it leaves all."""
    if isinstance(node, Chain) and node.operator == "AND":
        return _crossed([_bindings(query, term, paths, parameters) for term in node.terms])
    if isinstance(node, Chain) and node.operator == "OR":
        sides = [_bindings(query, term, paths, parameters) for term in node.terms]
        united = [one for side in sides for one in side or []]
        return None if any(side is None for side in sides) or len(united) > MAX_KEYS else united
    found = condition_of(query, node, parameters)
    if found is None or found.path not in paths or found.op not in ("=", "in"):
        return None
    return [{found.path: value} for value in found.values if value is not UNDEFINED]


def _crossed(sides: list[list[Binding] | None]) -> list[Binding] | None:
    made: list[Binding] | None = None
    for side in sides:
        if side is None:
            continue
        if made is None:
            made = side
        elif len(made) * len(side) <= MAX_KEYS:
            made = [{**one, **other} for one in made for other in side]
    return made
