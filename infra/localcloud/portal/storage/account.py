"""The camp's storage account, asked through Azure's own SDK; imported on first use, for it costs memory."""

import asyncio
import importlib
import logging
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from localcloud.messages import _

from ..guard import Refused
from ..page import Connections

if TYPE_CHECKING:
    from azure.data.tables.aio import TableServiceClient
    from azure.storage.blob.aio import BlobServiceClient
    from azure.storage.queue.aio import QueueServiceClient

QUEUES, BLOBS, TABLES = "azure.storage.queue.aio", "azure.storage.blob.aio", "azure.data.tables.aio"
ONE_MEGABYTE = 1024 * 1024
SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 30
TOLD_AS_THEY_ARE = (400, 404, 409, 413)


class Closing(Protocol):
    """A client that holds connections."""

    async def close(self) -> None: ...


Client = TypeVar("Client", bound=Closing)


class Account:
    """The clients of one storage account, each made on first use."""

    def __init__(self, connection_string: str) -> None:
        self.connection_string = connection_string
        self._clients: dict[str, Any] = {}

    @classmethod
    def of(cls, connections: Connections) -> "Account":
        return cls(connections.setting("AzureWebJobsStorage"))

    async def open(self) -> None:
        """Clients are made at their first use: they cost memory."""

    @property
    def queues(self) -> "QueueServiceClient":
        from azure.storage.queue.aio import QueueServiceClient

        return self._client(QueueServiceClient)

    @property
    def blobs(self) -> "BlobServiceClient":
        from azure.storage.blob.aio import BlobServiceClient

        sizes = ("max_single_put_size", "max_block_size", "max_single_get_size", "max_chunk_get_size")
        return self._client(BlobServiceClient, **dict.fromkeys(sizes, ONE_MEGABYTE))

    @property
    def tables(self) -> "TableServiceClient":
        from azure.data.tables.aio import TableServiceClient

        return self._client(TableServiceClient)

    def _client(self, kind: type[Client], **options: Any) -> Client:
        if not self.connection_string:
            raise Refused(503, _("The portal was not told where storage is: AzureWebJobsStorage is not set."))
        if kind.__name__ not in self._clients:
            self._clients[kind.__name__] = self._made(kind, options)
        client: Client = self._clients[kind.__name__]
        return client

    def _made(self, kind: Any, options: dict[str, Any]) -> Any:
        """A client that asks once and directly: a page asks again by itself, and a proxy has no business here."""
        from azure.core.pipeline.transport import AioHttpTransport

        logging.getLogger("azure").setLevel(logging.WARNING)
        transport = AioHttpTransport(
            use_env_settings=False, connection_timeout=SECONDS_TO_CONNECT, read_timeout=SECONDS_TO_ANSWER
        )
        return kind.from_connection_string(self.connection_string, transport=transport, retry_total=0, **options)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()


@asynccontextmanager
async def asked(sdk: str) -> AsyncIterator[None]:
    """Around calls of an SDK: what the service refuses becomes a sentence with its own words.

    The first use imports the SDK, on a thread: it takes long enough to make Slack's deliveries late.
    """
    if sdk not in sys.modules:
        await asyncio.to_thread(importlib.import_module, sdk)
    from azure.core.exceptions import AzureError, HttpResponseError

    try:
        yield
    except HttpResponseError as error:
        status = 409 if error.status_code == 412 else error.status_code
        raise Refused(status if status in TOLD_AS_THEY_ARE else 502, words_of(error)) from None
    except (AzureError, asyncio.TimeoutError, OSError):
        sentence = _("Storage (Azurite) does not answer. This page goes on by itself when it is back.")
        raise Refused(503, sentence) from None


def words_of(error: Any) -> str:
    """What the service says, without its request ids: `QueueNotFound: The specified queue does not exist.`"""
    code = getattr(error, "error_code", None) or _code_in(str(error)) or error.status_code
    first, *_ids = str((error.message if hasattr(error, "error_code") else error.reason) or "").split("\n")
    return f"{getattr(code, 'value', code)}: {first}"


def _code_in(text: str) -> str | None:
    """The table service's code, where the SDK left the answer as it came: `..."code":"TableNotFound"...`."""
    found = re.search(r'"code":\s*"(\w+)"', text)
    return found[1] if found else None


def seconds(moment: datetime | None) -> float | None:
    """A moment as the pages take it, in seconds since 1970."""
    return moment.timestamp() if moment else None
