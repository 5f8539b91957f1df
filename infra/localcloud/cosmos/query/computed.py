"""Computed properties: a container's named expressions, which queries use like properties of its documents.

Their values stand beside the document's own under names that no path of a query can say, and `SELECT *` leaves them
out (https://learn.microsoft.com/azure/cosmos-db/nosql/query/computed-properties).
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timezone
from typing import Any

from .. import sql
from ..errors import CosmosError, bad_request
from ..sql.syntax import Member, Name, Query, Selected
from ..undefined import UNDEFINED

HIDDEN = "\x00computed "
MOST = 20
SYSTEM = ("id", "_rid", "_self", "_etag", "_attachments", "_ts")


class Computed:
    """The computed properties that one query uses."""

    def __init__(self, definitions: Sequence[Mapping[str, Any]], query: Query, now: datetime) -> None:
        texts = {one["name"]: one["query"] for one in definitions}
        self._used: set[str] = set()
        alias = query.sources[0].alias if texts and query.sources and not query.sources[0].iterated else None
        plain = alias is not None and isinstance(query.sources[0].target, Name)
        self.query: Query = self._rewritten(query, alias, frozenset(texts)) if plain else query
        self._programs = {name: sql.compile(sql.parse(texts[name]), {}, now) for name in sorted(self._used)}

    def __bool__(self) -> bool:
        return bool(self._programs)

    def added(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the values that the query uses."""
        found = dict(document)
        for name, program in self._programs.items():
            answers = program.rows(document)
            if answers and answers[0] is not UNDEFINED:
                found[HIDDEN + name] = answers[0]
        return found

    def shown(self, value: Any) -> Any:
        """A row without the hidden names."""
        if isinstance(value, dict):
            return {name: self.shown(inner) for name, inner in value.items() if not name.startswith(HIDDEN)}
        return [self.shown(one) for one in value] if isinstance(value, list) else value

    def _rewritten(self, node: Any, alias: str | None, names: frozenset[str]) -> Any:
        if isinstance(node, tuple):
            return tuple(self._rewritten(one, alias, names) for one in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        if isinstance(node, Member) and isinstance(node.target, Name) and node.target.name == alias:
            if node.key not in names:
                return node
            self._used.add(str(node.key))
            return replace(node, key=HIDDEN + str(node.key))
        parts = {one.name: getattr(node, one.name) for one in fields(node) if one.name != "at"}
        made: Any = replace(node, **{name: self._rewritten(part, alias, names) for name, part in parts.items()})
        if isinstance(node, Selected) and made != node and node.alias is None and isinstance(node.value, Member):
            return replace(made, alias=str(node.value.key))
        return made


def own_path(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A path as indexing policies have it: a computed property is indexed under its own name."""
    first = path[0]
    return (first.removeprefix(HIDDEN), *path[1:]) if isinstance(first, str) else path


def checked(given: Any) -> list[dict[str, str]] | None:
    """The computed properties of a container's body; CosmosError 400 for what the service would refuse."""
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("The computedProperties must be an array of objects with name and query.")
    if len(given) > MOST:
        raise bad_request(f"A container has at most {MOST} computed properties.")
    names = [one.get("name") for one in given]
    for name in names:
        if not isinstance(name, str) or not name or name in SYSTEM or names.count(name) > 1:
            raise bad_request(f"The computed property name '{name}' is empty, reserved or used twice.")
    for one in given:
        _check_query(one["name"], one.get("query"))
    return given


def _check_query(name: str, text: Any) -> None:
    """One value of one item: `SELECT VALUE ... FROM c`, and no other clause."""
    if not isinstance(text, str):
        raise bad_request(f"The computed property '{name}' must have a query.")
    try:
        query = sql.parse(text)
        program = sql.compile(query, {}, datetime.now(timezone.utc))
    except sql.SqlError as error:
        raise as_bad_request(error) from error
    clauses = (query.where, query.group, query.order, query.offset, query.limit, query.top, query.distinct)
    source = query.sources[0] if len(query.sources) == 1 else None
    plain = source is not None and isinstance(source.target, Name) and not source.iterated
    if not query.value or program.aggregated or any(clauses) or not plain:
        raise bad_request(f"The query of the computed property '{name}' must be SELECT VALUE of an expression FROM c.")


def as_bad_request(error: sql.SqlError) -> CosmosError:
    """The service's 400 for a query that it refuses."""
    return CosmosError(400, None, f"Message: {error.details}", error.substatus)
