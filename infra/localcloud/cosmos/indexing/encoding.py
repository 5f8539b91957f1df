"""Values as index terms: bytes that sort as the values do, across types and within one.

A term narrows, the query's filter decides: long strings are cut and big integers become doubles, so unequal values may
share a term (`is_exact` tells), but a smaller value never has a greater term.
"""

import struct
from dataclasses import dataclass
from typing import Any

from ..undefined import UNDEFINED

NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT = (bytes([code]) for code in (1, 2, 3, 5, 8, 10, 11))
LAST = b"\xff"
STRING_BYTES = 96  # of UTF-8 that a term keeps
CUT = b"\xff"  # ends the term of a longer string; UTF-8 has no such byte
EXACT_INTEGER = float(2**53)
_sortable = struct.Struct(">Q")
_double = struct.Struct(">d")
SIGN, ALL = 1 << 63, (1 << 64) - 1


def encode(value: Any) -> bytes:
    """The term of a value; arrays and objects all have their type's. TypeError for UNDEFINED, which has none."""
    kind = type(value)
    if kind is str:
        text: bytes = value.encode("utf-8", "surrogatepass")
        return STRING + text if len(text) <= STRING_BYTES else STRING + text[:STRING_BYTES] + CUT
    if kind is int or kind is float:
        return NUMBER + _number(value)
    if kind is dict:
        return OBJECT
    if kind is list:
        return ARRAY
    if value is None:
        return NULL
    if kind is bool:
        return TRUE if value else FALSE
    raise TypeError(f"no JSON value: {value!r}")


def _number(value: float) -> bytes:
    (bits,) = _sortable.unpack(_double.pack(float(value) + 0.0))  # so that -0.0 is 0.0
    return _sortable.pack(bits ^ ALL if bits & SIGN else bits | SIGN)


LOWEST_EXACT, HIGHEST_EXACT = NUMBER + _number(-EXACT_INTEGER), NUMBER + _number(EXACT_INTEGER)


def is_exact(term: bytes) -> bool:
    """Whether all values with this term are equal."""
    kind = term[:1]
    if kind == NUMBER:
        return LOWEST_EXACT < term < HIGHEST_EXACT
    if kind == STRING:
        return len(term) <= STRING_BYTES + 1
    return kind not in (ARRAY, OBJECT)


def is_leaf(term: bytes) -> bool:
    """Whether the term is that of a scalar."""
    return term < ARRAY


@dataclass(frozen=True, slots=True)
class Bounds:
    """Terms from `low` to `high`, both included."""

    low: bytes
    high: bytes

    @property
    def single(self) -> bool:
        return self.low == self.high


EVERYTHING = Bounds(b"", LAST)


def bounds(op: str, values: tuple[Any, ...]) -> list[Bounds] | None:
    """The terms that may meet `op values` (the operators of `sql.Condition`); an empty list when none can, None for an
    operator that terms say nothing about."""
    if op == "defined":
        return [EVERYTHING]
    if op == "in":
        found = {encode(value) for value in values if value is not UNDEFINED}
        return [Bounds(term, term) for term in sorted(found)]
    if any(value is UNDEFINED for value in values):
        return []
    if op == "between":
        low, high = encode(values[0]), encode(values[1])
        return [Bounds(low, high)] if low <= high <= _highest(low) else []
    term = encode(values[0])
    if op == "=":
        return [Bounds(term, term)]
    if op == "startswith":
        return _prefix(values[0])
    if op in ("<", "<="):
        return _some(_lowest(term), _below(term) if op == "<" and is_exact(term) else term)
    if op in (">", ">="):
        return _some(term + b"\x00" if op == ">" and is_exact(term) else term, _highest(term))
    return None


def _some(low: bytes, high: bytes) -> list[Bounds]:
    return [Bounds(low, high)] if low <= high else []


def _below(term: bytes) -> bytes:
    """Below an exact term, and not below any lower one: no term has as many `LAST` as stand at its end."""
    if term[:1] == NUMBER:
        return NUMBER + _sortable.pack(_sortable.unpack(term[1:])[0] - 1)
    kept, last = term[:-1], term[-1]
    return kept + bytes([last - 1]) + LAST * (STRING_BYTES + 2) if last else kept


def _lowest(term: bytes) -> bytes:
    """The lowest term of the same type."""
    return FALSE if term == TRUE else term[:1]


def _highest(term: bytes) -> bytes:
    """The highest term of the same type, or one above it."""
    return TRUE if term == FALSE else term[:1] + LAST * (STRING_BYTES + 2)


def _prefix(value: Any) -> list[Bounds]:
    if type(value) is not str:
        return []
    term = encode(value)
    return [Bounds(term, term)] if term.endswith(CUT) else [Bounds(term, term + CUT * 2)]
