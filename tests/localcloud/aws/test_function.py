"""A handler in its process, without a queue."""

from pathlib import Path

import pytest

from localcloud.aws.function import BadHandler, Client, FunctionFailed, Handler, Invocation, LambdaFunction

from .conftest import Bench


async def invoked(function: LambdaFunction, event: object = None) -> Invocation:
    try:
        return await function.invoke(event)
    finally:
        await function.stop()


async def test_the_context_has_what_aws_gives(bench: Bench) -> None:
    source = """
        def handler(event, context):
            names = ["aws_request_id", "function_name", "function_version", "memory_limit_in_mb"]
            names += ["invoked_function_arn", "log_group_name", "log_stream_name"]
            return {**{name: getattr(context, name) for name in names}, "left": context.get_remaining_time_in_millis()}
    """
    done = await invoked(bench.function(source, seconds=5.0))
    left = done.answer.pop("left")
    stream = done.answer.pop("log_stream_name")
    assert done.answer == {
        "aws_request_id": done.request_id,
        "function_name": "function",
        "function_version": "$LATEST",
        "memory_limit_in_mb": "128",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:function",
        "log_group_name": "/aws/lambda/function",
    }
    assert 4_000 < left <= 5_000
    assert "[$LATEST]" in stream


async def test_another_function_of_the_file_gets_an_unmodified_boto3_client(bench: Bench) -> None:
    source = """
        def handler(event, context): pass
        def make_queues(sqs, names):
            return tuple(sqs.create_queue(QueueName=name)["QueueUrl"] for name in names)
    """
    function = bench.function(source)
    names = [f"{bench.name}-1", f"{bench.name}-2"]
    try:
        first = await function.call("make_queues", Client("sqs"), names, seconds=20)
        assert first == await function.call("make_queues", Client("sqs"), names)
    finally:
        await function.stop()
    assert [url.rpartition("/")[2] for url in first] == names
    assert all(url.startswith(bench.aws.endpoint) for url in first)


async def test_a_call_that_fails_says_why(bench: Bench) -> None:
    function = bench.function("def handler(event, context): pass\n        \ndef boom(): return 1 / 0")
    try:
        with pytest.raises(FunctionFailed, match="ZeroDivisionError"):
            await function.call("boom")
        with pytest.raises(FunctionFailed, match="Handler 'make_queues' missing on module"):
            await function.call("make_queues")
        assert function.pid
    finally:
        await function.stop()


async def test_a_call_that_never_ends_is_ended(bench: Bench) -> None:
    function = bench.function("import time\ndef handler(event, context): pass\ndef wait(): time.sleep(60)")
    with pytest.raises(FunctionFailed, match="timed out after 0"):
        await function.call("wait", seconds=0.3)
    assert function.pid is None
    await function.stop()


async def test_memory_lasts_until_the_process_is_recycled(bench: Bench) -> None:
    source = """
        calls = 0
        def handler(event, context):
            global calls
            calls += 1
            return calls
    """
    function = bench.function(source)
    try:
        found = [await function.invoke(None), await function.invoke(None)]
        await function.recycle()
        found.append(await function.invoke(None))
    finally:
        await function.stop()
    assert [(one.answer, one.cold) for one in found] == [(1, True), (2, False), (1, True)]


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ("{1, 2}", "Runtime.MarshalError"),
        ("float('nan')", "Runtime.MarshalError"),
        ("'x' * (7 << 20)", "Function.ResponseSizeTooLarge"),
        ("[context]", "Runtime.MarshalError"),
    ],
)
async def test_what_has_no_json_is_an_error_of_the_runtime(bench: Bench, returned: str, kind: str) -> None:
    done = await invoked(bench.function(f"def handler(event, context): return {returned}"))
    assert done.error and done.error.type == kind


async def test_a_decimal_is_a_number(bench: Bench) -> None:
    """DynamoDB's resource returns them."""
    done = await invoked(bench.function("import decimal\ndef handler(event, context): return decimal.Decimal('1.5')"))
    assert done.answer == 1.5


async def test_learner_code_sees_the_local_aws_and_no_settings_of_the_person(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    source = """
        import os, sys
        def handler(event, context):
            own = [name for name in sys.modules if name.split(".")[0] in ("localcloud", "autograder")]
            return [dict(os.environ), own]
    """
    variables, own = (await invoked(bench.function(source))).answer
    assert variables["AWS_ENDPOINT_URL"] == bench.aws.endpoint
    assert variables["AWS_REGION"] == "us-east-1" and variables["AWS_ACCESS_KEY_ID"] == "local"
    assert "AWS_PROFILE" not in variables and "PYTHONPATH" not in variables
    assert own == []


async def test_settings_that_decide_how_python_starts_do_not_reach_it(bench: Bench) -> None:
    """As they do not reach the worker of a Functions host."""
    source = """
        import os
        def handler(event, context):
            return [os.environ.get("COLOUR"), os.environ.get("PYTHONHOME")]
    """
    settings = {"COLOUR": "green", "PYTHONHOME": "/somewhere", "PYTHONPATH": "/somewhere"}
    assert (await invoked(bench.function(source, settings=settings))).answer == ["green", None]


async def test_logging_has_the_format_of_awss_runtime(bench: Bench) -> None:
    source = """
        import logging
        def handler(event, context):
            logging.getLogger().warning("look at %s", event["topic"])
            print("no end of line", end="")
    """
    done = await invoked(bench.function(source), {"topic": "cats"})
    first, second = bench.log.splitlines()
    assert first.startswith("[WARNING]\t") and first.endswith(f"Z\t{done.request_id}\tlook at cats")
    assert second == "no end of line"


async def test_a_process_that_talks_nonsense_on_its_socket_fails_its_invocation(bench: Bench) -> None:
    source = """
        import os
        def handler(event, context):
            for descriptor in map(int, os.listdir("/proc/self/fd")):
                if descriptor < 3:
                    continue
                try:
                    os.write(descriptor, b"\\xff" * 100)
                except OSError:
                    pass
    """
    done = await invoked(bench.function(source))
    assert done.error and done.error.type == "Runtime.ExitError"


@pytest.mark.parametrize("answer", ["[]", "{'at': [0, 99]}", "{'type': 'bytes', 'at': [0, 0]}"])
async def test_a_forged_answer_is_no_answer(bench: Bench, answer: str) -> None:
    source = f"""
        import camp_worker.frames as frames, os
        def handler(event, context):
            header = {{"t": "done", "id": context.aws_request_id, "outputs": {{}}, "returned": {answer}}}
            for descriptor in map(int, os.listdir("/proc/self/fd")):
                if descriptor < 3:
                    continue
                try:
                    os.write(descriptor, frames.frame(header))
                except OSError:
                    pass
    """
    done = await invoked(bench.function(source))
    assert done.error and done.error.type in ("Runtime.ExitError", "Runtime.InvalidResponse")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sqs_worker.py", "write FILE:NAME"),
        ("sqs_worker.py:", "write FILE:NAME"),
        ("sqs_worker.py:2x", "write FILE:NAME"),
        ("sqs_worker.txt:handler", "ends in .py"),
        ("sqs.worker.py:handler", "cannot be imported"),
        ("nowhere/sqs_worker.py:handler", "There is no file"),
    ],
)
def test_what_names_no_handler_is_a_clear_error(text: str, words: str) -> None:
    with pytest.raises(BadHandler, match=words):
        Handler.of(text)


def test_a_handler_is_named_by_file_and_function(tmp_path: Path) -> None:
    (tmp_path / "sqs_worker.py").touch()
    found = Handler.of(f"{tmp_path}/sqs_worker.py:handler")
    assert (found.folder, found.module, found.name) == (tmp_path, "sqs_worker", "handler")


async def test_streams_have_what_programs_expect_of_them(bench: Bench) -> None:
    source = """
        import sys
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
            assert stream.buffer.writable() and stream.writable() and not stream.isatty() and not stream.closed

        def handler(event, context):
            sys.stdout.buffer.write("é€".encode()[:3])
            sys.stdout.buffer.write("é€".encode()[3:])
            sys.stdout.flush()
            print(" printed", flush=True)
            sys.stderr.write("an error without an end of line")
            return [sys.stdout.encoding, sys.stdout.fileno(), sys.stderr.fileno()]
    """
    done = await invoked(bench.function(source))
    assert done.answer == ["utf-8", 1, 2]
    lines = [entry.facts["message"] for entry in bench.journal.entries if entry.kind == "lambda.log"]
    assert lines == ["é€ printed", "an error without an end of line"]
