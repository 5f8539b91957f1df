"""The queues' JSON API, on a real Azurite."""

import asyncio
import base64
import uuid
from typing import TYPE_CHECKING, Any

import pytest_asyncio

if TYPE_CHECKING:
    from conftest import Portal, RunBot

FAILING = """
import azure.functions as func

app = func.FunctionApp()


@app.queue_trigger(arg_name="msg", queue_name="{queue}", connection="AzureWebJobsStorage")
def cook(msg: func.QueueMessage) -> None:
    raise ValueError("no stove")
"""


@pytest_asyncio.fixture(loop_scope="session")
async def queue(shared: "Portal") -> str:
    name = f"q{uuid.uuid4().hex[:10]}"
    assert (await shared.post("api/queues/create", {"queue": name}))[0] == 201
    return name


async def look(portal: "Portal", queue: str) -> Any:
    return await portal.json(f"api/queues?queue={queue}")


async def add(portal: "Portal", queue: str, text: str, **more: Any) -> Any:
    status, answer = await portal.post("api/queues/add", {"queue": queue, "text": text, **more})
    assert status == 201, answer
    return answer["id"]


async def test_a_message_is_added_and_peeked_at(shared: "Portal", queue: str) -> None:
    await add(shared, queue, '{"order": "é"}')
    await add(shared, queue, "as it is", encoding="none")
    await add(shared, queue, "later", delay=100)
    found = (await look(shared, queue))["queue"]
    assert (found["count"], found["hidden"]) == (3, 1)
    shown = [(one["text"], one["encoding"], one["dequeueCount"]) for one in found["messages"]]
    assert shown == [('{"order": "é"}', "base64", 0), ("as it is", "none", 0)]
    assert found["messages"][0]["expires"] - found["messages"][0]["inserted"] == 7 * 24 * 3600


async def test_peeking_does_not_count_as_dequeuing_and_a_delivery_does(shared: "Portal", queue: str) -> None:
    first = await add(shared, queue, "first")
    second = await add(shared, queue, "second")
    for _look in range(2):
        assert [one["dequeueCount"] for one in (await look(shared, queue))["queue"]["messages"]] == [0, 0]
    assert (await shared.post("api/queues/delete", {"queue": queue, "id": second}))[0] == 200
    (left,) = (await look(shared, queue))["queue"]["messages"]
    assert (left["id"], left["dequeueCount"]) == (first, 1)


async def test_poison_goes_back_to_its_queue(shared: "Portal", queue: str) -> None:
    poison = f"{queue}-poison"
    await shared.post("api/queues/create", {"queue": poison})
    ids = [await add(shared, poison, text) for text in ("a", "b", "c")]
    pair = next(one for one in (await look(shared, queue))["queues"] if one["name"] == queue)
    assert (pair["count"], pair["poison"]) == (0, {"name": poison, "count": 3})
    assert await shared.post("api/queues/move-back", {"queue": poison, "id": ids[1]}) == (200, {"moved": 1})
    state = await look(shared, queue)
    assert [one["text"] for one in state["queue"]["messages"]] == ["b"]
    assert {one["text"] for one in state["poison"]["messages"]} == {"a", "c"}
    assert await shared.post("api/queues/move-back", {"queue": poison}) == (200, {"moved": 2})
    state = await look(shared, queue)
    assert sorted(one["text"] for one in state["queue"]["messages"]) == ["a", "b", "c"]
    assert state["poison"]["count"] == 0
    assert await shared.post("api/queues/move-back", {"queue": poison}) == (200, {"moved": 0})


async def test_a_message_is_delivered_twice(shared: "Portal", queue: str) -> None:
    message = await add(shared, queue, "hello", encoding="none")
    status, answer = await shared.post("api/queues/twice", {"queue": queue, "id": message})
    assert status == 201
    assert answer["id"] != message
    assert [one["text"] for one in (await look(shared, queue))["queue"]["messages"]] == ["hello", "hello"]


async def test_a_queue_is_cleared_hidden_messages_included(shared: "Portal", queue: str) -> None:
    await add(shared, queue, "seen")
    await add(shared, queue, "hidden", delay=100)
    assert (await shared.post("api/queues/clear", {"queue": queue}))[0] == 200
    assert (await look(shared, queue))["queue"]["count"] == 0


async def test_only_the_first_32_can_be_peeked_at(shared: "Portal", queue: str) -> None:
    await asyncio.gather(*(add(shared, queue, str(number)) for number in range(40)))
    found = (await look(shared, queue))["queue"]
    assert (found["count"], found["hidden"], len(found["messages"])) == (40, None, 32)


async def test_what_the_host_holds_is_told(portal: "Portal", run_bot: "RunBot", queue: str) -> None:
    host = await run_bot(FAILING.format(queue=queue), visibility="00:00:30")
    await add(portal, queue, "soup")
    held: list[Any] = []
    for _try in range(100):
        held = (await look(portal, queue))["held"]
        if held and not held[0]["running"]:
            break
        await asyncio.sleep(0.1)
    (one,) = held
    assert (one["text"], one["function"], one["dequeue_count"]) == ("soup", "cook", 1)
    finished = next(entry for entry in host.journal.entries if entry.kind == "invocation.finished")
    assert 28 < one["until"] - finished.at < 32
    found = (await look(portal, queue))["queue"]
    assert (found["hidden"], found["messages"]) == (1, [])


REFUSED: list[tuple[str, Any, int]] = [
    ("create", {"queue": "No"}, 400),
    ("create", {"queue": "a--b"}, 400),
    ("create", {"queue": "good\n"}, 400),
    ("create", {}, 400),
    ("add", {"queue": "missing-queue", "text": "x"}, 404),
    ("add", {"queue": "missing-queue", "text": "x", "encoding": "rot13"}, 400),
    ("add", {"queue": "missing-queue", "text": "x", "delay": -1}, 400),
    ("add", {"queue": "missing-queue", "text": "x", "delay": "soon"}, 400),
    ("add", {"queue": "missing-queue", "text": "x" * 50_000}, 400),
    ("add", {"queue": "missing-queue", "text": "\ud800"}, 400),
    ("add", {"queue": "missing-queue", "text": "\0", "encoding": "none"}, 400),
    ("delete", {"queue": "missing-queue", "id": "not an id"}, 400),
    ("delete", {"queue": "missing-queue", "id": "aa"}, 404),
    ("clear", {"queue": "missing-queue"}, 404),
    ("twice", {"queue": "missing-queue", "id": "aa"}, 404),
    ("move-back", {"queue": "missing-queue"}, 400),
    ("move-back", {"queue": "missing-queue-poison"}, 404),
]


async def test_what_cannot_be_done(shared: "Portal") -> None:
    for path, body, status in REFUSED:
        given, answer = await shared.post(f"api/queues/{path}", body)
        assert (given, bool(answer["error"])) == (status, True), (path, body)


async def test_a_message_that_is_gone_is_a_conflict(shared: "Portal", queue: str) -> None:
    await add(shared, queue, "x")
    for path in ("delete", "twice"):
        status, answer = await shared.post(f"api/queues/{path}", {"queue": queue, "id": str(uuid.uuid4())})
        assert (status, "cannot be seen" in answer["error"]) == (409, True)


async def test_nothing_is_lost_when_a_poison_message_has_no_queue_to_go_to(shared: "Portal") -> None:
    poison = f"q{uuid.uuid4().hex[:10]}-poison"
    await shared.post("api/queues/create", {"queue": poison})
    message = await add(shared, poison, base64.b64encode(b"x").decode(), encoding="none")
    status, answer = await shared.post("api/queues/move-back", {"queue": poison, "id": message})
    assert (status, "QueueNotFound" in answer["error"]) == (404, True)
    assert (await look(shared, poison))["queue"]["count"] == 1
