"""Partial document update: add, set, replace, remove, incr and move, on a document in memory.

https://learn.microsoft.com/azure/cosmos-db/partial-document-update: at most ten operations, all or none; the id, the
partition key and system properties cannot be patched.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .errors import CosmosError, bad_request

MOST_OPERATIONS = 10
LONGEST_PATH = 4096
PROTECTED = frozenset({"id", "_rid", "_self", "_etag", "_attachments", "_ts"})
LARGEST, SMALLEST = 2**64 - 1, -(2**63)  # beyond these a JSON number becomes a double
Steps = list[str]


def patched(document: dict[str, Any], operations: Any, keys: Sequence[Sequence[str]]) -> dict[str, Any]:
    """`document`, changed in place, after all `operations`; `keys` are the partition key's paths, which no operation
    may touch. CosmosError 400 for an operation that cannot be done (the document is then of no more use)."""
    if not isinstance(operations, list) or not operations:
        raise bad_request("Patch request must have at least one operation.")
    if len(operations) > MOST_OPERATIONS:
        raise bad_request(f"The number of patch operations can't exceed '{MOST_OPERATIONS}'.")
    for number, operation in enumerate(operations, 1):
        if not isinstance(operation, dict):
            raise refused(number, "is no object")
        _one(document, operation, number, keys)
    return document


def _one(document: dict[str, Any], operation: Mapping[str, Any], number: int, keys: Sequence[Sequence[str]]) -> None:
    name = operation.get("op")
    apply = OPERATIONS.get(name) if isinstance(name, str) else None
    if apply is None:
        raise refused(number, f"has the unknown op '{name!s:.40}'")
    path = _steps(operation.get("path"), number, keys)
    if apply is _move:
        origin = _steps(operation.get("from"), number, keys)
        if path[: len(origin)] == origin and path != origin:
            raise refused(number, "moves a value into itself")
        _move(document, path, origin, number)
        return
    if apply is not _remove and "value" not in operation:
        raise refused(number, "has no value")
    apply(document, path, operation.get("value"), number)


def _steps(path: Any, number: int, keys: Sequence[Sequence[str]]) -> Steps:
    """The steps of a JSON pointer that may be patched."""
    if not isinstance(path, str) or not path.startswith("/") or len(path) < 2 or len(path) > LONGEST_PATH:
        raise refused(number, f"has the invalid path '{path!s:.80}'")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    if steps[0] in PROTECTED:
        raise refused(number, f"would change '/{steps[0]}', which cannot be patched")
    for key in keys:
        length = min(len(steps), len(key))
        if steps[:length] == list(key[:length]):
            raise refused(number, "would change the partition key, which cannot be patched")
    return steps


def _parent(document: Any, steps: Steps, number: int) -> Any:
    """The object or array that holds what `steps` name; CosmosError 400 when a step leads nowhere."""
    for step in steps[:-1]:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and (index := _index(step)) is not None and index < len(document):
            document = document[index]
        else:
            raise refused(number, f"names '/{'/'.join(steps)[:80]}', which does not exist")
    if not isinstance(document, dict | list):
        raise refused(number, f"names '/{'/'.join(steps)[:80]}' inside a value that is neither object nor array")
    return document


def _index(step: str) -> int | None:
    return (
        int(step) if step.isascii() and step.isdigit() and len(step) < 10 and (step == "0" or step[0] != "0") else None
    )


def _place(array: list[Any], step: str, number: int, most: int) -> int:
    index = _index(step)
    if index is None or index > most:
        raise refused(number, f"has the index '{step[:40]}', but the array has {len(array)} elements")
    return index


def _add(document: Any, steps: Steps, value: Any, number: int) -> None:
    parent, last = _parent(document, steps, number), steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif last == "-":
        parent.append(value)
    else:
        parent.insert(_place(parent, last, number, len(parent)), value)


def _set(document: Any, steps: Steps, value: Any, number: int) -> None:
    parent, last = _parent(document, steps, number), steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif last == "-":
        parent.append(value)
    else:
        parent[_place(parent, last, number, len(parent) - 1)] = value


def _existing(document: Any, steps: Steps, number: int) -> tuple[Any, Any]:
    """Where the value of an existing path stands: its object and name, or its array and index."""
    parent, last = _parent(document, steps, number), steps[-1]
    if isinstance(parent, list):
        return parent, _place(parent, last, number, len(parent) - 1)
    if last not in parent:
        raise refused(number, f"names '/{'/'.join(steps)[:80]}', which does not exist")
    return parent, last


def _replace(document: Any, steps: Steps, value: Any, number: int) -> None:
    parent, place = _existing(document, steps, number)
    parent[place] = value


def _remove(document: Any, steps: Steps, _value: Any, number: int) -> None:
    parent, place = _existing(document, steps, number)
    del parent[place]


def _increment(document: Any, steps: Steps, value: Any, number: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(number, "increments by something that is no number")
    parent, last = _parent(document, steps, number), steps[-1]
    if isinstance(parent, dict) and last not in parent:
        parent[last] = value
        return
    parent, place = _existing(document, steps, number)
    old = parent[place]
    if isinstance(old, bool) or not isinstance(old, int | float):
        raise refused(number, f"increments '/{'/'.join(steps)[:80]}', which is no number")
    total = old + value
    if isinstance(total, int) and not SMALLEST <= total <= LARGEST:
        total = float(total)
    if total in (float("inf"), float("-inf")):
        raise refused(number, "increments beyond the largest number")
    parent[place] = total


def _move(document: Any, steps: Steps, origin: Any, number: int) -> None:
    parent, place = _existing(document, origin, number)
    value = parent[place]
    del parent[place]
    _add(document, steps, value, number)


OPERATIONS: dict[str, Callable[[Any, Steps, Any, int], None]] = {
    "add": _add,
    "set": _set,
    "replace": _replace,
    "remove": _remove,
    "incr": _increment,
    "increment": _increment,
    "move": _move,
}


def refused(number: int, why: str) -> CosmosError:
    return bad_request(f"For Operation({number}): the operation {why}.")
