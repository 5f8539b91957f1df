"""Faults of workers and queues: each does what it says, loses nothing, and stands in the journal as what it is."""

import asyncio
import base64
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from localcloud.engine.engine import Engine

APP = """
    import time

    @app.queue_trigger("message", "%JOBS%", "AzureWebJobsStorage")
    def work(message: func.QueueMessage) -> None:
        import logging
        logging.info("text %s", message.get_body().decode())
"""
CALLING = """
    import json, os, urllib.request

    @app.queue_trigger("message", "%JOBS%", "AzureWebJobsStorage")
    def work(message: func.QueueMessage) -> None:
        body = json.dumps({"topic": message.get_body().decode()}).encode()
        urllib.request.urlopen(os.environ["REPORT_ENGINE_URL"] + "/reports", body, timeout=15).read()
"""
OUTPUT = """    @app.queue_output("$return", "%JOBS%-done", "AzureWebJobsStorage")
"""


@pytest.fixture
def jobs(queue: Any) -> str:
    name = f"jobs{uuid.uuid4().hex[:8]}"
    queue(name).create_queue()
    return name


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    await engine.start()
    yield engine
    await engine.stop()


def texts(running: Any) -> list[str]:
    """What the function was called with, in this order."""
    messages = [str(facts["message"]) for facts in running.entries("invocation.log")]
    return [message.removeprefix("text ") for message in messages if message.startswith("text ")]


async def started(run_app: Any, storage: str, jobs: str, code: str = APP, **options: Any) -> Any:
    settings = {"AzureWebJobsStorage": storage, "JOBS": jobs, **options.pop("settings", {})}
    return await run_app(code, settings=settings, fast=True, **options)


@pytest.mark.covers("Faults: a message is delivered twice, the copy with an id of its own")
async def test_a_message_is_delivered_twice_with_an_id_of_its_own(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await started(run_app, storage, jobs)
    running.host.queues.faults.begin("twice", jobs, times=1)
    queue(jobs).send_message("one")
    await until(lambda: len(running.entries("invocation.finished")) == 2)
    queue(jobs).send_message("two")
    await until(lambda: "two" in texts(running))
    assert sorted(texts(running)) == ["one", "one", "two"]
    calls = running.entries("invocation.started")
    assert len({facts["message_id"] for facts in calls}) == 3
    assert [facts["dequeue_count"] for facts in calls] == [1, 1, 1]
    [copied] = running.entries("queue.copied")
    assert {copied["message_id"], copied["copy_id"]} <= {facts["message_id"] for facts in calls}
    assert [facts["how"] for facts in running.entries("fault.ended")] == ["over"]


async def test_a_message_is_copied_while_its_function_runs_and_after_it_is_done(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str, engine: Engine
) -> None:
    engine.slow(1)
    running = await started(run_app, storage, jobs, CALLING, settings={"REPORT_ENGINE_URL": engine.url})
    queue(jobs).send_message("cats")
    await engine.called("cats")
    [seen] = running.host.queues.seen(jobs)
    await running.host.queues.copy(seen.id)
    await until(lambda: len(engine.calls.under_way("cats")) == 2)
    await until(lambda: len(running.entries("invocation.finished")) == 2)
    await running.host.recycle()
    await running.host.queues.copy(seen.id)
    await until(lambda: len(engine.calls.completed("cats")) == 3)
    with pytest.raises(KeyError):
        await running.host.queues.copy("nobody")


@pytest.mark.covers("Faults: messages are delivered late, with no dequeue more")
async def test_a_late_message_uses_up_no_dequeue(run_app: Any, until: Any, storage: str, queue: Any, jobs: str) -> None:
    running = await started(run_app, storage, jobs)
    running.host.queues.faults.begin("late", jobs, by=1.0)
    began = time.monotonic()
    queue(jobs).send_message("one")
    await until(lambda: texts(running) == ["one"])
    assert time.monotonic() - began >= 1
    assert running.entries("invocation.started")[0]["dequeue_count"] == 1
    [delayed] = running.entries("queue.delayed")
    assert (delayed["fault"], delayed["seconds"], delayed["queue"]) == ("late", 1.0, jobs)


@pytest.mark.covers("Faults: messages are delivered in the opposite order")
async def test_messages_come_in_the_opposite_order(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await started(run_app, storage, jobs, settings={"PYTHON_THREADPOOL_THREAD_COUNT": "1"})
    running.host.queues.faults.begin("reorder", jobs, by=2.0)
    for number in range(5):
        queue(jobs).send_message(str(number))
    await until(lambda: len(texts(running)) == 5)
    assert texts(running) == ["4", "3", "2", "1", "0"]


@pytest.mark.covers("Faults: a paused queue is not read")
async def test_a_paused_queue_is_not_read_until_the_fault_ends(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await started(run_app, storage, jobs)
    running.host.queues.faults.begin("pause", jobs)
    await asyncio.sleep(0.2)
    queue(jobs).send_message("one")
    await asyncio.sleep(0.6)
    assert texts(running) == []
    assert len(queue(jobs).peek_messages()) == 1
    assert running.host.queues.faults.end("pause", jobs)
    await until(lambda: texts(running) == ["one"])
    running.host.queues.faults.begin("pause")
    await running.host.restart()


@pytest.mark.covers("Faults: a crash aimed at the time inside a call of a dependency")
async def test_a_crash_is_aimed_at_the_call_of_the_engine(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str, engine: Engine
) -> None:
    """The function dies while it waits for the engine, however often: the same message comes again, nothing is lost,
    and the host does not give up."""
    engine.slow(1)
    running = await started(run_app, storage, jobs, CALLING, settings={"REPORT_ENGINE_URL": engine.url})
    queue(jobs).send_message("cats")
    for _round in range(4):
        await until(lambda: len(engine.inside()) == running.host.in_flight == 1)
        await running.host.crash()
    await until(lambda: [facts["ok"] for facts in running.entries("invocation.finished")] == [False] * 4 + [True])
    assert [facts["fault"] for facts in running.entries("invocation.finished")] == ["crash"] * 4 + [None]
    calls = running.entries("invocation.started")
    assert [facts["dequeue_count"] for facts in calls] == [1, 2, 3, 4, 5]
    assert len({facts["message_id"] for facts in calls}) == 1
    assert len(running.entries("worker.crashed")) == 4
    assert running.host.errors == []


async def test_crashes_inside_the_engine_call_lose_and_double_nothing(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str, engine: Engine
) -> None:
    """Many messages in flight in two workers: the engine holds its answers until every function that runs waits for
    one, and the workers are killed right then. What a function does after the call is done once for each message."""
    code = CALLING.replace('AzureWebJobsStorage")\n    def', 'AzureWebJobsStorage")\n' + OUTPUT + "    def")
    code = code.replace("None:", "str:") + "        return message.get_body().decode()\n"
    engine.slow(0.05)
    running = await started(run_app, storage, jobs, code, settings={"REPORT_ENGINE_URL": engine.url}, workers=2)
    queue(f"{jobs}-done").create_queue()
    client = queue(jobs)
    for number in range(100):
        client.send_message(str(number))
    for _round in range(3):
        await until(lambda: running.host.in_flight > 4)
        engine.hold()
        await engine.all_inside()
        await running.host.crash()
        engine.release()
    done = queue(f"{jobs}-done")
    await until(lambda: client.get_queue_properties().approximate_message_count == 0, 60)
    found: list[str] = []
    while messages := list(done.receive_messages(messages_per_page=32, max_messages=32)):
        found += [base64.b64decode(message.content).decode() for message in messages]
    assert sorted(found, key=int) == [str(number) for number in range(100)]
    assert [facts for facts in running.entries("invocation.finished") if facts["fault"]]
    assert running.host.errors == []


async def test_one_of_two_workers_crashes_and_the_other_goes_on(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        import os, time

        @app.route(route="wait")
        def wait(req: func.HttpRequest) -> str:
            time.sleep(2)
            return str(os.getpid())
        """,
        workers=2,
        fast=True,
    )
    both = [asyncio.create_task(running.ask("/api/wait")) for _one in range(2)]
    await until(lambda: running.host.in_flight == 2)
    first, second = running.host.worker_pids
    await running.host.crash(first)
    answers = [await one for one in both]
    assert sorted((status, body) for status, body, _headers in answers) == [(200, str(second).encode()), (500, b"")]
    assert second in running.host.worker_pids and len(running.host.worker_pids) == 2
    await running.host.crash(first)
    assert len(running.host.worker_pids) == 2


@pytest.mark.covers("Faults: a crash aimed at an attempt that a worker has just got")
async def test_a_crash_is_aimed_at_what_a_worker_has_just_got(run_app: Any) -> None:
    running = await run_app(
        """
        @app.route(route="quick")
        def quick(req: func.HttpRequest) -> str:
            return "done"
        """,
        fast=True,
    )
    host = running.host
    host.on_taken = lambda invocation: host.later(host.crash(invocation.worker_pid))
    for _round in range(5):
        assert (await running.ask("/api/quick"))[0] == 500
    assert [facts["fault"] for facts in running.entries("invocation.finished")] == ["crash"] * 5
    host.on_taken = None
    assert await running.text("/api/quick") == "done"


async def test_faults_are_injected_and_ended_over_http(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await started(run_app, storage, jobs)
    faults = f"{running.host.url}/admin/camp/faults"

    async def put(name: str, fields: Any = None) -> tuple[int, str]:
        async with running.http.post(f"{faults}/{name}", json=fields) as answer:
            return answer.status, await answer.text()

    assert (await put("repeat", {"target": jobs})) == (400, "No message has come yet.")
    assert (await put("late", {"target": jobs.upper(), "by": 0.1, "seconds": 60}))[0] == 200
    async with running.http.get(faults) as answer:
        found = await answer.json()
    assert [fault["target"] for fault in found["active"]] == [jobs]
    assert [kind["name"] for kind in found["kinds"]][:3] == ["crash", "recycle", "repeat"]
    async with running.http.delete(f"{faults}/late?target={jobs}") as answer:
        assert answer.status == 200
    async with running.http.delete(f"{faults}/late?target={jobs}") as answer:
        assert answer.status == 409
    assert (await put("flood"))[0] == 404
    assert (await put("late", {"by": 99}))[0] == 400
    assert (await put("late", [1]))[0] == 400
    queue(jobs).send_message("one")
    await until(lambda: texts(running) == ["one"])
    assert (await put("repeat"))[0] == 200
    await until(lambda: texts(running) == ["one", "one"])
    before = running.host.worker_pids
    assert (await put("crash"))[0] == 200
    assert running.host.worker_pids != before
    async with running.http.post(f"{faults}/crash", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


async def test_faults_over_http_need_the_camps_own_admin(run_app: Any, storage: str, jobs: str) -> None:
    """In checks nothing answers under /admin: an app cannot inject faults into itself, nor end them."""
    running = await started(run_app, storage, jobs, admin=False)
    async with aiohttp.ClientSession() as http, http.get(f"{running.host.url}/admin/camp/faults") as answer:
        assert answer.status == 404
