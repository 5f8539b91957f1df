"""Unique keys: combinations of values that no two items of one partition key share."""

from typing import Any

import orjson

from .errors import CosmosError, bad_request, conflict
from .partition_key import steps
from .undefined import UNDEFINED

MOST_KEYS, MOST_PATHS = 10, 16
Constraints = tuple[tuple[tuple[str, ...], ...], ...]
Entry = tuple[int, bytes]


def constraints(policy: Any) -> Constraints:
    """The paths of each unique key in a `uniqueKeyPolicy`; CosmosError 400 for a wrong one."""
    keys = policy.get("uniqueKeys", []) if isinstance(policy, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise bad_request(f"The unique key policy must be an object with at most {MOST_KEYS} uniqueKeys.")
    return tuple(_paths(key) for key in keys)


def _paths(key: Any) -> tuple[tuple[str, ...], ...]:
    paths = key.get("paths") if isinstance(key, dict) else None
    if (
        not isinstance(paths, list)
        or not 0 < len(paths) <= MOST_PATHS
        or not all(isinstance(one, str) for one in paths)
    ):
        raise bad_request(f"A unique key must have 1 to {MOST_PATHS} paths.")
    return tuple(steps(path) for path in paths)


def entries(constraints: Constraints, document: Any) -> tuple[Entry, ...]:
    """A document's value for each constraint, encoded; a path that is not there counts as a value."""
    return tuple(
        (number, orjson.dumps([_plain(_at(document, path)) for path in paths]))
        for number, paths in enumerate(constraints)
    )


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(document, dict) or step not in document:
            return UNDEFINED
        document = document[step]
    return document


def _plain(value: Any) -> Any:
    """1 and 1.0 are one value; undefined is the empty list inside a list, which no JSON value is written as."""
    if value is UNDEFINED:
        return []
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return [int(value)]
    return [value]


def taken() -> CosmosError:
    return conflict("Unique index constraint violation.")
