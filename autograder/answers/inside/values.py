"""Values as plain data: what a learner's code made is looked at for what it is, and never for what it claims to equal.

A list, a text, a number, a truth value and None stand for themselves; everything else is an object with one key that
names its kind. A subclass counts as the built-in type that it is made of.
"""

import base64
import math
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST, MOST, MOST_BITS, LONGEST_REPR = 40, 100_000, 12_000, 500


class TooMuch(ValueError):
    """A value that is too large or too deep to be looked at."""


class Other:
    """A value of no built-in type: `type` is its name, `text` what `repr` says of it. It equals nothing else."""

    def __init__(self, type: str, text: str) -> None:
        self.type = type
        self.text = text

    def __repr__(self) -> str:
        return self.text


def encoded(value: object) -> Any:
    """The value as data that JSON can hold; TooMuch."""
    left = iter(range(MOST))
    return _encoded(value, 0, left)


def decoded(data: Any) -> Any:
    """The value that the data stands for; ValueError when it stands for none."""
    try:
        return _decoded(data, 0)
    except (TypeError, KeyError, RecursionError, OverflowError, InvalidOperation) as error:
        raise ValueError(f"no value: {error}") from None


def _encoded(value: object, depth: int, left: Iterator[int]) -> Any:
    if depth > DEEPEST or next(left, None) is None:
        raise TooMuch
    if value is None or value is True or value is False:
        return value
    for kind, encode in _KINDS:
        if issubclass(type(value), kind):
            return encode(value, lambda part: _encoded(part, depth + 1, left))
    return {"other": [_class_of(value), _repr(value)]}


Encode = Callable[[Any], Any]


def _integer(value: int, _encode: Encode) -> Any:
    if int.bit_length(value) > MOST_BITS:
        raise TooMuch
    return int.__index__(value)


def _float(value: float, _encode: Encode) -> Any:
    exact = float.__float__(value)
    return exact if math.isfinite(exact) else {"float": float.__repr__(exact)}


def _text(value: str, _encode: Encode) -> Any:
    if str.__len__(value) > MOST * 10:
        raise TooMuch
    return str.__str__(value)


def _complex(value: complex, _encode: Encode) -> Any:
    parts = (complex.real.__get__(value), complex.imag.__get__(value))
    return {"complex": [repr(part) for part in parts]}


def _bytes(value: bytes | bytearray, _encode: Encode) -> Any:
    content = memoryview(value)
    if content.nbytes > MOST * 10:
        raise TooMuch
    return {"bytes" if isinstance(value, bytes) else "bytearray": base64.b64encode(content).decode()}


def _decimal(value: Decimal, _encode: Encode) -> Any:
    return {"decimal": Decimal.__str__(value)}


def _dict(value: dict[Any, Any], encode: Encode) -> Any:
    return {"dict": [[encode(key), encode(item)] for key, item in list(dict.items(value))]}


_KINDS: tuple[tuple[type, Callable[[Any, Encode], Any]], ...] = (
    (int, _integer),
    (float, _float),
    (complex, _complex),
    (Decimal, _decimal),
    (str, _text),
    (bytes, _bytes),
    (bytearray, _bytes),
    (list, lambda value, encode: [encode(part) for part in list.__iter__(value)]),
    (tuple, lambda value, encode: {"tuple": [encode(part) for part in tuple.__iter__(value)]}),
    (set, lambda value, encode: {"set": [encode(part) for part in set.__iter__(value)]}),
    (frozenset, lambda value, encode: {"frozenset": [encode(part) for part in frozenset.__iter__(value)]}),
    (dict, _dict),
)


def _repr(value: object) -> str:
    try:
        return str.__str__(str.__getitem__(repr(value), slice(LONGEST_REPR)))
    except BaseException as error:  # its own code may raise anything
        return f"<{_class_of(value)}: its repr raised {_class_of(error)}>"


def _class_of(value: object) -> str:
    """The name of its class, also where a metaclass has another idea of it."""
    return str.__str__(type.__dict__["__name__"].__get__(type(value)))


def _decoded(data: Any, depth: int) -> Any:
    if depth > DEEPEST + 1:
        raise ValueError("too deep")
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    if isinstance(data, list):
        return [_decoded(part, depth + 1) for part in data]
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError("no value")
    ((kind, content),) = data.items()
    match kind:
        case "float" if content in ("nan", "inf", "-inf"):
            return float(content)
        case "complex":
            real, imaginary = content
            return complex(float(real), float(imaginary))
        case "decimal" if isinstance(content, str) and len(content) < MOST_BITS:
            return Decimal(content)
        case "bytes":
            return base64.b64decode(content, validate=True)
        case "bytearray":
            return bytearray(base64.b64decode(content, validate=True))
        case "tuple" | "set" | "frozenset" if isinstance(content, list):
            made = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
            return made(_decoded(part, depth + 1) for part in content)
        case "dict" if isinstance(content, list):
            return {_decoded(key, depth + 1): _decoded(item, depth + 1) for key, item in content}
        case "other":
            name, text = content
            return Other(str(name)[:200], str(text)[:LONGEST_REPR])
    raise ValueError("no value")
