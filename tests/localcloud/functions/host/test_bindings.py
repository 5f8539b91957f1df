import json
from typing import Any

import pytest


@pytest.mark.covers("Queue output: written after success; %SETTING% and {expressions} in the queue's name")
async def test_a_request_becomes_messages_and_messages_run_functions(run_app: Any, until: Any, storage: str) -> None:
    running = await run_app(
        """
        import logging, typing

        @app.route(route="send/{to}")
        @app.queue_output("out", "{to}-jobs", "AzureWebJobsStorage")
        def send(req: func.HttpRequest, out: func.Out[typing.List[str]]) -> str:
            out.set(['{"id": "one"}', '{"id": "two"}'])
            return "sent"

        @app.queue_trigger("message", "quick-jobs", "AzureWebJobsStorage")
        @app.queue_output("$return", "%DONE%", "AzureWebJobsStorage")
        def work(message: func.QueueMessage, context: func.Context) -> str:
            logging.info("work %s %s", message.get_json()["id"], message.dequeue_count)
            return message.get_json()["id"] + " done"

        @app.queue_trigger("text", "%DONE%", "AzureWebJobsStorage")
        def done(text: str) -> None:
            logging.info("heard %s", text)
        """,
        settings={"AzureWebJobsStorage": storage, "DONE": "finished"},
        fast=True,
    )
    assert await running.text("/api/send/quick") == "sent"
    await until(lambda: "heard one done" in running.lines and "heard two done" in running.lines)
    assert "work one 1" in running.lines and "New queue message detected on 'quick-jobs'." in running.lines
    traces = {entry["trace"] for entry in running.entries("invocation.finished")}
    assert len(traces) == 1


@pytest.mark.covers("Queue trigger: five failures of a real function, and its message is poison")
async def test_five_failures_and_a_message_is_poison(run_app: Any, until: Any, storage: str, queue: Any) -> None:
    running = await run_app(
        """
        @app.queue_trigger("message", "unlucky", "AzureWebJobsStorage")
        def unlucky(message: func.QueueMessage) -> None:
            raise ValueError(f"attempt {message.dequeue_count}")
        """,
        settings={"AzureWebJobsStorage": storage},
        fast=True,
    )
    client = queue("unlucky")
    client.create_queue()
    client.send_message("bad")
    await until(lambda: running.entries("queue.poisoned"))
    assert [f"attempt {number}" in running.lines for number in range(1, 6)] == [True] * 5
    assert len(running.entries("invocation.finished")) == 5
    [poison] = queue("unlucky-poison").peek_messages(5)
    assert poison.content == "YmFk"


@pytest.mark.covers("Queue trigger: a crash of the worker delivers again")
async def test_a_crash_in_mid_call_delivers_the_message_again(
    run_app: Any, until: Any, storage: str, queue: Any
) -> None:
    running = await run_app(
        """
        import time

        @app.queue_trigger("message", "crashing", "AzureWebJobsStorage")
        def work(message: func.QueueMessage) -> None:
            if message.dequeue_count == 1:
                time.sleep(60)
        """,
        settings={"AzureWebJobsStorage": storage},
        fast=True,
    )
    client = queue("crashing")
    client.create_queue()
    client.send_message("job")
    await until(lambda: running.host.in_flight)
    await running.host.crash()
    await until(lambda: len(running.entries("invocation.finished")) == 2)
    assert [entry["ok"] for entry in running.entries("invocation.finished")] == [False, True]


@pytest.mark.covers("Queue trigger: a missing connection is told of, and the rest runs")
async def test_a_missing_connection_is_told_and_the_rest_runs(run_app: Any, until: Any) -> None:
    running = await run_app("""
        @app.queue_trigger("message", "jobs", "Elsewhere")
        def work(message: func.QueueMessage) -> None: ...

        @app.route(route="hello")
        def hello(req: func.HttpRequest) -> str:
            return "hello"
    """)
    assert await running.text("/api/hello") == "hello"
    assert "unable to start" in running.lines and "Elsewhere" in running.lines


@pytest.mark.covers("Queue output: nothing is written when the function fails")
async def test_nothing_is_written_when_a_function_fails(run_app: Any, until: Any, storage: str, queue: Any) -> None:
    running = await run_app(
        """
        @app.route(route="half")
        @app.queue_output("out", "half", "AzureWebJobsStorage")
        def half(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set("written")
            raise ValueError("after all")
        """,
        settings={"AzureWebJobsStorage": storage},
    )
    assert (await running.ask("/api/half"))[0] == 500
    assert running.entries("output.written") == []


@pytest.mark.covers("Logging: the journal links outputs to the invocations that they cause")
async def test_the_journal_links_a_message_to_the_function_that_it_runs(run_app: Any, until: Any, storage: str) -> None:
    running = await run_app(
        """
        @app.route(route="tell")
        @app.queue_output("out", "Linked", "AzureWebJobsStorage")
        def tell(req: func.HttpRequest, out: func.Out[str]) -> str:
            out.set('["one", "two"]')
            return "told"

        @app.queue_trigger("text", "linked", "AzureWebJobsStorage")
        def heard(text: str) -> None: ...
        """,
        settings={"AzureWebJobsStorage": storage},
        fast=True,
    )
    await running.text("/api/tell")
    await until(lambda: len(running.entries("invocation.finished")) == 3)
    first, *others = running.entries("invocation.started")
    assert not {"queue", "message_id", "blob"} & set(first)
    written = running.entries("output.written")
    assert [(one["binding"], one["type"], one["target"], one["queue"]) for one in written] == [
        ("out", "queue", "linked", "linked")
    ] * 2
    assert {(one["id"], one["trace"]) for one in written} == {(first["id"], first["trace"])}
    assert {one["message_id"] for one in written} == {one["message_id"] for one in others}
    assert [(one["queue"], one["dequeue_count"], one["trace"]) for one in others] == [("linked", 1, first["trace"])] * 2
    json.dumps([entry.to_json() for entry in running.host.journal.entries])


@pytest.mark.covers("Timer: fires a function, with TimerRequest")
async def test_timers_fire_and_carry_their_schedule(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        import logging

        @app.timer_trigger("timer", "0 */1 * * * *", run_on_startup=True)
        def tick(timer: func.TimerRequest) -> None:
            logging.info("tick %s", timer.past_due)
        """,
        fast=True,
    )
    await until(lambda: running.lines.count("tick False") >= 2)
    assert "RunOnStartup" in running.lines and "Timer fired at" in running.lines


async def test_a_timer_that_fires_all_the_time_leaves_the_host_quiet(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        @app.timer_trigger("timer", "*/10 * * * * *")
        def tick(timer: func.TimerRequest) -> None: ...
        """,
        fast=True,
    )
    await until(lambda: running.entries("invocation.finished"))
    fired = len(running.entries("invocation.finished"))
    await running.host.quiet(silence=1.0, timeout=10.0)
    await until(lambda: len(running.entries("invocation.finished")) > fired + 3)


@pytest.mark.covers("Retries: fixed delay; the same invocation id; retry_context in the function")
async def test_a_retry_policy_tries_again_with_the_same_invocation(run_app: Any, until: Any) -> None:
    running = await run_app(
        """
        @app.route(route="flaky")
        @app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
        def flaky(req: func.HttpRequest, context: func.Context) -> str:
            retry = context.retry_context
            print(f"attempt {retry.retry_count} of {retry.max_retry_count} {context.invocation_id}")
            if retry.retry_count < 2:
                raise ValueError("not yet")
            return str(retry.exception.message)
        """,
        fast=True,
    )
    assert "not yet" in await running.text("/api/flaky")
    attempts = [line for line in running.host.log.lines if line.startswith("attempt")]
    assert [line.split()[1] for line in attempts] == ["0", "1", "2"]
    assert len({line.split()[-1] for line in attempts}) == 1


@pytest.mark.covers("Retries: a policy on a trigger that Azure does not retry is warned of")
async def test_a_retry_policy_on_another_trigger_is_warned_of(run_app: Any) -> None:
    running = await run_app("""
        @app.route()
        @app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="00:00:01")
        def hello(req: func.HttpRequest) -> str:
            return "hello"

        @app.timer_trigger("timer", "0 0 0 1 1 *")
        @app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="00:00:01")
        def tick(timer: func.TimerRequest) -> None: ...
    """)
    assert running.lines.count("Soon retries will not be supported for function 'hello'") == 1
    assert "for function 'tick'" not in running.lines
