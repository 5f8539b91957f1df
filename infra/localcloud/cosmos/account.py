"""The account: its databases and containers, found by name and by resource id."""

import random
import sqlite3
from collections.abc import Awaitable
from typing import Any

import orjson

from . import rid
from .container import Clock, Container, Database
from .errors import bad_request, conflict, not_found
from .physics.physics import Physics
from .store import Store

CONSISTENCY = "Session"
LSN_FLOOR = "lsn-floor"  # a new container begins above all former ones: clients keep session tokens by its name


class Account:
    """What a server answers from. `relaxed` lets the server evaluate what Azure leaves to clients."""

    def __init__(self, store: Store, clock: Clock, *, relaxed: bool = False, rng: random.Random | None = None) -> None:
        self.store = store
        self.clock = clock
        self.relaxed = relaxed
        self.rng = rng or random.Random()
        self.physics = Physics(store, clock)
        self.databases: dict[str, Database] = {}
        self.containers: dict[tuple[str, str], Container] = {}
        self._by_rid: dict[str, Database | Container] = {}
        self._load()

    def _load(self) -> None:
        if not self.store.rows("SELECT 1 FROM sqlite_sequence WHERE name='resources'"):
            # so that two accounts' resource ids differ, which clients keep beyond a restart
            self.store.execute("INSERT INTO sqlite_sequence VALUES('resources', ?)", (self.rng.getrandbits(24),))
        rows = self.store.rows(
            "SELECT number,kind,parent,body FROM resources WHERE kind IN ('dbs','colls') ORDER BY number"
        )
        numbered: dict[int, Database] = {}
        for number, kind, parent, body in rows:
            if kind == "dbs":
                numbered[number] = self._know_database(number, orjson.loads(body))
                self.physics.database_loaded(numbered[number])
            else:
                container = Container(self.store, numbered[parent], number, orjson.loads(body))
                self._know(container)
                self.physics.loaded(container)

    def _know_database(self, number: int, body: dict[str, Any]) -> Database:
        database = Database(number, body["id"], rid.database(number), body)
        self.databases[database.name] = database
        self._by_rid[rid.encode(database.rid)] = database
        return database

    def _know(self, container: Container) -> None:
        self.containers[container.database.name, container.name] = container
        self._by_rid[container.rid] = container

    def database(self, segment: str) -> Database:
        """By name or resource id; CosmosError 404."""
        found = self.databases.get(segment)
        if found is None and rid.is_database(segment):
            by_rid = self._by_rid.get(segment)
            found = by_rid if isinstance(by_rid, Database) else None
        if found is None:
            raise not_found()
        return found

    def container(self, segments: list[str]) -> Container:
        """The container that a path leads through, by names or resource ids; CosmosError 404."""
        found = self.containers.get((segments[1], segments[3]))
        if found is not None:
            return found
        database = self.database(segments[1])
        by_name = self.containers.get((database.name, segments[3]))
        by_rid = self._by_rid.get(segments[3])
        if by_name is not None:
            return by_name
        if not isinstance(by_rid, Container) or by_rid.database is not database:
            raise not_found()
        return by_rid

    def containers_of(self, database: Database) -> list[Container]:
        """In the order of their creation."""
        mine = [one for one in self.containers.values() if one.database is database]
        return sorted(mine, key=lambda one: one.number)

    def stamp(self) -> tuple[str, int]:
        """An etag and the time in whole seconds, for a resource that is written now."""
        now = int(self.clock())
        return f'"{self.rng.getrandbits(32):08x}-0000-0700-0000-{now & 0xFFFFFFFF:08x}0000"', now

    async def create_database(self, name: str, headers: Any) -> Database:
        """CosmosError 409 when there is one."""
        if name in self.databases:
            raise conflict()
        committed = self.store.begin()
        etag, ts = self.stamp()
        with self.store.savepoint():
            number = self.reserve("dbs", 0, name)
            raw = rid.database(number)
            body = {
                "id": name, "_rid": rid.encode(raw), "_self": f"dbs/{rid.encode(raw)}/", "_etag": etag,
                "_colls": "colls/", "_users": "users/", "_ts": ts,
            }  # fmt: skip
            self.write(number, body)
            self.physics.database_created(Database(number, name, raw, body), headers)
        database = self._know_database(number, body)
        await self._or_forget(committed, database)
        return database

    async def create_container(self, database: Database, given: dict[str, Any], headers: Any) -> Container:
        """`given` is a normalised body without system properties; CosmosError 409 when there is one of its name."""
        name: str = given["id"]
        if (database.name, name) in self.containers:
            raise conflict()
        committed = self.store.begin()
        with self.store.savepoint():
            number = self.reserve("colls", database.number, name)
            body = self._container_body(database, number, given)
            self.write(number, body)
            container = Container(self.store, database, number, body)
            container.make_tables(int(self.store.state(LSN_FLOOR) or b"0"))
            self.physics.created(container, headers)
        self._know(container)
        await self._or_forget(committed, container)
        return container

    async def _or_forget(self, committed: Awaitable[None], made: Database | Container) -> None:
        """Waits for the commit of what was made; what could not be committed is not there."""
        try:
            await committed
        except sqlite3.Error:
            if isinstance(made, Container):
                self.containers.pop((made.database.name, made.name), None)
                self._by_rid.pop(made.rid, None)
            else:
                self.databases.pop(made.name, None)
                self._by_rid.pop(rid.encode(made.rid), None)
            raise

    def _container_body(self, database: Database, number: int, given: dict[str, Any]) -> dict[str, Any]:
        etag, ts = self.stamp()
        own = rid.encode(rid.container(database.rid, number))
        return {
            **given,
            "_rid": own, "_ts": ts, "_self": f"{database.self_link}colls/{own}/", "_etag": etag,
            "_docs": "docs/", "_sprocs": "sprocs/", "_triggers": "triggers/", "_udfs": "udfs/",
            "_conflicts": "conflicts/",
        }  # fmt: skip

    async def replace_container(self, container: Container, given: dict[str, Any]) -> None:
        """Gives a container a new normalised body; its name, key and unique keys stay. Its index is not to be trusted
        until `sweeping.reach_items` has been through, when the policy has changed."""
        committed = self.store.begin()
        body = self._container_body(container.database, container.number, given)
        self.write(container.number, body)
        if body["indexingPolicy"] != container.policy:
            container.indexed = False
            self.store.keep(container.mark, b"")
        container.change(body)
        await committed

    async def delete_container(self, container: Container) -> None:
        committed = self.store.begin()
        self._drop(container)
        await committed

    async def delete_database(self, database: Database) -> None:
        committed = self.store.begin()
        for container in self.containers_of(database):
            self._drop(container)
        self.physics.database_dropped(database)
        self.store.execute("DELETE FROM resources WHERE number=? OR parent=?", (database.number, database.number))
        del self.databases[database.name]
        del self._by_rid[rid.encode(database.rid)]
        await committed

    def _drop(self, container: Container) -> None:
        self.physics.dropped(container)
        floor = max(container.lsn, int(self.store.state(LSN_FLOOR) or b"0"))
        self.store.keep(LSN_FLOOR, str(floor).encode())
        container.alive = False
        container.drop_tables()
        self.store.execute("DELETE FROM resources WHERE number=? OR parent=?", (container.number, container.number))
        del self.containers[container.database.name, container.name]
        del self._by_rid[container.rid]

    def reserve(self, kind: str, parent: int, name: str) -> int:
        """In the open transaction: the number of a new resource, whose body `write` gives."""
        number = self.store.execute(
            "INSERT INTO resources(kind,parent,id,body) VALUES(?,?,?,x'')", (kind, parent, name)
        ).lastrowid
        if number is None or number >= 1 << 31:
            raise bad_request("The account is full.")
        return number

    def write(self, number: int, body: dict[str, Any]) -> None:
        """In the open transaction."""
        self.store.execute("UPDATE resources SET body=? WHERE number=?", (orjson.dumps(body), number))
