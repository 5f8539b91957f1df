"""The Cosmos DB account that the pages look into, asked through Azure's own SDK; imported on first use."""

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from localcloud.functions.bindings.cosmos_names import parts_of
from localcloud.http_loopback import is_local
from localcloud.messages import _

from ..guard import Refused
from ..page import Connections
from .sqlerror import sql_error

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy, CosmosClient

SDK = "azure.cosmos.aio"
SECONDS_TO_OPEN = 5
SECONDS_TO_ANSWER = 30
REPEATS = 3
SECONDS_OF_REPEATS = 4
TOLD_AS_THEY_ARE = (400, 404, 409, 413, 429)


class CosmosAccount:
    """The client of one account, made on first use."""

    def __init__(self, connection_string: str) -> None:
        parts = parts_of(connection_string)
        self.endpoint = parts.get("accountendpoint", "")
        self._key = parts.get("accountkey", "")
        self._client: CosmosClient | None = None
        self._opening = asyncio.Lock()

    @classmethod
    def of(cls, connections: Connections) -> "CosmosAccount":
        return cls(connections.setting("CosmosDbConnection"))

    async def open(self) -> None:
        """The client is made at its first use: it costs memory, and the service may come later."""

    async def client(self) -> "CosmosClient":
        """The client, which has read the account; raises what the SDK raises when nobody answers."""
        if not self.endpoint or not self._key:
            raise Refused(503, without())
        async with self._opening:
            if self._client is None:
                self._client = await self._opened()
            return self._client

    async def _opened(self) -> "CosmosClient":
        from azure.cosmos.aio import CosmosClient

        logging.getLogger("azure").setLevel(logging.ERROR)
        client = CosmosClient(
            self.endpoint,
            self._key,
            retry_throttle_total=REPEATS,
            retry_throttle_backoff_max=SECONDS_OF_REPEATS,
            connection_timeout=SECONDS_TO_OPEN,
            read_timeout=SECONDS_TO_ANSWER,
            retry_connect=0,
            transport=self._transport(),
        )
        try:
            await asyncio.wait_for(client.__aenter__(), SECONDS_TO_OPEN)
        except BaseException:
            await client.close()
            raise
        return client

    def _transport(self) -> Any:
        """For an emulator on this computer: no proxy has any business there."""
        from azure.core.pipeline.transport import AioHttpTransport

        here = is_local(urlsplit(self.endpoint).netloc)
        return AioHttpTransport(use_env_settings=not here)

    async def container(self, database: str, container: str) -> "ContainerProxy":
        return (await self.client()).get_database_client(database).get_container_client(container)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
        self._client = None


def without() -> str:
    """Why there is nothing to look into."""
    return _("This camp runs without Cosmos DB: it starts for the labs that need it (CosmosDbConnection is not set).")


@asynccontextmanager
async def asked() -> AsyncIterator[None]:
    """Around calls of the SDK: what the service refuses becomes a sentence with its own words.

    The first use imports the SDK, on a thread: it takes long enough to make Slack's deliveries late.
    """
    if SDK not in sys.modules:
        await asyncio.to_thread(importlib.import_module, SDK)
    from azure.core.exceptions import AzureError
    from azure.cosmos.exceptions import CosmosHttpResponseError

    try:
        yield
    except CosmosHttpResponseError as error:
        raise refused(error) from None
    except (AzureError, asyncio.TimeoutError, OSError):
        raise Refused(503, _("Cosmos DB does not answer. This page goes on by itself when it is back.")) from None
    except (ValueError, TypeError) as error:  # what the SDK refuses before it asks, such as an id with a slash
        raise Refused(400, str(error)) from None


def refused(error: Any) -> Refused:
    """What the service refuses: a sentence, and facts for the page (`conflict`, `throttled`, `at`)."""
    status = int(error.status_code or 0)
    code, message = words_of(error.http_error_message, status)
    if status == 401:
        return Refused(502, _("Cosmos DB does not take the portal's key: {reason}").format(reason=message))
    if status == 429:
        after = str(error.headers.get("x-ms-retry-after-ms", "?"))
        sentence = _("429, refused: the partition is out of request units. Cosmos DB says: again in {ms} ms.")
        return Refused(429, sentence.format(ms=after), {"throttled": True})
    if status == 412:
        return Refused(409, f"{code}: {message}", {"conflict": True})
    found = sql_error(message) if status == 400 else None
    if found:
        return Refused(400, found.sentence, {"at": found.at} if found.at else {})
    return Refused(status if status in TOLD_AS_THEY_ARE else 502, f"{code}: {message}")


def words_of(body: Any, status: int) -> tuple[str, str]:
    """The code and the message of an error's body, without its activity ids."""
    try:
        found = json.loads(str(body))
        code, message = str(found["code"]), str(found["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        code, message = str(status), str(body or "")
    return code, _innermost(message.split("\r\n")[0].split("\nActivityId")[0].strip())[:2_000]


def _innermost(message: str) -> str:
    """The sentences of `Message: {"Errors":["One of the specified pre-condition is not met."]}`."""
    try:
        told = json.loads(message.removeprefix("Message: "))
        return " ".join(str(one) for one in told["Errors"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return message
