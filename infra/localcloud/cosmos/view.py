"""What a check sees of Cosmos DB: the documents in a database, read and filled from outside of the learner's app."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from localcloud.cloud import NotAsExpected, View
from localcloud.messages import _

if TYPE_CHECKING:
    from .emulator import Emulator

LOOK_EVERY = 0.02
DOCUMENT_TIMEOUT = 5.0
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

    def all(self, container: str, **members: Any) -> list[Document]:
        """The documents of a container, oldest first, as they are stored but for system properties; only those with
        these members, if any are given."""
        found = [_bare(one) for one in self._emulator.documents(self._database, container)]
        return [one for one in found if all(one.get(name) == value for name, value in members.items())]

    def get(self, container: str, id: str) -> Document | None:
        """The document with this id, in whatever partition."""
        return next(iter(self.all(container, id=id)), None)

    async def put(self, container: str, document: Document) -> None:
        """Stores a document, over one with its id and partition key."""
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
                    next=_("Does the function write to this container? The functions page shows what happened."),
                )
            await asyncio.sleep(LOOK_EVERY)
        return found

    def _account(self) -> Any:
        from azure.cosmos.aio import CosmosClient

        return CosmosClient(self._emulator.url, self._emulator.key)


def _bare(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in SYSTEM}
