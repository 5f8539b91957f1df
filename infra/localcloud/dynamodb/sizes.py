"""The size of an item in bytes, as DynamoDB counts it. Pure; items are as on the wire: `{"name": {"S": "text"}}`.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

NESTED = 3  # bytes of a list or map, whatever it holds
ELEMENT = 1  # bytes of each element of a list, and of each pair of a map


def item_size(item: Item) -> int:
    """Names and values together."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """The size of one attribute's value; ValueError for one that has no type or several."""
    if len(value) != 1:
        raise ValueError(f"a value has one type, not {', '.join(value) or 'none'}")
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_size(content)
        case "B":
            return len(base64.b64decode(content))
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(value_size({kind[0]: part}) for part in content)
        case "L":
            return NESTED + sum(ELEMENT + value_size(part) for part in content)
        case "M":
            return NESTED + sum(ELEMENT + len(name.encode()) + value_size(part) for name, part in content.items())
    raise ValueError(f"{kind} is no type of DynamoDB")


def number_size(text: str) -> int:
    """A byte, one for every two significant digits (in pairs from the decimal point on), and one for a minus."""
    _sign, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    significant = "".join(map(str, digits)).lstrip("0")
    trailing = len(significant) - len(significant.rstrip("0"))
    count = len(significant) - trailing
    if count == 0:
        return 1
    low = exponent + trailing  # the place of the last significant digit
    pairs = (count + low + 1) // 2 - low // 2
    return 1 + pairs + (1 if text.lstrip().startswith("-") else 0)
