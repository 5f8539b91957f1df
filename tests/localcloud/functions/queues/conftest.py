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
from localcloud.functions.loading.settings import Connection
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

    def __init__(
        self, hub: QueueHub, account: QueueAccount, queue: str, options: QueueOptions, time_scale: float = 0.01
    ) -> None:
        self.arrived: list[Arrived] = []
        self.said: list[str] = []
        self.recorded: list[dict[str, Any]] = []
        self.results: Callable[[Arrived], bool] = lambda arrived: True
        self.gate = asyncio.Event()
        self.gate.set()
        hooks = Hooks(self.function, self.said.append, lambda kind, **facts: self.recorded.append({kind: facts}))
        self.listener = QueueListener(
            "Work", queue, account, options, hub, hooks, time_scale=time_scale, rng=random.Random(1)
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


class Wire:
    """A wire to Azurite that can be cut: `refuse` connections, or lose one request (`before` it arrives, or the answer
    `after` it was carried out)."""

    def __init__(self, connection: str) -> None:
        self._target = int(connection.partition("QueueEndpoint=http://127.0.0.1:")[2].partition("/")[0])
        self._connection = connection
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._losses: list[tuple[str, bytes]] = []
        self.lost = 0

    @property
    def connection(self) -> str:
        return self._connection.replace(f"127.0.0.1:{self._target}/", f"127.0.0.1:{self._port}/")

    def lose(self, when: str, method: str, times: int = 1) -> None:
        """The next so many requests of this method are lost."""
        self._losses += [(when, method.encode())] * times

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Connections are closed, and refused."""
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            service = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(service[1])
            answers = asyncio.create_task(self._copy(service[0], writer))
            await self._requests(reader, service[1], answers)
        except OSError:
            pass
        finally:
            writer.transport.abort()
            service[1].transport.abort()

    async def _requests(
        self, reader: asyncio.StreamReader, service: asyncio.StreamWriter, answers: "asyncio.Task[None]"
    ) -> None:
        while request := await reader.read(65_536):
            loss = self._losses[0] if self._losses and request.startswith(self._losses[0][1] + b" ") else None
            if loss:
                self._losses.pop(0)
                self.lost += 1
                if loss[0] == "after":
                    answers.cancel()
                    service.write(request)
                    await asyncio.sleep(0.1)
                return
            service.write(request)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answer := await reader.read(65_536):
            writer.write(answer)


@pytest.fixture
async def wire(connection: str) -> AsyncIterator[Wire]:
    wire = Wire(connection)
    await wire.mend()
    yield wire
    await wire.cut()
