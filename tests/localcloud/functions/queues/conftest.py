import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.bindings.queue_hub import QueueHub
from localcloud.functions.bindings.queue_options import QueueOptions
from localcloud.functions.bindings.queue_trigger import Arrived, Hooks, QueueListener
from localcloud.functions.settings import Connection
from localcloud.storage import Azurite


@pytest.fixture(scope="session")
def connection() -> Iterator[str]:
    """The connection string of an Azurite of this test process."""
    with Azurite(memory=True) as azurite:
        yield azurite.connection_string()


@pytest.fixture
def queue_name() -> str:
    return f"q{uuid.uuid4().hex[:12]}"


@pytest.fixture
def outside(connection: str) -> Iterator[Callable[[str], QueueClient]]:
    """Makes the SDK's own client of a queue, as another program would use it (base64)."""
    clients: list[QueueClient] = []

    def client(name: str, *, raw: bool = False) -> QueueClient:
        policy: dict[str, Any] = {} if raw else {"message_encode_policy": TextBase64EncodePolicy()}
        clients.append(QueueClient.from_connection_string(connection, name, **policy))
        return clients[-1]

    yield client
    for made in clients:
        made.close()


@pytest.fixture
async def hub() -> AsyncIterator[QueueHub]:
    hub = QueueHub()
    yield hub
    await hub.close()


@pytest.fixture
def account(hub: QueueHub, connection: str) -> QueueAccount:
    return hub.account(Connection("AzureWebJobsStorage", connection))


class Bench:
    """A listener whose function is `self.function`; keeps what arrived, what was said and what was recorded."""

    def __init__(self, hub: QueueHub, account: QueueAccount, queue: str, options: QueueOptions) -> None:
        self.arrived: list[Arrived] = []
        self.said: list[str] = []
        self.recorded: list[dict[str, Any]] = []
        self.results: Callable[[Arrived], bool] = lambda arrived: True
        self.gate = asyncio.Event()
        self.gate.set()
        hooks = Hooks(self.function, self.said.append, lambda kind, **facts: self.recorded.append({kind: facts}))
        self.listener = QueueListener(
            "Work", queue, account, options, hub, hooks, time_scale=0.01, rng=random.Random(1)
        )

    async def function(self, arrived: Arrived) -> bool:
        self.arrived.append(arrived)
        await self.gate.wait()
        return self.results(arrived)

    async def until(self, condition: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not condition():  # noqa: ASYNC110 - what it waits for happens in another process
                await asyncio.sleep(0.01)

        await asyncio.wait_for(wait(), 30)


@pytest.fixture
async def bench(hub: QueueHub, account: QueueAccount, queue_name: str) -> AsyncIterator[Callable[..., Any]]:
    """Starts a listener on a queue; `await bench(maxDequeueCount...)`."""
    made: list[Bench] = []

    async def start(queue: str = queue_name, **options: Any) -> Bench:
        made.append(Bench(hub, account, queue, QueueOptions(**options)))
        await made[-1].listener.start()
        return made[-1]

    yield start
    for one in made:
        await one.listener.stop()
