"""Queue-triggered functions on a real host: reloads, recycled workers and several workers lose no message."""

import base64
import time
import uuid
from typing import Any

import pytest

SLOW = """
    import time

    @app.queue_trigger("message", "%JOBS%", "AzureWebJobsStorage")
    @app.queue_output("done", "%JOBS%-done", "AzureWebJobsStorage")
    def work(message: func.QueueMessage, done: func.Out[str]) -> None:
        time.sleep(float(message.get_json()["seconds"]))
        done.set(f"first {message.dequeue_count}")
"""


@pytest.fixture
def jobs() -> str:
    return f"jobs{uuid.uuid4().hex[:8]}"


def texts(client: Any) -> list[str]:
    return [base64.b64decode(message.content).decode() for message in client.peek_messages(32)]


def settings(storage: str, jobs: str) -> dict[str, str]:
    return {"AzureWebJobsStorage": storage, "JOBS": jobs}


@pytest.mark.covers("Queue trigger: a reload lets the functions that run finish, with the code that they began with")
async def test_a_reload_lets_what_is_in_flight_finish(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    """The real host starts anew while the old one stops, which takes nothing more and waits for what it runs. A message
    that is given back instead comes twice: what its function did in between is done twice."""
    running = await run_app(SLOW, settings=settings(storage, jobs), fast=True)
    client, done = queue(jobs), queue(f"{jobs}-done")
    client.create_queue()
    done.create_queue()
    client.send_message('{"seconds": 4}')
    await until(lambda: running.host.in_flight)
    script = running.host.app_dir / "function_app.py"
    script.write_text(script.read_text().replace("first", "second"))
    started = time.monotonic()
    await running.host.restart()
    assert time.monotonic() - started < 3
    client.send_message('{"seconds": 0}')
    await until(lambda: len(texts(done)) == 2)
    assert texts(done) == ["second 1", "first 1"]
    await until(lambda: client.get_queue_properties().approximate_message_count == 0)


async def test_a_recycled_worker_finishes_what_it_has_begun(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await run_app(SLOW, settings=settings(storage, jobs), fast=True)
    client, done = queue(jobs), queue(f"{jobs}-done")
    client.create_queue()
    done.create_queue()
    client.send_message('{"seconds": 6}')
    await until(lambda: running.host.in_flight)
    await running.host.recycle()
    await until(lambda: texts(done) == ["first 1"])


@pytest.mark.covers("Queue trigger: several workers share the messages, each runs once")
async def test_several_workers_share_the_messages(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    """One listener a host, as in Azure: it hands each message to the worker that has least to do."""
    running = await run_app(
        """
        import os, time

        @app.queue_trigger("message", "%JOBS%", "AzureWebJobsStorage")
        def work(message: func.QueueMessage) -> None:
            time.sleep(0.1)
        """,
        settings=settings(storage, jobs),
        workers=2,
        fast=True,
    )
    client = queue(jobs)
    client.create_queue()
    for number in range(24):
        client.send_message(str(number))
    await until(lambda: len(running.entries("invocation.finished")) == 24)
    finished = running.entries("invocation.finished")
    assert all(facts["ok"] for facts in finished)
    assert {facts["worker_pid"] for facts in finished} == set(running.host.worker_pids)
    await until(lambda: client.get_queue_properties().approximate_message_count == 0)


async def test_a_stopping_host_gives_back_what_does_not_end_in_time(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await run_app(SLOW, settings=settings(storage, jobs), fast=True)
    client = queue(jobs)
    client.create_queue()
    client.send_message('{"seconds": 30}')
    await until(lambda: running.host.in_flight)
    await running.host.restart()
    await running.host.listening.stop()
    assert texts(client) == ['{"seconds": 30}']


@pytest.mark.covers("Queue output: a message that is too long is refused with what to do")
async def test_a_message_that_is_too_long_fails_the_invocation_and_says_what_to_do(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    """64 KB as it is sent, which base64 makes 48 KB of text; the service answers 413 to more."""
    running = await run_app(
        """
        @app.route("put")
        @app.queue_output("out", "%JOBS%", "AzureWebJobsStorage")
        def put(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set("x" * int(req.params["length"]))
            return "ok"
        """,
        settings=settings(storage, jobs),
        fast=True,
    )
    assert (await running.ask("/api/put?length=49152"))[0] == 200
    assert (await running.ask("/api/put?length=49153"))[0] == 500
    assert "RequestBodyTooLarge" in running.lines and "48 KB of text in base64" in running.lines
    [text] = texts(queue(jobs))
    assert len(text) == 49152


async def test_the_poison_path_is_short_with_the_clock_of_checks(
    run_app: Any, until: Any, storage: str, queue: Any, jobs: str
) -> None:
    running = await run_app(
        """
        @app.queue_trigger("message", "%JOBS%", "AzureWebJobsStorage")
        def work(message: func.QueueMessage) -> None:
            raise ValueError("never")
        """,
        settings=settings(storage, jobs),
        host_json={"version": "2.0", "extensions": {"queues": {"visibilityTimeout": "00:00:10"}}},
        fast=True,
    )
    client = queue(jobs)
    client.create_queue()
    started = time.monotonic()
    client.send_message("bad")
    await until(lambda: running.entries("queue.poisoned"))
    seconds = time.monotonic() - started
    assert len(running.entries("invocation.finished")) == 5
    assert seconds < 10  # a tenth of that on a machine that does nothing else
