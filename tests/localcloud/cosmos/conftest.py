"""One running emulator for each test module, and the unmodified SDK's clients for it."""

import asyncio
import base64
import functools
import hashlib
import hmac
import http.client
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from localcloud.cosmos.emulator import Emulator


class Running:
    """An emulator on a thread with a loop of its own, so that blocking clients can use it from tests."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.emulator = Emulator(*arguments, **options)
        self.call(self.emulator.start)

    @property
    def url(self) -> str:
        return self.emulator.url

    @property
    def key(self) -> str:
        return self.emulator.key

    def call(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Calls a function, or awaits its coroutine, on the emulator's loop."""

        async def run() -> Any:
            result = function(*arguments, **options)
            return await result if isinstance(result, Awaitable) else result

        future: Future[Any] = asyncio.run_coroutine_threadsafe(run(), self.loop)
        return future.result(20)

    def stop(self) -> None:
        """Stops the emulator and its loop."""
        try:
            self.call(self.emulator.stop)
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(5)
            self.loop.close()


class Clock:
    """Epoch seconds that a test moves: `clock.now += 10`."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    """What the module's emulator takes for the time."""
    return Clock()


@pytest.fixture(scope="module")
def running(clock: Clock) -> Iterator[Running]:
    """An emulator with its data in memory."""
    running = Running(None, clock=clock)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[CosmosClient]:
    with CosmosClient(running.url, running.key) as client:
        yield client


@pytest.fixture
async def async_client(running: Running) -> AsyncIterator[AsyncCosmosClient]:
    async with AsyncCosmosClient(running.url, running.key) as client:
        yield client


@pytest.fixture(scope="module")
def database(client: CosmosClient) -> DatabaseProxy:
    return client.create_database_if_not_exists("camp")


@pytest.fixture
def container(database: DatabaseProxy, request: pytest.FixtureRequest) -> Iterator[ContainerProxy]:
    """A container of the test's own, with key `/pk`."""
    container = database.create_container(re.sub(r"\W+", "-", request.node.name)[:100], PartitionKey("/pk"))
    yield container
    database.delete_container(container)


class Answered(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def substatus(self) -> str:
        return self.headers.get("x-ms-substatus", "0")


def signature(key: str, method: str, path: str) -> dict[str, str]:
    """The headers that a request needs to be let in."""
    segments = [one for one in path.split("/") if one]
    kind = segments[-1] if len(segments) % 2 else (segments[-2] if segments else "")
    link = "/".join(segments[:-1] if len(segments) % 2 else segments)
    if "operations" in segments:
        kind, link = "colls", "/".join(segments[:4])
    date = formatdate(usegmt=True)
    text = f"{method.lower()}\n{kind}\n{link}\n{date.lower()}\n\n"
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    text = quote(f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}", safe="")
    return {"x-ms-date": date, "authorization": text, "x-ms-version": "2020-07-15"}


def signed(
    running: Any, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
) -> Answered:
    """One request; `body` is JSON unless it is bytes, underscores in header names stand for hyphens."""
    sent = signature(key or running.key, method, path)
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", int(running.url.rsplit(":", 1)[1]), timeout=20)
    try:
        connection.request(method, quote(path), data, sent)
        answer = connection.getresponse()
        content = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answered(answer.status, json.loads(content) if content else None, told)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def send(running: Running) -> Callable[..., Answered]:
    """`send(method, path, body, **headers)`: a signed request for what the SDK refuses to send."""
    return functools.partial(signed, running)


@pytest.fixture(name="signature", scope="session")
def signature_fixture() -> Callable[..., dict[str, str]]:
    """`signature(key, method, path)`: the headers of a request, for an emulator of the test's own."""
    return signature
