"""Functions that tell types, and the two that choose between values."""

import base64
import binascii
import math
from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.values import is_number
from localcloud.cosmos.undefined import UNDEFINED

INT64 = 2**63
RID_BYTES = 16


def is_whole(value: Any) -> bool:
    """Whether a value is a number without a fraction that fits in 64 bits."""
    return is_number(value) and math.isfinite(value) and value == int(value) and -INT64 <= value < INT64


function("IS_DEFINED", 1)(lambda value: value is not UNDEFINED)
function("IS_NULL", 1)(lambda value: value is None)
function("IS_BOOL", 1)(lambda value: type(value) is bool)
function("IS_NUMBER", 1)(is_number)
function("IS_FINITE_NUMBER", 1)(lambda value: is_number(value) and math.isfinite(value))
function("IS_INTEGER", 1)(is_whole)
function("IS_STRING", 1)(lambda value: type(value) is str)
function("IS_ARRAY", 1)(lambda value: type(value) is list)
function("IS_OBJECT", 1)(lambda value: type(value) is dict)
function("IS_PRIMITIVE", 1)(lambda value: value is None or type(value) in (bool, int, float, str))


@function("DOCUMENTID", 1)
def documentid(item: Any) -> Any:
    """The number of an item: the last eight bytes of its resource id, the lowest first."""
    text = item.get("_rid") if type(item) is dict else None
    try:
        raw = base64.b64decode(text.replace("-", "/")) if type(text) is str else b""
    except binascii.Error:
        return UNDEFINED
    return int.from_bytes(raw[8:], "little") if len(raw) == RID_BYTES else UNDEFINED


@function("IIF", 3)
def iif(test: Any, yes: Any, no: Any) -> Any:
    """`yes` when the test is true, otherwise `no`."""
    return yes if test is True else no


@function("CHOOSE", 2, None)
def choose(index: Any, *values: Any) -> Any:
    """The value at a position that counts from one."""
    return values[int(index) - 1] if is_whole(index) and 1 <= index <= len(values) else UNDEFINED
