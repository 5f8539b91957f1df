"""A handler that SQS triggers, as a check runs it: beside the lab's cloud, and in the sandbox."""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from autograder.camp import Camp
from autograder.checking import CheckFailed
from autograder.kinds import kind
from autograder.kinds.sqs_handler import SqsWorker
from autograder.private import PrivateCloud
from autograder.sandbox import Sandbox
from localcloud.aws.view import Aws
from localcloud.cloud import NotAsExpected
from localcloud.registry import service

WORKER = """
import json, os
import boto3

table = boto3.resource("dynamodb").Table("reports")


def make_queues(sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    return sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})["QueueUrl"], dead


def handler(event, context):
    failed = []
    for one in event["Records"]:
        try:
            job = json.loads(one["body"])
            if job["topic"] == "broken":
                raise ValueError(job)
            item = {"id": job["correlation_id"], "colour": os.environ["COLOUR"]}
            table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
            print("did", job["correlation_id"])
        except table.meta.client.exceptions.ConditionalCheckFailedException:
            continue
        except ValueError:
            failed.append({"itemIdentifier": one["messageId"]})
    return {"batchItemFailures": failed}
"""
SETTINGS = '{"IsEncrypted": false, "Values": {"COLOUR": "green", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}}'


# What it got of the settings that decide how the checks themselves run.
SHOWS_SETTINGS = """
import os


def make_queues(sqs):
    return os.environ.get("PYTHONHOME", "-"), os.environ.get("FUNCTIONS_WORKER_PROCESS_COUNT", "-")


def handler(event, context):
    pass
"""


@asynccontextmanager
async def camp_with(
    folder: Path, source: str | None, sandbox: Sandbox | None = None, settings: str = SETTINGS
) -> AsyncIterator[Camp]:
    """What a check sees of a hand-in of this kind alone."""
    if source is not None:
        (folder / "sqs_worker.py").write_text(source, "utf-8")
    (folder / "local.settings.json").write_text(settings)
    async with AsyncExitStack() as stack:
        cell = await sandbox.cell(folder) if sandbox else None
        if cell:
            stack.push_async_callback(cell.close)
        cloud = PrivateCloud("seed", stack, folder / "tmp", cell)
        await cloud.start(("aws",), {"aws": service("aws").prepare({"tables": {"reports": "id"}})})
        staged = await kind("sqs-handler").stage(cloud, folder)
        assert staged
        cloud.add(staged.started)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Camp(random.Random(1), cloud, http)


def job(id: str, topic: str = "cats") -> str:
    return json.dumps({"correlation_id": id, "topic": topic})


@pytest.mark.parametrize("in_sandbox", [False, True])
async def test_a_batch_of_ten_of_which_two_fail(tmp_path: Path, in_sandbox: bool) -> None:
    """The whole of check 4.10 but for the report engine."""
    async with AsyncExitStack() as stack:
        sandbox = stack.enter_context(Sandbox()) if in_sandbox else None
        camp = await stack.enter_async_context(camp_with(tmp_path, WORKER, sandbox))
        worker, aws = camp[SqsWorker], camp[Aws]
        queue, dead = await worker.make_queues()
        assert (queue, dead) == await worker.make_queues()
        assert (await aws.queue(queue)).most_receives == 5
        await aws.set_visibility(queue, 1)
        good = [job(f"job-{number}") for number in range(7)]
        ids = await aws.send(queue, *good, good[0], "not JSON", job("bad", "broken"))
        await worker.start(queue)
        await worker.until(lambda found: len(found) >= 5, expected="five batches")
        await camp.quiet(timeout=20)
        failed = Counter(id for one in worker.invocations for id in one["failed"])
        assert failed == dict.fromkeys(ids[8:], 5)
        assert {one.id for one in await aws.messages(dead)} == set(ids[8:])
        await worker.recycle()
        await worker.pause()
        await aws.send(queue, good[1], job("new"))
        worker.resume()
        await camp.quiet()
        assert worker.invocations[-1]["cold"]
        items = await aws.items("reports")
        assert {item["id"] for item in items} == {*(f"job-{number}" for number in range(7)), "new"}
        assert {item["colour"] for item in items} == {"green"}
        assert "did job-3" in [one.facts["message"] for one in camp.journal.entries if one.kind == "lambda.log"]


@pytest.mark.parametrize("in_sandbox", [False, True])
async def test_settings_that_are_ours_are_not_the_handlers_to_give(tmp_path: Path, in_sandbox: bool) -> None:
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "boto3.py").write_text("raise RuntimeError('not the real one')")
    wrong = {"PYTHONPATH": str(tmp_path / "wrong"), "PYTHONHOME": "/tmp/wrong", "FUNCTIONS_WORKER_PROCESS_COUNT": "7"}
    settings = json.dumps({"IsEncrypted": False, "Values": wrong})
    async with AsyncExitStack() as stack:
        sandbox = stack.enter_context(Sandbox()) if in_sandbox else None
        camp = await stack.enter_async_context(camp_with(tmp_path, SHOWS_SETTINGS, sandbox, settings))
        assert await camp[SqsWorker].make_queues() == ("-", "-")


async def test_a_hand_in_without_the_file_fails_the_check_that_asks_for_it(tmp_path: Path) -> None:
    async with camp_with(tmp_path, None) as camp:
        with pytest.raises(CheckFailed) as caught:
            await camp[SqsWorker].make_queues()
    assert caught.value.seen == "There is no sqs_worker.py."


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_such", "Unable to import module 'sqs_worker': No module named 'nothing_such'"),
        ("def handler(event, context): pass", "Handler 'make_queues' missing on module 'sqs_worker'"),
        (
            "def handler(event, context): pass\ndef make_queues(sqs): return 1 / 0",
            "ZeroDivisionError: division by zero",
        ),
        ("def handler(event, context): pass\ndef make_queues(sqs): return {'a': 1}", r"returned \{'a': 1\}"),
        ("def handler(event, context): pass\ndef make_queues(sqs): raise SystemExit(3)", "Runtime.ExitError"),
    ],
)
async def test_what_is_wrong_with_make_queues_fails_the_check(tmp_path: Path, source: str, words: str) -> None:
    async with camp_with(tmp_path, source) as camp:
        with pytest.raises(CheckFailed, match=words):
            await camp[SqsWorker].make_queues()


async def test_a_wait_that_is_in_vain_tells_the_last_error(tmp_path: Path) -> None:
    broken = WORKER.replace("failed = []", "raise RuntimeError('no luck')")
    async with camp_with(tmp_path, broken) as camp:
        worker = camp[SqsWorker]
        queue, _dead = await worker.make_queues()
        await camp[Aws].send(queue, job("a"))
        await worker.start(queue)
        with pytest.raises(NotAsExpected) as caught:
            await worker.until(lambda found: len(found) > 5, expected="six", seconds=4)
    assert caught.value.seen == "Time-out: after 4 seconds. Calls of the handler: 1. RuntimeError: no luck"
