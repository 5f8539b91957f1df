"""Where resources are kept: one SQLite file in the state's folder, written before and after every effect.

A row says how far its resource has come. `Creating`, `Updating` and `Deleting` are what a process that died leaves
behind, and what the next start finishes or undoes.
"""

import fcntl
import json
import os
import sqlite3
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from localcloud.messages import _

from .errors import EffectFailed

FILE, LOCK = "resources.sqlite3", "resources.lock"
SCHEMA = """
CREATE TABLE IF NOT EXISTS resources(
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL,
    state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
SUCCEEDED, CREATING, UPDATING, DELETING = "Succeeded", "Creating", "Updating", "Deleting"


@dataclass(frozen=True)
class Resource:
    """A resource as it is kept."""

    id: str
    type: str
    body: dict[str, Any]  # location, tags, sku, kind, identity, properties: as given, with defaults
    hidden: dict[str, Any] = field(default_factory=dict)  # what was generated for it: keys, ids, secrets
    state: str = SUCCEEDED

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def properties(self) -> dict[str, Any]:
        found = self.body.get("properties")
        return found if isinstance(found, dict) else {}

    def at(self, state: str) -> "Resource":
        return replace(self, state=state)


class Store:
    """The rows, in folder `path` or, for None, in memory. EffectFailed when another process has them."""

    def __init__(self, path: Path | None) -> None:
        self._lock: int | None = None
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path)
        self.connection = sqlite3.connect(":memory:" if path is None else path / FILE, isolation_level=None)
        if path is not None:
            (path / FILE).chmod(0o600)  # it holds keys and secrets
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(SCHEMA)
        self._rows: dict[str, Resource] = {}
        for id, type, body, hidden, state in self.connection.execute("SELECT id,type,body,hidden,state FROM resources"):
            resource = Resource(id, type, json.loads(body), json.loads(hidden), state)
            self._rows[resource.key] = resource

    def close(self) -> None:
        self.connection.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def get(self, key: str) -> Resource | None:
        return self._rows.get(key)

    def all(self) -> list[Resource]:
        """In the order in which they came."""
        return list(self._rows.values())

    def under(self, key: str) -> list[Resource]:
        """All that lies in or on a resource, at any depth."""
        return [one for one in self._rows.values() if one.key.startswith(key + "/")]

    def of_type(self, type: str) -> list[Resource]:
        return [one for one in self._rows.values() if one.type == type]

    def put(self, resource: Resource) -> None:
        self.connection.execute(
            "INSERT INTO resources VALUES(?,?,?,?,?,?) ON CONFLICT(key) DO UPDATE SET "
            "id=excluded.id, body=excluded.body, hidden=excluded.hidden, state=excluded.state",
            (
                *(resource.key, resource.id, resource.type),
                *(json.dumps(resource.body), json.dumps(resource.hidden), resource.state),
            ),
        )
        self._rows[resource.key] = resource

    def remove(self, key: str) -> None:
        self.connection.execute("DELETE FROM resources WHERE key=?", (key,))
        self._rows.pop(key, None)

    def fact(self, name: str) -> str | None:
        """What was kept under a name, such as the tenant's id."""
        row = self.connection.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return str(row[0]) if row else None

    def keep(self, name: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO facts VALUES(?,?)", (name, value))


def _locked(folder: Path) -> int:
    """The descriptor of the lock that one process holds on its folder."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise EffectFailed(_("The resources in {folder} are in use by another camp.").format(folder=folder)) from None
    return descriptor
