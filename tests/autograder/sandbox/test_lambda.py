"""A Lambda function in a cell: the third program beside the Functions worker and the notebook."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from autograder import project
from autograder.answers.launching import InCell
from autograder.sandbox import Sandbox
from localcloud import extras
from localcloud.aws.account import REGION
from localcloud.aws.client import AwsClient
from localcloud.aws.function import PROGRAM, Client, FunctionSpec, Handler, LambdaFunction
from localcloud.aws.mapping import EventSourceMapping
from localcloud.aws.moto import Moto
from localcloud.journal import Journal

WORKER = """
import json, os, socket, sys, time
import boto3

calls = 0


def make_queues(sqs):
    return [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("reports", "dead")]


def handler(event, context):
    global calls
    calls += 1
    for one in event["Records"]:
        what = json.loads(one["body"])["do"]
        if what == "wait":
            time.sleep(60)
        elif what == "print":
            print("x" * 10_000_000)
        elif what == "connect":
            socket.create_connection(("127.0.0.1", int(json.loads(one["body"])["port"])), 1)
    print("calls", calls, os.getcwd(), sys.argv[0])
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    extras.ensure("moto", print)
    with Moto() as running:
        yield running


@asynccontextmanager
async def mapped(sandbox: Sandbox, moto: Moto, app: Path) -> AsyncIterator[tuple[AwsClient, str, Journal]]:
    """A mapping of the queue `reports` to the handler in a cell."""
    journal = Journal()
    (app / "sqs_worker.py").write_text(WORKER, "utf-8")
    cell = await sandbox.cell(app)
    try:
        await cell.open_passage(moto.port)
        handler = Handler.of(f"{app}/sqs_worker.py:handler")
        launcher = InCell(cell, PROGRAM)
        spec = FunctionSpec(handler, project.apps_python(), moto.settings, seconds=3.0, launcher=launcher)
        function = LambdaFunction(spec, journal)
        url, _dead = await function.call("make_queues", Client("sqs"))
        async with AwsClient(moto.settings["AWS_ENDPOINT_URL"], REGION) as aws:
            mapping = EventSourceMapping(aws, url, function, journal)
            mapping.start()
            yield aws, url, journal
            await mapping.stop()
        assert cell.exceeded is None
    finally:
        await cell.close()


async def finished(aws: AwsClient, url: str, journal: Journal, body: str) -> dict[str, object]:
    """The facts of the invocation that gets this body."""
    since = journal.last
    await aws.sqs("SendMessage", QueueUrl=url, MessageBody=body)
    async for entry in journal.follow(since):
        if entry.kind == "lambda.finished":
            return entry.facts
    raise AssertionError


@pytest.mark.parametrize("warm", [True, False])
async def test_a_handler_runs_in_a_cell_with_boto3_as_it_is(moto: Moto, tmp_path: Path, warm: bool) -> None:
    with Sandbox(warm=warm) as sandbox:
        async with mapped(sandbox, moto, tmp_path) as (aws, url, journal):
            facts = await finished(aws, url, journal, '{"do": "nothing"}')
    assert facts["outcome"] == "succeeded"
    (line,) = (entry.facts["message"] for entry in journal.entries if entry.kind == "lambda.log")
    assert line == "calls 1 /home/site/wwwroot /opt/lambda/start.py"


async def test_a_time_out_and_ten_megabytes_of_output_leave_the_cell_as_it_is(
    sandbox: Sandbox, moto: Moto, tmp_path: Path
) -> None:
    async with mapped(sandbox, moto, tmp_path) as (aws, url, journal):
        assert (await finished(aws, url, journal, '{"do": "wait"}'))["outcome"] == "timed out"
        assert (await finished(aws, url, journal, '{"do": "print"}'))["outcome"] == "succeeded"
        again = await finished(aws, url, journal, '{"do": "nothing"}')
    assert (again["outcome"], again["cold"]) == ("succeeded", False)


async def test_a_handler_reaches_its_own_aws_and_no_other(sandbox: Sandbox, moto: Moto, tmp_path: Path) -> None:
    with Moto() as other:
        async with mapped(sandbox, moto, tmp_path) as (aws, url, journal):
            facts = await finished(aws, url, journal, f'{{"do": "connect", "port": {other.port}}}')
    assert facts["error"] == "ConnectionRefusedError: [Errno 111] Connection refused"
