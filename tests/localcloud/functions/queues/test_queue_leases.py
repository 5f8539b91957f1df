"""Who owns a message, how often it may come, and where it goes when it has come too often."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from azure.storage.queue import QueueClient

from localcloud.functions.bindings.queue_client import QueueAccount
from localcloud.functions.bindings.queue_hub import QueueHub

Outside = Callable[..., QueueClient]


def waiting(client: QueueClient) -> int:
    return client.get_queue_properties().approximate_message_count or 0


def often_received(client: QueueClient, text: str, times: int) -> None:
    """A message that others have received so many times and not deleted."""
    client.create_queue()
    client.send_message(text)
    for _time in range(times):
        message = client.receive_message(visibility_timeout=60)
        assert message
        client.update_message(message, visibility_timeout=0)


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are hidden for two seconds instead of ten minutes."""
    for module in ("queue_lease", "queue_trigger"):
        monkeypatch.setattr(f"localcloud.functions.bindings.{module}.HIDDEN_SECONDS", 2)


@pytest.mark.covers("Queue trigger: a message stays hidden as long as its function runs")
async def test_a_message_stays_hidden_as_long_as_its_function_runs(
    bench: Any, outside: Outside, queue_name: str, short_leases: None
) -> None:
    """The real host renews at half time. Without that the message would come a second time after two seconds."""
    client = outside(queue_name)
    client.create_queue()
    client.send_message("hi")
    work = await bench()
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 1)
    await asyncio.sleep(3.5)
    assert client.receive_message() is None
    work.gate.set()
    await work.until(lambda: waiting(client) == 0)
    assert len(work.arrived) == 1


async def test_a_message_that_another_has_taken_is_left_to_it(
    bench: Any, outside: Outside, queue_name: str, short_leases: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the newest pop receipt owns the message; the real host neither renews nor deletes it then."""
    monkeypatch.setattr("localcloud.functions.bindings.queue_lease.SHORTEST_RENEWAL", 0.1)
    client = outside(queue_name)
    client.create_queue()
    client.send_message("hi")
    work = await bench()
    work.gate.clear()
    await work.until(lambda: len(work.arrived) == 1)
    client.update_message(work.arrived[0].metadata["Id"], work.arrived[0].metadata["PopReceipt"], visibility_timeout=60)
    await work.until(lambda: bool(work.said))
    work.gate.set()
    await work.until(lambda: work.listener.in_flight == 0)
    assert "Could not keep message" in work.said[0] and len(work.said) == 1
    assert waiting(client) == 1


@pytest.mark.covers("Queue trigger: what was received more than maxDequeueCount times goes aside without a call")
async def test_what_was_received_too_often_goes_aside_without_a_call(
    bench: Any, outside: Outside, queue_name: str
) -> None:
    """A host that dies in mid-call deletes nothing: such a message may come with a count beyond the limit. The real
    extension looks at the count before the call (BeginProcessingMessageAsync), and the function is not called."""
    often_received(outside(queue_name), "hi", 5)
    work = await bench()
    await work.until(lambda: bool(work.recorded))
    assert work.arrived == []
    assert work.recorded[0]["queue.poisoned"]["dequeue_count"] == 6
    assert waiting(outside(f"{queue_name}-poison")) == 1


async def test_a_poison_message_that_was_received_too_often_is_left_alone(
    bench: Any, outside: Outside, queue_name: str
) -> None:
    """The same rule holds for a poison queue, which has none of its own: the real extension does nothing at all."""
    poison = f"{queue_name}-poison"
    often_received(outside(poison), "hi", 5)
    work = await bench(poison)
    await work.until(lambda: outside(poison).peek_messages() == [] and work.listener.in_flight == 0)
    assert (work.arrived, waiting(outside(poison))) == ([], 1)


async def test_a_queue_with_a_long_name_has_no_poison_queue(bench: Any, outside: Outside, queue_name: str) -> None:
    """63 characters are the most that a queue's name may have: QueuesOptions.MaxDequeueCount says that it has none."""
    long = queue_name + "x" * (60 - len(queue_name))
    client = outside(long)
    client.create_queue()
    client.send_message("hi")
    work = await bench(long, max_dequeue_count=1)
    work.results = lambda arrived: False
    await work.until(lambda: len(work.arrived) == 1 and work.listener.in_flight == 0)
    assert work.recorded == []
    assert waiting(client) == 1


@pytest.mark.covers("Queue trigger: visibilityTimeout between two tries")
async def test_a_failed_message_waits_for_visibility_timeout(
    bench: Any, hub: QueueHub, account: QueueAccount, queue_name: str
) -> None:
    """Two hundred seconds, of which checks wait a hundredth. The real host asks the queue for it in the same request
    that releases the message, so that no poll comes too early."""
    await account.send(queue_name, "aGk=")
    work = await bench(visibility_timeout=200.0)
    times: list[float] = []

    def fails_once(_arrived: object) -> bool:
        times.append(asyncio.get_running_loop().time())
        return len(times) > 1

    work.results = fails_once
    await work.until(lambda: len(times) == 2)
    assert 1 <= times[1] - times[0] < 8


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}",
        '{"id": "\\ud800", "n": 1e999}',
        "\\x00",
    ],
)
async def test_whatever_a_message_holds_it_is_delivered(
    bench: Any, outside: Outside, queue_name: str, text: str
) -> None:
    client = outside(queue_name)
    client.create_queue()
    client.send_message(text)
    work = await bench()
    await work.until(lambda: waiting(client) == 0)
    assert [arrived.body.decode() for arrived in work.arrived] == [text]


async def test_an_error_of_ours_is_a_failure_like_any_other(bench: Any, outside: Outside, queue_name: str) -> None:
    """Else the message would be hidden for ten minutes."""
    client = outside(queue_name)
    client.create_queue()
    client.send_message(json.dumps({"id": 1}))
    work = await bench(max_dequeue_count=2)

    def breaks(_arrived: object) -> bool:
        raise KeyError("ours")

    work.results = breaks
    await work.until(lambda: bool(work.recorded))
    assert len(work.arrived) == 2
    assert "Message processing error" in work.said[0] and "ours" in work.said[0]
