import base64
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.storage.queue import QueueClient

from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.bindings.queue_hub import QueueHub
from localcloud.functions.bindings.queue_options import SHORTEST_POLL, QueueOptions

from .conftest import Bench

Outside = Callable[..., QueueClient]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def waiting(client: QueueClient) -> int:
    return client.get_queue_properties().approximate_message_count or 0


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def contents(client: QueueClient) -> list[str]:
    return [message.content for message in client.peek_messages(32)]


@pytest.mark.covers("Queue trigger: metadata, JSON members as binding data, deleted after success")
async def test_a_message_runs_the_function_with_its_facts_and_is_deleted(
    bench: Any, outside: Outside, queue_name: str
) -> None:
    """QueueTriggerBinding adds the message's facts and, if its text is a JSON object, the members that have a value as
    binding data; QueueProcessor.CompleteProcessingMessageAsync deletes it after success."""
    client = outside(queue_name)
    client.create_queue()
    sent = client.send_message('{"id": "job", "owner": {"name": "Mio"}, "tags": [1], "none": null}')
    work = await bench()
    await work.until(lambda: waiting(client) == 0)
    [arrived] = work.arrived
    assert arrived.reason == f"New queue message detected on '{queue_name}'."
    assert f"MessageId: {sent.id}, DequeueCount: 1" in arrived.details
    assert arrived.metadata["Id"] == sent.id
    assert arrived.metadata["id"] == "job" and arrived.metadata["owner"] == {"name": "Mio"}
    assert json.loads(arrived.metadata["QueueTrigger"])["id"] == "job"
    assert arrived.metadata["DequeueCount"] == 1 and arrived.metadata["PopReceipt"]
    assert arrived.metadata["InsertionTime"].endswith("+00:00")
    assert not {"tags", "none"} & set(arrived.metadata)


@pytest.mark.covers("Queue trigger: a missing queue is polled, not created")
async def test_a_missing_queue_is_polled_and_not_created(
    bench: Any, outside: Outside, queue_name: str, account: QueueAccount, hub: QueueHub
) -> None:
    """QueueListener.ExecuteAsync asks whether the queue is there, and comes back later when it is not."""
    work = await bench()
    assert await account.receive(queue_name, 1, 1) == []
    client = outside(queue_name)
    client.create_queue()
    client.send_message("late")
    await work.until(lambda: len(work.arrived) == 1)
    assert work.said == []


@pytest.mark.covers("Queue trigger: a write by the same host wakes the listener at once, in the same trace")
async def test_a_write_in_the_same_host_wakes_the_listener_and_carries_its_trace(
    bench: Any, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """The output binding notifies SharedQueueWatcher, which wakes the listener of that queue name; names are compared
    without case, as queue names have none."""
    work = await bench()
    await hub.write(account, queue_name.upper(), "aGk=", TRACE)
    await work.until(lambda: len(work.arrived) == 1)
    assert work.arrived[0].body == b"hi"
    assert work.arrived[0].traceparent == TRACE


async def test_a_message_with_the_text_of_an_earlier_one_goes_on_in_its_trace(
    bench: Any, outside: Outside, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """A job that the app itself puts on the queue again comes by the SDK, without any trace."""
    work = await bench()
    first = await hub.write(account, queue_name, "eyJqb2IiOiAxfQ==", TRACE)
    await work.until(lambda: len(work.arrived) == 1)
    other = outside(queue_name).send_message('{"job": 2}')
    again = outside(queue_name).send_message('{"job": 1}')
    await work.until(lambda: len(work.arrived) == 3)
    found = {one.source["message_id"]: one for one in work.arrived}
    assert found[again.id].traceparent == TRACE
    assert found[again.id].source["like"] == f"{queue_name}:{first}"
    assert found[again.id].source["inserted"] > 1_700_000_000
    assert found[other.id].traceparent is None
    assert "like" not in found[first].source | found[other.id].source


async def test_a_message_with_the_correlation_id_of_an_earlier_one_goes_on_in_its_trace(
    bench: Any, outside: Outside, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """A replay may write the job in another way than the job was written first."""
    work = await bench()
    first = await hub.write(account, queue_name, encoded('{"correlation_id": "C1:1", "topic": "cats"}'), TRACE)
    await work.until(lambda: len(work.arrived) == 1)
    for text in ('{"topic": "cats", "replayed": true, "correlation_id": "C1:1"}', '{"correlation_id": "C1:2"}', "C1:1"):
        outside(queue_name).send_message(text)
    await work.until(lambda: len(work.arrived) == 4)
    likes = {one.body.decode(): one.source.get("like") for one in work.arrived}
    assert [like for text, like in likes.items() if "replayed" in text] == [f"{queue_name}:{first}"]
    assert [like for text, like in likes.items() if "replayed" not in text] == [None, None, None]


@pytest.mark.covers("Queue trigger: maxDequeueCount tries, then <queue>-poison")
async def test_a_failing_message_steps_aside_after_five_dequeues(
    bench: Any, outside: Outside, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """QueueProcessor: a failure at a dequeue count of MaxDequeueCount or more copies the raw text into `<queue>-poison`
    and deletes the message; before that it is made visible again after VisibilityTimeout, which is zero by
    default."""
    work = await bench()
    work.results = lambda arrived: arrived.body != b"bad"
    await hub.write(account, queue_name, "YmFk", TRACE)
    await hub.write(account, queue_name, "Z29vZA==", None)
    await work.until(lambda: bool(work.recorded))
    assert [one.metadata["DequeueCount"] for one in work.arrived if one.body == b"bad"] == [1, 2, 3, 4, 5]
    assert len(work.arrived) == 6
    assert contents(outside(f"{queue_name}-poison", raw=True)) == ["YmFk"]
    assert waiting(outside(queue_name)) == 0
    assert work.said == [f"Message has reached MaxDequeueCount of 5. Moving message to queue '{queue_name}-poison'."]
    assert work.recorded[0]["queue.poisoned"]["trace"] == TRACE.split("-")[1]


@pytest.mark.covers("Queue trigger: an undecodable message goes to poison as it is, without a call")
async def test_a_message_in_the_wrong_encoding_goes_to_poison_as_it_is_without_a_call(
    bench: Any, outside: Outside, queue_name: str
) -> None:
    """QueueListener's handler of messages that cannot be decoded moves them at once, whatever their count, and says
    which setting of host.json decides."""
    client = outside(queue_name, raw=True)
    client.create_queue()
    client.send_message("plain text")
    work = await bench(max_dequeue_count=2)
    await work.until(lambda: bool(work.recorded))
    assert work.arrived == []
    assert contents(outside(f"{queue_name}-poison", raw=True)) == ["plain text"]
    assert "messageEncoding" in work.said[0]


@pytest.mark.covers("Queue trigger: messageEncoding none")
async def test_without_encoding_the_text_is_the_message(bench: Any, outside: Outside, queue_name: str) -> None:
    """QueuesOptions.MessageEncoding None hands the text to QueueClientOptions as it is."""
    client = outside(queue_name, raw=True)
    client.create_queue()
    client.send_message("<plain> & «text»")
    work = await bench(encoding="none")
    await work.until(lambda: waiting(client) == 0)
    assert work.arrived[0].body.decode() == "<plain> & «text»"


@pytest.mark.covers("Queue trigger: a poison queue has none of its own")
async def test_a_poison_queue_has_no_poison_queue(
    bench: Any, outside: Outside, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """QueueProcessor has no poison queue when the name of its queue ends in `-poison`: the message stays, and is
    hidden."""
    poison = f"{queue_name}-poison"
    work = await bench(poison, max_dequeue_count=1)
    work.results = lambda arrived: False
    await hub.write(account, poison, "YmFk", None)
    await work.until(lambda: len(work.arrived) == 1 and work.listener.in_flight == 0)
    assert waiting(outside(poison)) == 1
    assert contents(outside(poison)) == []
    assert work.recorded == []


@pytest.mark.covers("Queue trigger: batchSize and newBatchThreshold")
async def test_no_more_than_a_batch_and_the_threshold_is_in_flight(
    bench: Any, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """QueueListener receives BatchSize more as soon as no more than NewBatchThreshold are left, so that their sum
    bounds what is in flight."""
    for number in range(12):
        await hub.write(account, queue_name, f"bXNn{number:04d}", None)
    work = await bench(batch_size=4, new_batch_threshold=2)
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 4)
    assert work.listener.in_flight == 4
    most = 0

    def watch(arrived: object) -> bool:
        nonlocal most
        most = max(most, work.listener.in_flight)
        return True

    work.results = watch
    work.gate.set()
    await work.until(lambda: len(work.arrived) == 12 and work.listener.in_flight == 0)
    assert most <= 6


@pytest.mark.covers("Queue trigger: what is in flight when the host stops is given back")
async def test_what_is_in_flight_when_the_host_stops_is_given_back(
    bench: Any, outside: Outside, hub: QueueHub, account: QueueAccount, queue_name: str, monkeypatch: Any
) -> None:
    """On Azure the lease of a message that a stopping host leaves runs out, and the message is seen again. Here it is
    given back at once: a laptop's reload would hide it for ten minutes."""
    monkeypatch.setattr("localcloud.functions.bindings.queue_trigger.SECONDS_TO_DRAIN", 0.05)
    work = await bench()
    work.gate.clear()
    await hub.write(account, queue_name, "aGk=", None)
    await work.until(lambda: len(work.arrived) == 1)
    await work.listener.stop()
    assert contents(outside(queue_name, raw=True)) == ["aGk="]


@pytest.mark.covers("Queue trigger: polls ever more rarely while nothing comes, up to maxPollingInterval")
async def test_an_idle_listener_polls_ever_more_rarely_and_at_once_often_after_a_message(
    hub: QueueHub, account: QueueAccount, outside: Outside, queue_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RandomizedExponentialBackoffStrategy, of which QueueListener asks the next wait: from 100 ms on it doubles, a
    fifth more or less, up to MaxPollingInterval, and begins again once a message was received."""
    client = outside(queue_name)
    client.create_queue()
    polls: list[float] = []
    receive = account.receive

    async def counted(*given: Any) -> Any:
        polls.append(time.monotonic())
        return await receive(*given)

    monkeypatch.setattr(account, "receive", counted)
    longest = 0.8
    idle = Bench(hub, account, queue_name, QueueOptions(max_polling_interval=longest), time_scale=1.0)
    await idle.listener.start()
    try:
        await idle.until(lambda: len(polls) >= 8)
        waits = [later - earlier for earlier, later in itertools.pairwise(polls)]
        least = [SHORTEST_POLL, *(min(longest, SHORTEST_POLL * (1 + 0.8 * 2**nth)) for nth in range(6))]
        assert all(wait >= 0.95 * short for wait, short in zip(waits, least, strict=False)), waits
        assert min(waits[-2:]) < 2.5 * longest, "without a maximum these are 1.4 and 2.7 seconds at the least"
        client.send_message("hi")  # by the SDK: nothing wakes the listener
        await idle.until(lambda: len(idle.arrived) == 1)
        received = len(polls)
        await idle.until(lambda: len(polls) >= received + 2)
        assert polls[received] - polls[received - 1] < longest
    finally:
        await idle.listener.stop()
