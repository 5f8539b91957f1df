"""What happened to resources, and what the last apply left of each: drift is measured against the second."""

import hashlib
import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import ids
from ..errors import ResourceError
from ..ids import ResourceId, parse
from ..store import CREATING, DELETING, Resource
from ..types import TYPES, RealType

if TYPE_CHECKING:
    from ..model import Model

APPLY, OTHER = "apply", "other"
MOST_CHANGES = 500
PARTS = ("/config/", "/throughputsettings/")  # ids below these are facts of what they lie in
UNSTABLE = frozenset({"properties.provisioningState"})
SCHEMA = """
CREATE TABLE IF NOT EXISTS changes(
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL,
    client TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS applied(key TEXT PRIMARY KEY, id TEXT NOT NULL, at REAL NOT NULL, facts TEXT NOT NULL);
"""

Facts = dict[str, Any]  # by path, such as properties.siteConfig.alwaysOn

CLIENT: ContextVar[str] = ContextVar("client", default=OTHER)  # who is writing now: an apply, or something else


@dataclass(frozen=True)
class Change:
    number: int
    at: float
    what: str  # created, updated, deleted
    id: str
    client: str  # APPLY or OTHER


@dataclass(frozen=True)
class Applied:
    """A resource as an apply left it."""

    id: str
    at: float
    facts: Facts

    @property
    def key(self) -> str:
        return self.id.lower()


class History:
    """Of one model, from when this is made; kept in the model's store."""

    def __init__(self, model: "Model", clock: Callable[[], float] = time.time) -> None:
        self._model = model
        self._clock = clock
        self._rows = model.store.connection
        self._rows.executescript(SCHEMA)
        read = self._rows.execute("SELECT id, at, facts FROM applied ORDER BY rowid")
        self._applied = {id.lower(): Applied(id, at, json.loads(facts)) for id, at, facts in read}
        self._earlier = model.changed
        model.changed = self.record

    def record(self, what: str, id: ResourceId) -> None:
        """Something was created, updated or deleted."""
        self._earlier(what, id)
        row = (self._clock(), what, id.text, CLIENT.get())
        added = self._rows.execute("INSERT INTO changes(at, what, id, client) VALUES(?,?,?,?)", row)
        self._rows.execute("DELETE FROM changes WHERE number <= ?", ((added.lastrowid or 0) - MOST_CHANGES,))

    def changes(self, under: str = "", most: int = MOST_CHANGES) -> list[Change]:
        """The newest first: all, or those of a resource and of what lies in it."""
        query = "SELECT number, at, what, id, client FROM changes WHERE ?='' OR lower(id)=? OR substr(lower(id),1,?)=?"
        key = under.lower()
        asked = (key, key, len(key) + 1, key + "/", most)
        return [Change(*row) for row in self._rows.execute(query + " ORDER BY number DESC LIMIT ?", asked)]

    async def written(self, text: str) -> None:
        """An apply has written this resource: what it is now is what it shall be. One that cannot be read after it was
        written is not compared until the next apply: that it was written still holds."""
        id = owner(parse(text))
        try:
            facts = await facts_of(self._model, id)
        except ResourceError:
            facts = None
        if facts is None:
            self._forget(id.key)
            return
        kept = Applied(id.text, self._clock(), facts)
        self._rows.execute(
            "INSERT INTO applied VALUES(?,?,?,?) ON CONFLICT(key) DO UPDATE SET at=excluded.at, facts=excluded.facts",
            (kept.key, kept.id, kept.at, json.dumps(facts)),
        )
        self._applied[kept.key] = kept

    def removed(self, text: str) -> None:
        """An apply has deleted this resource, with all that was in it."""
        key = parse(text).key
        for one in [one for one in self._applied if one == key or one.startswith(key + "/")]:
            self._forget(one)

    def _forget(self, key: str) -> None:
        self._rows.execute("DELETE FROM applied WHERE key=?", (key,))
        self._applied.pop(key, None)

    def applied(self) -> list[Applied]:
        """In the order in which they were first made."""
        return list(self._applied.values())

    def of(self, key: str) -> Applied | None:
        return self._applied.get(key)


def owner(id: ResourceId) -> ResourceId:
    """The resource that a change of this id is about: settings and throughput belong to what they are of."""
    return parse(id.parent) if any(part in id.key for part in PARTS) else id


async def facts_of(model: "Model", id: ResourceId) -> Facts | None:
    """What can differ of a resource, read now; None when it is not there. ResourceError when it cannot be read."""
    kind = TYPES.get(id.type.lower())
    if isinstance(kind, RealType):
        try:
            return flat({"properties": (await model.get(id.text))["properties"]})
        except ResourceError as error:
            if error.status == 404:
                return None
            raise
    found = model.store.get(id.key)
    if found is None or found.state in (CREATING, DELETING):
        return None
    return {**flat(found.body), **_hidden(found)}


def _hidden(resource: Resource) -> Facts:
    """An app's settings as digests: their values leave no trace here."""
    found: Facts = {}
    for kept in ("settings", "connections"):
        for name, value in resource.hidden.get(kept, {}).items():
            found[f"{kept}.{name}"] = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
    return found


def flat(body: Any, path: str = "") -> Facts:
    """The leaves of nested objects by their paths; a list is a leaf."""
    if isinstance(body, dict) and (body or not path):
        found: Facts = {}
        for name, value in body.items():
            found.update(flat(value, f"{path}.{name}" if path else name))
        return found
    return {} if path in UNSTABLE or body in (None, {}, []) else {path: body}


def group_of(id: str) -> str:
    """The key of the resource group that an id lies in; "" for none."""
    try:
        found = parse(id)
    except ResourceError:
        return ""
    return found.key if found.type == ids.GROUP else (found.group_id or "").lower()
