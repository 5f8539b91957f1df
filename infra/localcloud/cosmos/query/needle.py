"""Bytes that the JSON of every matching document holds: a look for them spares a scan most of the parsing.

Bodies are orjson's, so a value of a property is written in one way, except for numbers: 7 may be `7` or `7.0`, which
begin alike, and those that may be written with an exponent, or as minus zero, are left out.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from ..sql import Condition
from .computed import HIDDEN

LARGEST = 1e15


def needle(conditions: Iterable[Condition]) -> bytes | None:
    """The longest such bytes that the conditions of a query give; None when they give none."""
    found = [made for one in conditions if (made := _of(one)) is not None]
    return max(found, key=len, default=None)


def _of(condition: Condition) -> bytes | None:
    name = condition.path[-1]
    if condition.op != "=" or not isinstance(name, str) or any(str(one).startswith(HIDDEN) for one in condition.path):
        return None
    try:
        written = _written(condition.values[0])
        return None if written is None else orjson.dumps(name) + b":" + written
    except orjson.JSONEncodeError:
        return None


def _written(value: Any) -> bytes | None:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return orjson.dumps(value)
    if isinstance(value, int | float) and 1e-3 <= abs(value) < LARGEST:
        return orjson.dumps(int(value) if value == int(value) else value)
    return None
