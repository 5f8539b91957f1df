"""Values as the engine has them: texts, numbers, truth, lists, mappings, null, and what is not known yet. Pure."""

import json
from typing import Any

Type = Any  # as the protocol writes types: "string", ["list", "string"], ["object", {"name": "string"}]
Values = dict[str, Any]
Path = tuple[str | int, ...]

STRING, NUMBER, BOOL = "string", "number", "bool"
STRINGS, STRING_SET, STRING_MAP = ["list", STRING], ["set", STRING], ["map", STRING]


class Unknown:
    """A value that is known only after apply."""

    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN = Unknown()


def is_known(value: Any) -> bool:
    """Whether nothing in it is unknown."""
    if isinstance(value, dict):
        return all(is_known(one) for one in value.values())
    if isinstance(value, list):
        return all(is_known(one) for one in value)
    return value is not UNKNOWN


def is_set(type: Type) -> bool:
    return isinstance(type, list) and type[0] == "set"


def equal(type: Type, one: Any, other: Any) -> bool:
    """Whether two values of a type are one: sets have no order."""
    if is_set(type) and isinstance(one, list) and isinstance(other, list):
        return ordered(one) == ordered(other)
    return bool(one == other)


def ordered(values: list[Any]) -> list[str]:
    """The members of a set in an order that does not depend on how they came."""
    return sorted(json.dumps(one, sort_keys=True, default=repr) for one in values)


def is_empty(value: Any) -> bool:
    """Null, or as good as null: services answer with empty values for what was never set."""
    return value is None or value == "" or value == [] or value == {}


def place(body: Values, path: str, value: Any) -> None:
    """Puts a value at a path such as `properties.sku.name`; objects on the way are made."""
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value


def at(body: Any, path: str) -> Any:
    """What lies at a path; None when it does not lead there."""
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body
