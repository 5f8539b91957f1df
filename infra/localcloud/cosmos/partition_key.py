"""A container's partition key: its definition, a document's value and the value in a request's header."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from .errors import CosmosError, bad_request
from .hashing import effective_key
from .undefined import UNDEFINED

Key = tuple[Any, ...]
KINDS = ("Hash", "MultiHash")
MOST_LEVELS = 3
LONGEST_V2, LONGEST_V1 = 2048, 101


@dataclass(frozen=True)
class KeyDefinition:
    """`paths` as given (`/channel`), `kind` Hash or MultiHash, `version` 1 or 2."""

    paths: tuple[str, ...]
    kind: str = "Hash"
    version: int = 2
    steps: tuple[tuple[str, ...], ...] = ()

    @property
    def hierarchical(self) -> bool:
        return self.kind == "MultiHash"

    def of(self, document: Any) -> tuple[Any, ...]:
        """The key of a document, a scalar or UNDEFINED for each path."""
        return tuple(_at(document, steps) for steps in self.steps)

    def named(self, document: Any) -> dict[str, Any]:
        """The key of a document by its properties' names; a path of several levels is one name."""
        names = ("/".join(one) for one in self.steps)
        return {name: value for name, value in zip(names, self.of(document), strict=True) if value is not UNDEFINED}

    def epk(self, values: Sequence[Any]) -> bytes:
        """The effective key of a full key, raw bytes."""
        return effective_key(values, self.kind, self.version)

    def span(self, values: Sequence[Any]) -> tuple[bytes, bytes]:
        """The range of effective keys, lower end in, upper end out, of a full or prefix key."""
        low = self.epk(values)
        if len(values) < len(self.paths):
            return low, low + b"\xff"
        return low, low + b"\x00"

    def check(self, values: Sequence[Any]) -> None:
        """CosmosError 400 for a key value that is too long."""
        longest = LONGEST_V1 if self.version == 1 else LONGEST_V2
        for value in values:
            if isinstance(value, str) and len(value) > longest // 4 and len(value.encode()) > longest:
                raise bad_request(f"Partition key value is longer than the allowed {longest} bytes.")


def _at(document: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if not isinstance(document, dict):
            return UNDEFINED
        document = document.get(step, UNDEFINED)
    return UNDEFINED if isinstance(document, dict | list) else document


def definition(given: Any) -> KeyDefinition:
    """The definition in a container's body; CosmosError 400 for none that the service would take."""
    if not isinstance(given, dict):
        raise bad_request("Partition key definition is missing: specify partitionKey with at least one path.")
    paths = given.get("paths")
    kind = given.get("kind", "Hash")
    version = given.get("version", 1)
    if kind not in KINDS or version not in (1, 2) or isinstance(version, bool):
        raise bad_request(f"The partition key kind {kind!r} with version {version!r} is invalid.")
    if not isinstance(paths, list) or not paths or not all(isinstance(one, str) for one in paths):
        raise bad_request("Partition key paths must be a non-empty array of strings.")
    most = MOST_LEVELS if kind == "MultiHash" else 1
    if len(paths) > most or len(set(paths)) != len(paths):
        raise bad_request(f"Too many partition key paths specified, at most {most} different ones for kind {kind}.")
    if kind == "MultiHash" and version != 2:
        raise bad_request("MultiHash partition keys must have version 2.")
    return KeyDefinition(tuple(paths), kind, version, tuple(map(steps, paths)))


def steps(path: str) -> tuple[str, ...]:
    """`/a/"b c"/'d'` → ("a", "b c", "d"); CosmosError 400 for no path."""
    if not path.startswith("/") or len(path) < 2 or path.endswith("/"):
        raise bad_request(f"The partition key component definition path '{path}' could not be accepted, failed near "
                          "position '0'. Partition key paths must contain only valid characters and not contain a "
                          "trailing slash or wildcard character.")  # fmt: skip
    found: list[str] = []
    rest = path
    while rest:
        if not rest.startswith("/"):
            raise bad_request(f"The path '{path}' is invalid.")
        rest = rest[1:]
        if rest[:1] in ('"', "'"):
            name, quote, rest = rest[1:].partition(rest[0])
            if not quote:
                raise bad_request(f"The path '{path}' is invalid: a quotation mark is not closed.")
        else:
            name, slash, rest = rest.partition("/")
            rest = slash + rest
        if not name or name in ("*", "?"):
            raise bad_request(f"The path '{path}' is invalid.")
        found.append(name)
    return tuple(found)


def same(one: Key, other: Key) -> bool:
    """Whether two keys are equal; in Python, but not in JSON, True is 1."""
    return one == other and all(isinstance(a, bool) == isinstance(b, bool) for a, b in zip(one, other, strict=True))


@lru_cache(8192)
def from_header(text: str, paths: int) -> tuple[Any, ...]:
    """The values in `x-ms-documentdb-partitionkey`: `["a"]`; `[{}]` is undefined, and so is `[]` for a container with
    a system key. CosmosError 400 for anything else. `paths` is how many the container's key has."""
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"Partition key {text} is invalid.") from error
    if not isinstance(values, list) or len(values) > paths:
        raise bad_request(f"Partition key {text} is invalid.")
    if any(isinstance(value, list) or (isinstance(value, dict) and value) for value in values):
        raise bad_request(f"Partition key {text} is invalid.")
    if not values:
        return (UNDEFINED,) * paths
    return tuple(UNDEFINED if isinstance(value, dict) else value for value in values)


def as_text(values: Sequence[Any]) -> str:
    """Key values as the store and the wire have them: JSON, `{}` for undefined."""
    return orjson.dumps([{} if value is UNDEFINED else value for value in values]).decode()


def mismatch() -> CosmosError:
    return bad_request(
        "PartitionKey extracted from document doesn't match the one specified in the header. "
        "Learn more: https://aka.ms/CosmosDB/sql/errors/wrong-pk-value",
        1001,
    )
