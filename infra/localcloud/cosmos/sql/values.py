"""How Cosmos DB compares JSON values: undefined < null < false < true < numbers < strings < arrays < objects.

Equality between types is false, order between types is undefined, and so is everything about an undefined value
(learn.microsoft.com/azure/cosmos-db/nosql/query/equality-comparison-operators; the `!= null` filters that LINQ
writes rely on the first). Sorting, MIN and MAX and DISTINCT use the total order instead.
"""

from typing import Any

from localcloud.cosmos.undefined import UNDEFINED

EXACT = 2**53  # beyond it a double no longer holds every integer
INT64 = 2**63
# learn.microsoft.com/azure/cosmos-db/concepts-limits: "Maximum level of nesting for embedded objects / arrays".
MAX_LEVELS = 128

RANKS: dict[type, int] = {
    type(UNDEFINED): 0, type(None): 1, bool: 2, int: 3, float: 3, str: 4, list: 5, dict: 6,
}  # fmt: skip


def equal(left: Any, right: Any) -> bool:
    """Whether two defined values are the same JSON value: 1 equals 1.0 and does not equal true."""
    kind = RANKS[type(left)]
    if kind != RANKS[type(right)]:
        return False
    if kind == 5:
        return len(left) == len(right) and all(map(equal, left, right))
    if kind == 6:
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return bool(left == right)


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 for two nulls, booleans, numbers or strings; None when `<` between them is undefined."""
    kind = RANKS[type(left)]
    if kind != RANKS[type(right)] or kind in (0, 5, 6):
        return None
    if kind == 1:
        return 0
    return int(left > right) - int(left < right)


def order_key(value: Any) -> tuple[Any, ...]:
    """A key that sorts any values by the total order of types, and within a type by value."""
    kind = RANKS[type(value)]
    if kind in (0, 1):
        return (kind,)
    if kind == 5:
        return (kind, tuple(map(order_key, value)))
    if kind == 6:
        return (kind, tuple((name, order_key(value[name])) for name in sorted(value)))
    return (kind, value)


def number(value: float) -> Any:
    """A result of arithmetic as JSON has it: 64-bit integers, else doubles; undefined for what JSON cannot write."""
    if type(value) is int:
        return value if -INT64 <= value < INT64 else _as_double(value)
    if value != value or value in (float("inf"), float("-inf")):
        return UNDEFINED
    return int(value) if value.is_integer() and abs(value) <= EXACT else value


def _as_double(value: int) -> Any:
    try:
        return float(value)
    except OverflowError:
        return UNDEFINED


def deeper(value: Any, levels: int = MAX_LEVELS) -> bool:
    """Whether `value` has more than `levels` levels of arrays and objects, told without recursion."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for outer in level
            if type(outer) in (list, dict)
            for inner in (outer if type(outer) is list else outer.values())
        ]
        if not level:
            return False
    return True


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number; booleans are none."""
    kind = type(value)
    return kind is int or kind is float
