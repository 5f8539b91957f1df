"""Functions between text and JSON values."""

import re
from typing import Any

import orjson

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.values import deeper, number
from localcloud.cosmos.undefined import UNDEFINED

_NUMBER = re.compile(r"[ \t\r\n]*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?[ \t\r\n]*", re.ASCII)
_SPACE = " \t\r\n"
EXACT_DIGITS = 15


@function("TOSTRING", 1)
def tostring(value: Any) -> Any:
    """A string as it is, anything else as JSON."""
    if value is UNDEFINED or type(value) is str:
        return value
    return written(value)


def written(value: Any) -> Any:
    """A JSON value as text; undefined when it holds what JSON cannot write."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return UNDEFINED


def _parsed(text: Any, kind: type) -> Any:
    if type(text) is not str:
        return UNDEFINED
    try:
        value = orjson.loads(text)
    except ValueError:
        return UNDEFINED
    return value if type(value) is kind and not deeper(value) else UNDEFINED


function("STRINGTOARRAY", 1)(lambda text: _parsed(text, list))
function("STRINGTOOBJECT", 1)(lambda text: _parsed(text, dict))
function("STRINGTOBOOLEAN", 1)(lambda text: _parsed(text, bool))
function("STRINGTONULL", 1)(lambda text: _parsed(text, type(None)))


@function("STRINGTONUMBER", 1)
def stringtonumber(text: Any) -> Any:
    """The number that a text writes as JSON does, with or without space around."""
    if type(text) is not str or not _NUMBER.fullmatch(text):
        return UNDEFINED
    digits = text.strip(_SPACE)
    if digits.isdigit() and len(digits) <= EXACT_DIGITS:
        return int(digits)
    return number(float(digits))
