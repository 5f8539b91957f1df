"""Mathematical functions over doubles. What is no number, or has no finite answer, is undefined."""

import math
import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.functions.types import is_whole
from localcloud.cosmos.sql.values import is_number, number
from localcloud.cosmos.undefined import UNDEFINED

MAX_PLACES = 15
DIGITS = 350


def _safely(operation: Callable[..., float], *values: Any) -> Any:
    if not all(map(is_number, values)):
        return UNDEFINED
    try:
        result = operation(*values)
    except (ValueError, OverflowError, ZeroDivisionError):
        return UNDEFINED
    return UNDEFINED if isinstance(result, complex) else number(result)


def _of_one(name: str, operation: Callable[..., float]) -> None:
    function(name, 1)(lambda value: _safely(operation, value))


_OF_ONE: dict[str, Callable[..., float]] = {
    "ABS": abs, "ACOS": math.acos, "ASIN": math.asin, "ATAN": math.atan, "CEILING": math.ceil, "COS": math.cos,
    "COT": lambda value: 1 / math.tan(value), "DEGREES": math.degrees, "EXP": math.exp, "FLOOR": math.floor,
    "LOG10": math.log10, "RADIANS": math.radians, "SIGN": lambda value: (value > 0) - (value < 0), "SIN": math.sin,
    "SQRT": math.sqrt, "SQUARE": lambda value: value * value, "TAN": math.tan, "TRUNC": math.trunc,
}  # fmt: skip
for _name, _operation in _OF_ONE.items():
    _of_one(_name, _operation)

function("ATN2", 2)(lambda y, x: _safely(math.atan2, y, x))
function("PI", 0)(lambda: math.pi)
function("POWER", 2)(lambda base, exponent: _safely(lambda b, e: float(b) ** float(e), base, exponent))
function("RAND", 0, volatile=True)(lambda: random.random())
function("LOG", 1, 2)(lambda value, base=math.e: _safely(_logarithm, value, base))


def _logarithm(value: float, base: float) -> float:
    return math.log(value) if base == math.e else math.log(value, base)


@function("ROUND", 1, 2)
def round_half_up(value: Any, places: Any = 0) -> Any:
    """The nearest number with `places` decimals, halves away from zero."""
    if not is_number(value) or not is_whole(places) or not math.isfinite(value):
        return UNDEFINED
    if places > MAX_PLACES:
        return value
    with localcontext() as context:
        context.prec = DIGITS
        step = Decimal(1).scaleb(-max(int(places), -DIGITS))
        quotient = (Decimal(repr(value)) / step).to_integral_value(ROUND_HALF_UP)
        return number(float(quotient * step))


@function("NUMBERBIN", 1, 2)
def numberbin(value: Any, size: Any = 1) -> Any:
    """The largest multiple of `size` that is not above `value`."""
    if not is_number(value) or not is_number(size) or size <= 0:
        return UNDEFINED
    return _safely(lambda v, s: math.floor(v / s) * s, value, size)
