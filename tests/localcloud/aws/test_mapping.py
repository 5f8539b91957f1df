"""The mapping between a queue and a handler, with moto, boto3 and worker processes as they are."""

import asyncio
import json

import pytest

from localcloud.aws.client import AwsClient
from localcloud.aws.mapping import Options

from .conftest import Bench

TAKES_ALL = "def handler(event, context): return {'batchItemFailures': []}"
FAILS_BAD = """
    def handler(event, context):
        bad = [one for one in event["Records"] if one["body"].startswith("bad")]
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in bad]}
"""
KEEPS_EVENTS = """
    import json, os, pathlib
    def handler(event, context):
        with open(pathlib.Path(os.environ["CAMP_TEST"], "events"), "a") as file:
            file.write(json.dumps(event) + "\\n")
"""


async def test_a_batch_of_ten_is_handled_and_deleted(bench: Bench) -> None:
    ids = await bench.send(*(f"job {number}" for number in range(10)))
    bench.mapping(TAKES_ALL).start()
    (invoked,) = await bench.facts("lambda.invoked")
    (finished,) = await bench.facts("lambda.finished")
    assert [one["id"] for one in invoked["messages"]] == ids
    assert [one["receives"] for one in invoked["messages"]] == [1] * 10
    assert invoked["cold"] and invoked["request_id"] == finished["request_id"]
    assert (finished["outcome"], finished["succeeded"], finished["failed"]) == ("succeeded", ids, [])
    assert await bench.depth() == (0, 0)


async def test_only_reported_messages_come_back_and_move_aside_after_five_receives(bench: Bench) -> None:
    good, bad = await bench.send("good", "bad one")
    bench.mapping(FAILS_BAD).start()
    found = await bench.facts("lambda.finished", 5)
    assert [one["outcome"] for one in found] == ["partial", *["failed"] * 4]
    assert [one["failed"] for one in found] == [[bad]] * 5
    assert found[0]["succeeded"] == [good]
    assert [one["to_dead_letters"] for one in found] == [[]] * 4 + [[bad]]
    receives = [one["messages"][-1]["receives"] for one in await bench.facts("lambda.invoked", 5)]
    assert receives == [1, 2, 3, 4, 5]
    for _attempt in range(100):
        if dead := await bench.dead():
            break
        await asyncio.sleep(0.1)
    assert [one["Body"] for one in dead] == ["bad one"]
    assert await bench.depth() == (0, 0)
    assert len(await bench.facts("lambda.invoked", 5)) == 5


async def test_an_exception_fails_the_whole_batch_and_says_where(bench: Bench) -> None:
    ids = await bench.send("a", "b")
    bench.mapping("def handler(event, context):\n        raise ValueError('no such topic')").start()
    (finished,) = await bench.facts("lambda.finished")
    assert (finished["outcome"], finished["failed"]) == ("failed", ids)
    assert finished["error"] == "ValueError: no such topic"
    assert "line 2, in handler" in finished["traceback"] and "runtime.py" not in finished["traceback"]


async def test_a_malformed_answer_fails_the_whole_batch_and_says_why(bench: Bench) -> None:
    ids = await bench.send("a", "b")
    bench.mapping("def handler(event, context): return {'batchItemFailures': [{'messageId': 'a'}]}").start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["failed"] == ids
    assert finished["malformed"] == "a failure has no 'itemIdentifier' that is a message id"


async def test_without_reporting_a_list_of_failures_is_ignored(bench: Bench) -> None:
    await bench.send("bad")
    bench.mapping(FAILS_BAD, Options(report_failures=False)).start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["outcome"] == "succeeded"
    assert await bench.depth() == (0, 0)


async def test_a_failed_batch_comes_back_after_the_visibility_time_out(bench: Bench) -> None:
    await bench.make_queues()
    await bench.send("bad")
    bench.mapping(FAILS_BAD).start()
    await bench.facts("lambda.finished", 2)
    first, second = (entry.at for entry in bench.journal.entries if entry.kind == "lambda.invoked")
    assert 0.9 < second - first < 3


async def test_records_are_as_aws_writes_them(bench: Bench) -> None:
    attributes = {"trace": {"DataType": "String", "StringValue": "abc"}}
    await bench.send("hello", MessageAttributes=attributes)
    mapping = bench.mapping(KEEPS_EVENTS)
    mapping.start()
    await bench.facts("lambda.finished")
    event = json.loads((mapping.function.spec.handler.folder / "events").read_text().splitlines()[0])
    (one,) = event["Records"]
    assert set(one) == {
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody"),
        *("md5OfMessageAttributes", "eventSource", "eventSourceARN", "awsRegion"),
    }
    assert set(one["attributes"]) == {
        *("ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"),
    }
    assert one["body"] == "hello" and one["awsRegion"] == "us-east-1"
    assert one["eventSourceARN"] == f"arn:aws:sqs:us-east-1:123456789012:{bench.name}"
    assert one["messageAttributes"]["trace"]["stringValue"] == "abc"


async def test_a_time_out_ends_the_process_and_the_batch_comes_back_to_a_new_one(bench: Bench) -> None:
    await bench.send("slow")
    source = """
        import os, pathlib, time
        seen = pathlib.Path(os.environ["CAMP_TEST"], "seen")
        def handler(event, context):
            if not seen.exists():
                seen.touch()
                print("before the wait")
                time.sleep(60)
    """
    bench.mapping(source, seconds=0.6).start()
    first, second = await bench.facts("lambda.finished", 2)
    assert (first["outcome"], second["outcome"]) == ("timed out", "succeeded")
    assert first["error"] == "Sandbox.Timedout: Task timed out after 0.60 seconds"
    assert second["cold"]
    assert "before the wait" in bench.log
    (started, again) = await bench.facts("lambda.started", 2)
    assert started["pid"] != again["pid"]


@pytest.mark.parametrize("leaving", ["sys.exit(3)", "os._exit(3)", "os.kill(os.getpid(), 9)"])
async def test_a_handler_that_leaves_fails_its_batch_and_the_next_process_goes_on(bench: Bench, leaving: str) -> None:
    await bench.send("once")
    source = f"""
        import os, pathlib, sys
        seen = pathlib.Path(os.environ["CAMP_TEST"], "seen")
        def handler(event, context):
            if not seen.exists():
                seen.touch()
                {leaving}
    """
    bench.mapping(source).start()
    first, second = await bench.facts("lambda.finished", 2)
    assert first["outcome"] == "failed" and first["error"].startswith("Runtime.ExitError: python exited with code")
    assert second["outcome"] == "succeeded" and second["cold"]


async def test_a_module_that_cannot_be_imported_fails_every_batch_in_the_words_of_aws(bench: Bench) -> None:
    await bench.send("a")
    bench.mapping("import no_such_package\ndef handler(event, context): pass").start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["error"].startswith("Runtime.ImportModuleError: Unable to import module 'm")
    assert finished["error"].endswith("No module named 'no_such_package'")


async def test_a_handler_that_is_missing_is_named(bench: Bench) -> None:
    await bench.send("a")
    bench.mapping("def handle(event, context): pass").start()
    (finished,) = await bench.facts("lambda.finished")
    assert "Runtime.HandlerNotFound: Handler 'handler' missing on module" in finished["error"]


async def test_a_coroutine_is_no_answer(bench: Bench) -> None:
    """AWS's runtime does not await a handler either."""
    await bench.send("a")
    bench.mapping("async def handler(event, context): return {}").start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["error"].startswith("Runtime.MarshalError: Unable to marshal response: Object of type coroutine")


async def test_ten_megabytes_of_output_hurt_nobody(bench: Bench) -> None:
    await bench.send("a")
    source = """
        def handler(event, context):
            print("first")
            for _number in range(1000):
                print("x" * 10_000)
    """
    bench.mapping(source).start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["outcome"] == "succeeded"
    assert bench.log.startswith("first\nxxx")
    assert "more characters of output were not kept" in bench.log
    assert len(bench.log) < 80_000


async def test_ten_megabytes_past_pythons_own_streams_hurt_nobody(bench: Bench) -> None:
    await bench.send("a")
    source = """
        import os
        def handler(event, context):
            for _number in range(1000):
                os.write(1, b"y" * 9_999 + b"\\n")
    """
    bench.mapping(source).start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["outcome"] == "succeeded"
    assert len(bench.log) < 150_000


async def test_a_handler_that_deletes_the_queue_is_a_problem_that_is_told(bench: Bench) -> None:
    await bench.send("a")
    source = """
        import os, boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=event["Records"][0]["eventSourceARN"].split(":")[-1])["QueueUrl"])
    """
    bench.mapping(source, seconds=20).start()
    (finished,) = await bench.facts("lambda.finished")
    assert "NonExistentQueue" in finished["not_deleted"] or "QueueDoesNotExist" in finished["not_deleted"]
    (problem,) = await bench.facts("lambda.problem")
    assert "does not exist" in problem["problem"]
    await bench.make_queues()
    await bench.send("b")
    assert (await bench.facts("lambda.problem", 2))[1]["problem"] == "The queue answers again."
    await bench.facts("lambda.invoked", 2)


async def test_a_handler_that_deletes_its_message_itself_is_no_problem(bench: Bench) -> None:
    await bench.send("a")
    source = """
        import boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            for one in event["Records"]:
                url = sqs.get_queue_url(QueueName=one["eventSourceARN"].split(":")[-1])["QueueUrl"]
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["receiptHandle"])
    """
    bench.mapping(source, seconds=20).start()
    (finished,) = await bench.facts("lambda.finished")
    assert finished["outcome"] == "succeeded" and finished["not_deleted"] is None
    assert await bench.depth() == (0, 0)


async def test_a_fifo_queue_is_handled_in_order_and_nothing_overtakes_a_failure(bench: Bench) -> None:
    await bench.make_queues(suffix=".fifo", receives=2)
    for number, body in enumerate(["a", "bad", "c"]):
        await bench.aws.sqs(
            "SendMessage",
            QueueUrl=bench.url,
            MessageBody=body,
            MessageGroupId="g",
            MessageDeduplicationId=str(number),
        )
    source = """
        def handler(event, context):
            failed = []
            for one in event["Records"]:
                if failed or one["body"] == "bad":
                    failed.append({"itemIdentifier": one["messageId"]})
                else:
                    print("did", one["body"], one["attributes"]["MessageGroupId"])
            return {"batchItemFailures": failed}
    """
    bench.mapping(source).start()
    first, second = await bench.facts("lambda.invoked", 2)
    assert [one["body"] for one in first["messages"]] == ["a", "bad", "c"]
    assert [one["body"] for one in second["messages"]] == ["bad", "c"]
    assert bench.log == "did a g"


async def test_what_is_sent_during_a_pause_arrives_as_one_batch(bench: Bench) -> None:
    mapping = bench.mapping(TAKES_ALL)
    mapping.start()
    await asyncio.sleep(0.3)
    await mapping.pause()
    for number in range(4):
        await bench.send(f"job {number}")
    assert await bench.depth() == (4, 0)
    mapping.resume()
    (invoked,) = await bench.facts("lambda.invoked")
    assert [one["receives"] for one in invoked["messages"]] == [1] * 4


async def test_a_mapping_waits_for_an_aws_that_does_not_answer(bench: Bench) -> None:
    mapping = bench.mapping(TAKES_ALL)
    async with AwsClient("http://127.0.0.1:9", "us-east-1") as nobody:
        mapping._aws = nobody
        mapping.start()
        (problem,) = await bench.facts("lambda.problem")
        assert "http://127.0.0.1:9" in problem["problem"]
        await mapping.stop()


async def test_powertools_report_partial_failures_and_fail_the_batch_when_all_failed(bench: Bench) -> None:
    await bench.send("good", "bad")
    source = """
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
        processor = BatchProcessor(event_type=EventType.SQS)
        def record_handler(record):
            if record.body == "bad":
                raise ValueError("bad")
        def handler(event, context):
            return process_partial_response(
                event=event, record_handler=record_handler, processor=processor, context=context
            )
    """
    bench.mapping(source, seconds=20).start()
    first, second = await bench.facts("lambda.finished", 2)
    assert (first["outcome"], len(first["succeeded"]), len(first["failed"])) == ("partial", 1, 1)
    assert second["error"].startswith("BatchProcessingError")
