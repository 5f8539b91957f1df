"""The operators on values: arithmetic, bits, comparisons, three-valued logic. Whatever does not fit is undefined.

A division by zero is a 400 with the code 4001, as on Azure. Integers are exact within 64 bits, as there.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql.errors import NUMERIC, SqlError
from localcloud.cosmos.sql.values import compare, equal, is_number, number
from localcloud.cosmos.undefined import UNDEFINED

Operation = Callable[[Any, Any], Any]
# No document holds more than 2 MB, so a longer text can only grow out of hand: it is undefined, as REPLICATE's is.
MAX_TEXT = 4 * 1024 * 1024


def int32(value: float) -> int:
    """A number as JavaScript's bit operators see it: truncated, its low 32 bits, signed."""
    bits = int(value) & 0xFFFFFFFF
    return bits - 0x100000000 if bits & 0x80000000 else bits


def _arithmetic(operation: Callable[[Any, Any], float]) -> Operation:
    def apply(left: Any, right: Any) -> Any:
        if not (is_number(left) and is_number(right)):
            return UNDEFINED
        try:
            result = number(operation(left, right))
        except (OverflowError, ZeroDivisionError, ValueError):
            result = UNDEFINED
        if result is UNDEFINED:
            raise SqlError("An arithmetic operation has no finite result.", NUMERIC)
        return result

    return apply


def _bits(operation: Callable[[int, int], int]) -> Operation:
    return _arithmetic(lambda left, right: int32(operation(int32(left), int32(right))))


def _modulo(left: float, right: float) -> float:
    if type(left) is int and type(right) is int:
        return left - right * math.trunc(left / right) if abs(left) < 2**52 else math.fmod(left, right)
    return math.fmod(left, right)


def _unsigned_shift(left: int, right: int) -> int:
    return (left & 0xFFFFFFFF) >> (right & 31)


def equals(left: Any, right: Any) -> Any:
    """`=`: undefined when a side is."""
    return UNDEFINED if left is UNDEFINED or right is UNDEFINED else equal(left, right)


def _differs(left: Any, right: Any) -> Any:
    return UNDEFINED if left is UNDEFINED or right is UNDEFINED else not equal(left, right)


def _ordering(holds: Callable[[int, int], bool]) -> Operation:
    def apply(left: Any, right: Any) -> Any:
        found = compare(left, right)
        return UNDEFINED if found is None else holds(found, 0)

    return apply


ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

BINARY: dict[str, Operation] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(operator.truediv),
    "%": _arithmetic(_modulo),
    "&": _bits(operator.and_),
    "|": _bits(operator.or_),
    "^": _bits(operator.xor),
    "<<": _bits(lambda left, right: left << (right & 31)),
    ">>": _bits(lambda left, right: left >> (right & 31)),
    ">>>": _arithmetic(lambda left, right: _unsigned_shift(int32(left), int32(right))),
    "=": equals,
    "!=": _differs,
    **{sign: _ordering(holds) for sign, holds in ORDERINGS.items()},
}


def between(value: Any, low: Any, high: Any) -> Any:
    """`value >= low AND value <= high`."""
    return both(BINARY[">="](value, low), BINARY["<="](value, high))


def both(left: Any, right: Any) -> Any:
    """`AND` of two values."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else UNDEFINED


def opposite(value: Any) -> Any:
    """`NOT`: undefined of anything but a boolean."""
    return not value if type(value) is bool else UNDEFINED


UNARY: dict[str, Callable[[Any], Any]] = {
    "NOT": opposite,
    "-": lambda value: number(-value) if is_number(value) else UNDEFINED,
    "+": lambda value: value if is_number(value) else UNDEFINED,
    "~": lambda value: ~int32(value) if is_number(value) else UNDEFINED,
}


def is_in(value: Any, options: list[Any]) -> Any:
    """`IN`: undefined when the value is, otherwise whether an option equals it."""
    if value is UNDEFINED:
        return UNDEFINED
    return any(option is not UNDEFINED and equal(value, option) for option in options)


def joined(texts: list[Any]) -> Any:
    """`||`: of strings only."""
    if any(type(text) is not str for text in texts) or sum(map(len, texts)) > MAX_TEXT:
        return UNDEFINED
    return "".join(texts)


def item(target: Any, key: Any) -> Any:
    """`target[key]`: a property of an object, an element of an array."""
    if type(target) is dict and type(key) is str:
        return target.get(key, UNDEFINED)
    if type(target) is list and is_number(key) and key == int(key) and 0 <= key < len(target):
        return target[int(key)]
    return UNDEFINED
