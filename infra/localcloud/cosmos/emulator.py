"""The emulator as a whole: `Emulator`, which starts, stops, and can be looked into."""

import contextlib
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from . import writing
from .account import Account
from .auth import EMULATOR_KEY, MasterKey
from .container import Container
from .containers import normalised
from .physics.management import consumed
from .server import Server
from .store import Store
from .sweeping import beside, sweep

__all__ = ["EMULATOR_KEY", "Emulator"]


class Emulator:
    """A Cosmos DB account on loopback, its data in folder `path` or, for None, in memory.

    `key` is the account's base64 key; `more_keys` work as well, `readonly_keys` for reads. `relaxed` lets the server
    evaluate what Azure leaves to clients. `clock` tells epoch seconds. `management` opens `/_camp/`. `port` 0 is any
    free one, and so is a port that is taken.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        key: str = EMULATOR_KEY,
        relaxed: bool = False,
        clock: Callable[[], float] = time.time,
        management: bool = True,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        rng: random.Random | None = None,
        more_keys: Sequence[str] = (),
        readonly_keys: Sequence[str] = (),
    ) -> None:
        self.key = key
        self._keys = MasterKey(key, more=more_keys, readonly=readonly_keys)
        self._path = path
        self._relaxed = relaxed
        self._clock = clock
        self._management = management
        self._port = port
        self._tls = tls
        self._rng = rng
        self._tasks = contextlib.AsyncExitStack()
        self._server: Server | None = None
        self.account: Account

    async def start(self) -> None:
        """Opens the data (StoreError when it cannot) and serves; afterwards `url` tells where."""
        store = Store(self._path)
        self._tasks.callback(store.close)
        self.account = Account(store, self._clock, relaxed=self._relaxed, rng=self._rng)
        self._server = Server(self.account, self._keys, management=self._management, tls=self._tls)
        self._tasks.push_async_callback(self._server.stop)
        await self._server.start(self._port)
        await self._tasks.enter_async_context(beside(self.account))

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        assert self._server is not None, "not started"
        await self._server.answer_on(listener)

    async def stop(self) -> None:
        await self._tasks.aclose()
        self._server = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        assert self._server is not None, "not started"
        return self._server.url

    @property
    def connection_string(self) -> str:
        return f"AccountEndpoint={self.url}/;AccountKey={self.key};"

    def container(self, database: str, container: str) -> Container:
        """By names; CosmosError 404."""
        return self.account.container(["dbs", database, "colls", container])

    def documents(self, database: str, container: str) -> list[dict[str, Any]]:
        """All live documents of a container, in the order in which they came; CosmosError 404."""
        found = self.container(database, container)
        rows = found.store.rows(
            f"SELECT body FROM docs_{found.number} WHERE expires IS NULL OR expires>? ORDER BY doc", (self._clock(),)
        )
        return [orjson.loads(body) for (body,) in rows]

    async def delete_container(self, database: str, container: str) -> None:
        """The container and all that is in it, if it is there."""
        if found := self.account.containers.get((database, container)):
            await self.account.delete_container(found)

    async def put(self, database: str, container: str, documents: Iterable[dict[str, Any]]) -> None:
        """Stores documents, over those with their id and partition key, without HTTP and without a charge: for data
        that is there beforehand. CosmosError for one that cannot be stored."""
        found = self.container(database, container)
        committed = self.account.store.begin()
        for document in documents:
            key = found.key.of(document)
            writing.apply(found, writing.put(self.account, found, key, dict(document), "upsert", writing.Wanted()))
        await committed

    async def consumption(self, database: str, container: str, since: float = 0.0) -> dict[str, Any]:
        """What a container's requests used since `since`, as `/_camp/consumption` tells it; CosmosError 404."""
        return await consumed(self.account, self.container(database, container), since)

    async def sweep(self) -> int:
        """Takes away expired items now, as happens every second anyway; how many they were."""
        return await sweep(self.account)

    async def create_container(
        self,
        database: str,
        container: str,
        key_path: str | Sequence[str],
        *,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Container:
        """The container, made (and its database) if it is missing. Several `key_path`s are a hierarchical key; `body`
        has further properties (`defaultTtl`...), `headers` those of a create request (`x-ms-offer-throughput`...)."""
        account = self.account
        made = account.databases.get(database) or await account.create_database(database, {})
        if found := account.containers.get((database, container)):
            return found
        paths = [key_path] if isinstance(key_path, str) else list(key_path)
        key = {"paths": paths, "kind": "Hash" if isinstance(key_path, str) else "MultiHash", "version": 2}
        given = normalised({"id": container, "partitionKey": key, **(body or {})})
        return await account.create_container(made, given, headers or {})
