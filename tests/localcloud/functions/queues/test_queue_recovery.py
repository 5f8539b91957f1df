"""A queue's trigger and output go on when the storage service is away, busy or answers nonsense; nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from azure.storage.queue import QueueClient

from localcloud.functions.bindings.queue_client import QueueAccount, QueueServiceError
from localcloud.functions.bindings.queue_hub import QueueHub
from localcloud.functions.loading.settings import Connection
from localcloud.serving import Server

if TYPE_CHECKING:
    from conftest import Wire

Outside = Callable[..., QueueClient]


@pytest.fixture
async def hub() -> AsyncIterator[QueueHub]:
    """With waits that are as short as in checks."""
    hub = QueueHub(0.01)
    yield hub
    await hub.close()


@pytest.fixture
def account(hub: QueueHub, wire: "Wire") -> QueueAccount:
    """An account at the end of a wire."""
    return hub.account(Connection("AzureWebJobsStorage", wire.connection))


def waiting(client: QueueClient) -> int:
    return client.get_queue_properties().approximate_message_count or 0


@pytest.mark.covers("Queue output: a lost connection to storage is tried again")
async def test_a_message_is_sent_again_over_a_new_connection(
    account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    """Azurite and Azure close connections that are kept alive; a POST that meets such a one fails with
    ServerDisconnectedError. The real extension's HTTP client sends it again over a new connection, unseen."""
    await account.create(queue_name)
    wire.lose("before", "POST")
    await account.send(queue_name, "aGk=")
    assert wire.lost == 1
    assert waiting(outside(queue_name)) == 1


async def test_an_answer_that_is_lost_makes_a_second_message(
    account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    """So does the real client: it cannot know whether the request was carried out. Delivery is at least once."""
    await account.create(queue_name)
    wire.lose("after", "POST")
    await account.send(queue_name, "aGk=")
    assert waiting(outside(queue_name)) == 2


async def test_three_retries_and_no_more(account: QueueAccount, wire: "Wire", queue_name: str) -> None:
    """RetryOptions of the Azure SDK: three retries, exponential."""
    await account.create(queue_name)
    wire.lose("before", "POST", 9)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await account.send(queue_name, "aGk=")
    assert wire.lost == 4


async def test_a_deletion_whose_answer_was_lost_is_done(
    account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    """The second one finds nothing, which the real extension takes for done."""
    await account.send(queue_name, "aGk=")
    [message] = await account.receive(queue_name, 1, 60)
    wire.lose("after", "DELETE")
    await account.delete(queue_name, message, message.pop_receipt)
    assert wire.lost == 1
    assert waiting(outside(queue_name)) == 0


@pytest.mark.covers("Queue trigger: a message is settled when storage is back, not hidden for ten minutes")
async def test_a_message_is_deleted_when_the_service_is_back(
    bench: Any, account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    await account.send(queue_name, "aGk=")
    work = await bench()
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 1)
    await wire.cut()
    work.gate.set()
    await work.until(lambda: any("cannot be settled now" in line for line in work.said))
    await wire.mend()
    await work.until(lambda: waiting(outside(queue_name)) == 0)
    assert len(work.arrived) == 1
    assert sum("cannot be settled now" in line for line in work.said) == 1


async def test_a_failed_message_is_given_back_when_the_service_is_back(
    bench: Any, account: QueueAccount, wire: "Wire", queue_name: str
) -> None:
    await account.send(queue_name, "aGk=")
    work = await bench()
    work.results = lambda arrived: arrived.metadata["DequeueCount"] > 1
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 1)
    await wire.cut()
    work.gate.set()
    await work.until(lambda: any("cannot be settled now" in line for line in work.said))
    await wire.mend()
    await work.until(lambda: len(work.arrived) == 2 and work.listener.in_flight == 0)
    assert [one.metadata["DequeueCount"] for one in work.arrived] == [1, 2]


async def test_a_poison_message_is_copied_once_however_often_its_deletion_fails(
    bench: Any, account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    await account.send(queue_name, "aGk=")
    work = await bench(max_dequeue_count=1)
    work.results = lambda arrived: False
    wire.lose("before", "DELETE", 6)
    await work.until(lambda: bool(work.recorded))
    assert wire.lost == 6
    assert waiting(outside(f"{queue_name}-poison")) == 1
    assert waiting(outside(queue_name)) == 0


@pytest.mark.covers("Queue trigger: the listener goes on when storage is back, and says so once")
async def test_the_listener_goes_on_when_the_service_is_back(
    bench: Any, account: QueueAccount, wire: "Wire", outside: Outside, queue_name: str
) -> None:
    """The real listener backs off after any error of the service, and asks again."""
    outside(queue_name).create_queue()
    work = await bench()
    await wire.cut()
    await work.until(lambda: bool(work.said))
    await asyncio.sleep(0.3)
    outside(queue_name).send_message("hi")
    await wire.mend()
    await work.until(lambda: len(work.arrived) == 1)
    assert len(work.said) == 1 and "The listener keeps trying" in work.said[0]


async def test_a_stop_does_not_wait_for_a_service_that_is_away(
    bench: Any, account: QueueAccount, wire: "Wire", queue_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.functions.bindings.queue_trigger.SECONDS_TO_DRAIN", 0.1)
    await account.send(queue_name, "aGk=")
    work = await bench()
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 1)
    await wire.cut()
    started = time.monotonic()
    await work.listener.stop()
    assert time.monotonic() - started < 3


@pytest.fixture
async def impostor() -> AsyncIterator[str]:
    """A connection string that leads to a web server which is no queue service."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<p>Welcome", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    server = Server(app)
    await server.start()
    yield f"AccountName=a;AccountKey=a2V5;QueueEndpoint={server.url}/a;"
    await server.stop()


async def test_what_is_no_queue_service_is_told_and_polled_on(
    bench: Any, hub: QueueHub, impostor: str, queue_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = hub.account(Connection("Store", impostor))
    with pytest.raises(QueueServiceError, match="not of a queue service: <p>Welcome"):
        await stranger.receive(queue_name, 1, 1)
    work = await bench()
    work.listener._account = stranger
    await work.until(lambda: bool(work.said))
    assert work.listener._polling and not work.listener._polling.done()
