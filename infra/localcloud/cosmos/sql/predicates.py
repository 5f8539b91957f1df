"""Compiles conditions to tests that say whether they are true: the fast way to filter a scan.

What is false and what is undefined are one here, so that a comparison of a property with a constant needs no more
than a look into the document.
"""

from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql.expressions import Constant, compile_expression, path_of, slot_of
from localcloud.cosmos.sql.operators import ORDERINGS
from localcloud.cosmos.sql.scope import Row, Scope, Test
from localcloud.cosmos.sql.syntax import Binary, Chain, Expression
from localcloud.cosmos.undefined import UNDEFINED

MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
Check = Callable[[Any], bool]


def compile_test(node: Expression, scope: Scope) -> Test:
    """The test that tells whether `node` is true for a row."""
    if isinstance(node, Chain) and node.operator == "AND":
        return _all([compile_test(term, scope) for term in node.terms])
    if isinstance(node, Chain) and node.operator == "OR":
        return _any([compile_test(term, scope) for term in node.terms])
    if isinstance(node, Binary) and node.operator in MIRRORED:
        fast = _fast(node, scope)
        if fast is not None:
            return fast
    value = compile_expression(node, scope)
    return lambda row: value(row) is True


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) and second(row)

    def check(row: Row) -> bool:
        for test in tests:  # noqa: SIM110 - a loop is twice as fast as all() with a generator
            if not test(row):
                return False
        return True

    return check


def _any(tests: list[Test]) -> Test:
    def check(row: Row) -> bool:
        for test in tests:  # noqa: SIM110
            if test(row):
                return True
        return False

    return check


def _fast(node: Binary, scope: Scope) -> Test | None:
    """The test of a property against a constant; None for any other comparison."""
    for target, other, sign in (
        (node.left, node.right, node.operator),
        (node.right, node.left, MIRRORED[node.operator]),
    ):
        path = path_of(target)
        if path is None or not path[1] or not all(isinstance(key, str) for key in path[1]):
            continue
        constant = compile_expression(other, scope)
        if not isinstance(constant, Constant):
            continue
        check = _check(sign, constant.value)
        if check is not None:
            slot = slot_of(path[0], scope)
            return _property(slot, path[1][0], check) if len(path[1]) == 1 else _deep(slot, path[1], check)
    return None


def _check(sign: str, constant: Any) -> Check | None:
    kind = type(constant)
    if sign == "=":
        if constant is None or kind is bool:
            return lambda value: value is constant
        if kind is str:
            return lambda value: bool(value == constant)
        if kind in (int, float):
            return lambda value: value == constant and type(value) is not bool
        return None
    holds = ORDERINGS[sign]
    if kind is str:
        return lambda value: type(value) is str and holds(value, constant)
    if kind in (int, float):
        return lambda value: type(value) in (int, float) and holds(value, constant)
    return None


def _property(slot: int, key: str | int, check: Check) -> Test:
    def test(row: Row) -> bool:
        value = row[slot]
        return type(value) is dict and check(value.get(key, UNDEFINED))

    return test


def _deep(slot: int, keys: tuple[str | int, ...], check: Check) -> Test:
    def test(row: Row) -> bool:
        value = row[slot]
        for key in keys:
            if type(value) is not dict:
                return False
            value = value.get(key, UNDEFINED)
        return check(value)

    return test
