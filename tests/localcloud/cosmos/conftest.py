"""One running emulator for each test module, and the unmodified SDK's clients for it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from typing import Any

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
    container = database.create_container(request.node.name[:200].replace("/", "-"), PartitionKey("/pk"))
    yield container
    database.delete_container(container)
