"""Array, object and set functions. A value that is no array makes the answer undefined."""

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.functions.types import is_whole
from localcloud.cosmos.sql.values import equal, is_number, number, order_key
from localcloud.cosmos.undefined import UNDEFINED


def _arrays(*values: Any) -> bool:
    return all(type(value) is list for value in values)


def _holds(array: list[Any], value: Any) -> bool:
    return any(equal(item, value) for item in array)


def _keys(values: Iterable[Any]) -> set[Any]:
    return set(map(order_key, values))


def _partly(value: Any, whole: Any) -> bool:
    """Whether an object's members are all in `whole`, members of members too; otherwise equality."""
    if type(value) is dict and type(whole) is dict:
        return all(name in whole and _partly(part, whole[name]) for name, part in value.items())
    return equal(value, whole)


@function("ARRAY_CONTAINS", 2, 3)
def array_contains(array: Any, value: Any, partial: Any = False) -> Any:
    """Whether an item equals `value` or, partially, has all of its members."""
    if not _arrays(array) or value is UNDEFINED:
        return UNDEFINED
    return any(_partly(value, item) for item in array) if partial is True else _holds(array, value)


@function("ARRAY_CONTAINS_ANY", 2, None)
def array_contains_any(array: Any, *values: Any) -> Any:
    """Whether the array holds one of the values; when an undefined one might be it, undefined."""
    if not _arrays(array) or not _keys(values).isdisjoint(_keys(array)):
        return _arrays(array) or UNDEFINED
    return UNDEFINED if any(value is UNDEFINED for value in values) else False


@function("ARRAY_CONTAINS_ALL", 2, None)
def array_contains_all(array: Any, *values: Any) -> Any:
    """Whether the array holds all of the values; when only undefined ones are not there, undefined."""
    if not _arrays(array):
        return UNDEFINED
    known = [value for value in values if value is not UNDEFINED]
    if not _keys(known) <= _keys(array):
        return False
    return True if len(known) == len(values) else UNDEFINED


function("ARRAY_LENGTH", 1)(lambda array: len(array) if _arrays(array) else UNDEFINED)


@function("ARRAY_CONCAT", 2, None)
def array_concat(*arrays: Any) -> Any:
    """All items, in order."""
    return [item for array in arrays for item in array] if _arrays(*arrays) else UNDEFINED


@function("ARRAY_SLICE", 2, 3)
def array_slice(array: Any, start: Any, length: Any = None) -> Any:
    """`length` items from `start`, which counts from the end when it is negative; all the rest without a length."""
    if not (_arrays(array) and is_whole(start) and (length is None or is_whole(length))):
        return UNDEFINED
    first = max(len(array) + int(start), 0) if start < 0 else int(start)
    return array[first:] if length is None else array[first : first + max(int(length), 0)]


def _distinct(items: list[Any]) -> list[Any]:
    seen: set[Any] = set()
    return [item for item in items if (key := order_key(item)) not in seen and not seen.add(key)]  # type: ignore[func-returns-value]


@function("SETINTERSECT", 2)
def setintersect(left: Any, right: Any) -> Any:
    """The items that both arrays hold, each once."""
    if not _arrays(left, right):
        return UNDEFINED
    kept = _keys(right)
    return [item for item in _distinct(left) if order_key(item) in kept]


@function("SETUNION", 2)
def setunion(left: Any, right: Any) -> Any:
    """The items that either array holds, each once."""
    return _distinct([*left, *right]) if _arrays(left, right) else UNDEFINED


@function("SETDIFFERENCE", 2)
def setdifference(left: Any, right: Any) -> Any:
    """The items of the first array that are not in the second, each once."""
    if not _arrays(left, right):
        return UNDEFINED
    gone = _keys(right)
    return [item for item in _distinct(left) if order_key(item) not in gone]


@function("SETEQUAL", 2)
def setequal(left: Any, right: Any) -> Any:
    """Whether two arrays hold the same items, however often and in whichever order."""
    return _keys(left) == _keys(right) if _arrays(left, right) else UNDEFINED


def _of_numbers(name: str, operation: Callable[[list[Any]], Any], empty: Any = UNDEFINED) -> None:
    """An aggregate of an array of numbers: undefined items are ignored, any others make it undefined."""

    def apply(array: Any) -> Any:
        items = [item for item in array if item is not UNDEFINED] if _arrays(array) else [None]
        if not all(map(is_number, items)):
            return UNDEFINED
        return number(operation(items)) if items else empty

    function(name, 1, raw=True)(apply)


_of_numbers("ARRAY_SUM", sum, empty=0)
_of_numbers("ARRAY_AVG", lambda items: sum(items) / len(items))
_of_numbers("ARRAY_MEDIAN", median)


def _extreme(name: str, choose: Callable[..., Any]) -> None:
    """The smallest or largest item by the order of types; an array or object among them makes it undefined."""

    def apply(array: Any) -> Any:
        items = [item for item in array if item is not UNDEFINED] if _arrays(array) else []
        if not items or any(type(item) in (list, dict) for item in items):
            return UNDEFINED
        return choose(items, key=order_key)

    function(name, 1, raw=True)(apply)


_extreme("ARRAY_MIN", min)
_extreme("ARRAY_MAX", max)


@function("OBJECTTOARRAY", 1, 3)
def objecttoarray(value: Any, name: Any = "k", content: Any = "v") -> Any:
    """One object per member, with its name and its value."""
    if type(value) is not dict or type(name) is not str or type(content) is not str:
        return UNDEFINED
    return [{name: key, content: member} for key, member in value.items()]
