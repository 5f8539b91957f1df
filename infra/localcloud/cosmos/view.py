"""What a check sees of Cosmos DB: the documents in a database, read and filled from outside of the learner's app."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from localcloud.cloud import NotAsExpected, View
from localcloud.messages import _

from .errors import CosmosError

if TYPE_CHECKING:
    from .emulator import Emulator

LOOK_EVERY = 0.02
DOCUMENT_TIMEOUT = 5.0
NOT_FOUND = 404
SYSTEM = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts"})

Document = dict[str, Any]


class Cosmos(View):
    """The documents in one database of a check run's own account."""

    def __init__(self, emulator: "Emulator", database: str) -> None:
        self._emulator = emulator
        self._database = database

    @property
    def key(self) -> str:
        """The account's key, which no app may hold in its code."""
        return self._emulator.key

    @property
    def url(self) -> str:
        """Where the account answers, without a slash at the end."""
        return self._emulator.url

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._database

    async def make(
        self,
        container: str,
        key_paths: Sequence[str],
        *,
        indexing_policy: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A new container in place of one of this name; `headers` are those of a create request, such as
        `x-ms-offer-throughput`. CosmosError when it cannot be made."""
        await self._emulator.delete_container(self._database, container)
        body = {"indexingPolicy": dict(indexing_policy)} if indexing_policy else {}
        paths = key_paths[0] if len(key_paths) == 1 else list(key_paths)
        await self._emulator.create_container(self._database, container, paths, body=body, headers=dict(headers or {}))

    async def fill(self, container: str, documents: Iterable[Document]) -> None:
        """Stores documents beforehand: without HTTP, and without a charge. CosmosError."""
        with self._still_there(container):
            await self._emulator.put(self._database, container, documents)

    async def consumption(self, container: str) -> dict[str, Any]:
        """What the requests on a container used, as `/_camp/consumption` tells it."""
        with self._still_there(container):
            return await self._emulator.consumption(self._database, container)

    def count(self, container: str) -> int:
        """How many documents a container holds."""
        return len(self._documents(container))

    def version(self, container: str) -> int:
        """Grows with every change of a container's documents."""
        with self._still_there(container):
            return self._emulator.container(self._database, container).lsn

    def all(self, container: str, **members: Any) -> list[Document]:
        """The documents of a container, oldest first, as they are stored but for system properties; only those with
        these members, if any are given."""
        found = [_bare(one) for one in self._documents(container)]
        return [one for one in found if all(one.get(name) == value for name, value in members.items())]

    def etags(self, container: str) -> dict[str, str]:
        """The ETag of each document, by its id."""
        return {str(one["id"]): str(one["_etag"]) for one in self._documents(container)}

    def get(self, container: str, id: str) -> Document | None:
        """The document with this id, in whatever partition."""
        return next(iter(self.all(container, id=id)), None)

    async def put(self, container: str, document: Document) -> None:
        """Stores a document, over one with its id and partition key."""
        self.version(container)  # NotAsExpected when the container is gone
        async with self._account() as client:
            await client.get_database_client(self._database).get_container_client(container).upsert_item(document)

    async def until(
        self, container: str, count: int, *, seconds: float = DOCUMENT_TIMEOUT, **members: Any
    ) -> list[Document]:
        """Waits until a container holds `count` documents with these members; NotAsExpected when there are
        fewer within `seconds`."""
        deadline = time.monotonic() + seconds
        while len(found := self.all(container, **members)) < count:
            if time.monotonic() > deadline:
                raise NotAsExpected(
                    seen=_(
                        "Time-out: after {seconds:g} seconds, {container} holds {found} of {count} documents."
                    ).format(seconds=seconds, container=f"{self._database}/{container}", found=len(found), count=count),
                    expected=_("{count} documents in {container}").format(
                        count=count, container=f"{self._database}/{container}"
                    ),
                    next=_("Does the function write to this container? The log of this check shows what happened."),
                )
            await asyncio.sleep(LOOK_EVERY)
        return found

    def _documents(self, container: str) -> list[Document]:
        with self._still_there(container):
            return self._emulator.documents(self._database, container)

    @contextmanager
    def _still_there(self, container: str) -> Iterator[None]:
        """A container that is gone is not as it should be: the app has the account's key, and can delete it."""
        try:
            yield
        except CosmosError as error:
            if error.status != NOT_FOUND:
                raise
            name = f"{self._database}/{container}"
            raise NotAsExpected(
                seen=_("There is no container {container} any more.").format(container=name),
                expected=_("the container {container}, as long as the check runs").format(container=name),
                next=_("Does your code delete it, or the database?"),
            ) from error

    def _account(self) -> Any:
        from azure.cosmos.aio import CosmosClient

        return CosmosClient(self._emulator.url, self._emulator.key)


def _bare(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in SYSTEM}
