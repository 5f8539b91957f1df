"""Functions over 64-bit integers. Anything else, and what overflows, is undefined."""

import operator
from collections.abc import Callable
from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.functions.types import INT64, is_whole
from localcloud.cosmos.undefined import UNDEFINED

BITS = 64


def _quotient(left: int, right: int) -> int:
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def _wrapped(value: int) -> int:
    low = value & (2 * INT64 - 1)
    return low - 2 * INT64 if low >= INT64 else low


def _over(operation: Callable[..., int]) -> Callable[..., Any]:
    def apply(*values: Any) -> Any:
        if not all(map(is_whole, values)):
            return UNDEFINED
        try:
            result = operation(*map(int, values))
        except ZeroDivisionError:
            return UNDEFINED
        return result if -INT64 <= result < INT64 else UNDEFINED

    return apply


for _name, _operation in {
    "INTADD": operator.add, "INTSUB": operator.sub, "INTMUL": operator.mul, "INTDIV": _quotient,
    "INTMOD": lambda left, right: left - right * _quotient(left, right), "INTBITAND": operator.and_,
    "INTBITOR": operator.or_, "INTBITXOR": operator.xor,
    "INTBITLEFTSHIFT": lambda value, by: _wrapped(value << by % BITS),
    "INTBITRIGHTSHIFT": lambda value, by: value >> by % BITS,
}.items():  # fmt: skip
    function(_name, 2)(_over(_operation))

function("INTBITNOT", 1)(_over(operator.invert))
