"""ministack's Lambda and its event-source mapping as the oracle of ours, on a table of handlers.

Not where it differs from AWS: it takes malformed answers (an empty or unknown identifier, another key, an answer that
is no object) for a success.
"""

import asyncio
import io
import json
import os
import subprocess
import textwrap
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from autograder import project
from localcloud import extras
from localcloud.aws.account import settings
from localcloud.aws.client import AwsClient
from localcloud.aws.function import FunctionSpec, Handler, LambdaFunction
from localcloud.aws.mapping import EventSourceMapping, Options
from localcloud.aws.moto import Moto
from localcloud.journal import Journal
from localcloud.loopback import LOOPBACK, free_port

pytestmark = pytest.mark.skipif(
    not extras.is_installed("ministack"), reason="the extra ministack is not installed: ./camp setup ministack"
)

BODIES = ("good", "bad", "also good")
PATIENCE = 60.0
SECONDS, VISIBILITY = 3, "4"  # AWS wants a visibility time-out that is longer than the function's
WRITES = """
import json, os, sys, time
def seen(event):
    with open(os.environ["SEEN"], "a") as file:
        file.write(json.dumps(event) + "\\n")
def failures(event):
    bad = [one["messageId"] for one in event["Records"] if one["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": id} for id in bad]}
"""


@dataclass(frozen=True)
class Case:
    """A handler's body, and which bodies end in the dead-letter queue."""

    code: str
    dead: tuple[str, ...] = ()
    report_failures: bool = True


CASES = {
    "returns-nothing": Case("pass"),
    "returns-an-empty-object": Case("return {}"),
    "returns-an-empty-list": Case("return {'batchItemFailures': []}"),
    "returns-another-object": Case("return {'statusCode': 200}"),
    "reports-one": Case("return failures(event)", ("bad",)),
    "reports-one-twice": Case(
        "found = failures(event)['batchItemFailures']; return {'batchItemFailures': found * 2}", ("bad",)
    ),
    "reports-to-a-mapping-that-ignores-it": Case("return failures(event)", (), report_failures=False),
    "raises": Case("raise ValueError('no')", BODIES),
    "raises-without-reporting": Case("raise ValueError('no')", BODIES, report_failures=False),
    "returns-what-has-no-json": Case("return {1, 2}", BODIES),
    "leaves": Case("os._exit(3)", BODIES),
    "runs-too-long": Case("time.sleep(30)", BODIES),
}


def source(case: Case) -> str:
    return WRITES + textwrap.dedent(f"""
        def handler(event, context):
            seen(event)
            {case.code}
    """)


def client(endpoint: str, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("ministack"), free_port()
    environment = {**os.environ, "BIND_HOST": LOOPBACK, "GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    command = [str(extras.environment("ministack").python), "-m", "ministack"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"http://{LOOPBACK}:{port}/_ministack/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    extras.ensure("moto", print)
    with Moto() as running:
        yield running


def queues(endpoint: str, name: str) -> tuple[str, str]:
    """A queue with three messages, and its dead-letter queue, to which messages go after two receives."""
    sqs = client(endpoint, "sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"})
    attributes = {"VisibilityTimeout": VISIBILITY, "RedrivePolicy": redrive}
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], dead


def send(endpoint: str, url: str) -> None:
    attributes = {"topic": {"DataType": "String", "StringValue": "cats"}}
    entries = [
        {"Id": str(number), "MessageBody": body, "MessageAttributes": attributes} for number, body in enumerate(BODIES)
    ]
    client(endpoint, "sqs").send_message_batch(QueueUrl=url, Entries=entries)


def deploy(endpoint: str, name: str, case: Case, seen: Path, queue: str) -> None:
    """The function and its mapping, in ministack. The function is warm when the mapping starts: ministack takes so long
    to start one that its messages would be visible again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("worker.py", source(case))
    functions = client(endpoint, "lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="worker.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=SECONDS,
        Environment={"Variables": {"SEEN": str(seen)}},
    )
    functions.invoke(FunctionName=name, Payload=b'{"Records": []}')
    arn = client(endpoint, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    functions.create_event_source_mapping(
        EventSourceArn=arn["Attributes"]["QueueArn"],
        FunctionName=name,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"] if case.report_failures else [],
    )


async def theirs(endpoint: str, folder: Path) -> dict[str, str]:
    """All cases in ministack; the URL of each one's dead-letter queue."""
    made = {name: queues(endpoint, name) for name in CASES}
    for name, case in CASES.items():
        deploy(endpoint, name, case, folder / f"{name}.theirs", made[name][0])
        send(endpoint, made[name][0])
        await until_settled(endpoint, [made[name][0]])  # one at a time: beside others it starts a function slowly
    return {name: dead for name, (_url, dead) in made.items()}


async def ours(endpoint: str, folder: Path) -> dict[str, str]:
    """All cases with our mapping and moto."""
    made = {name: queues(endpoint, name) for name in CASES}
    mappings = []
    async with AwsClient(endpoint, "us-east-1") as aws:
        for name, case in CASES.items():
            send(endpoint, made[name][0])
            file = folder / f"{name.replace('-', '_')}.py"
            file.write_text(source(case))
            environ = {**settings(endpoint), "SEEN": str(folder / f"{name}.ours")}
            spec = FunctionSpec(Handler.of(f"{file}:handler"), project.apps_python(), environ, seconds=SECONDS)
            journal = Journal()
            function = LambdaFunction(spec, journal)
            options = Options(report_failures=case.report_failures)
            mappings.append(EventSourceMapping(aws, made[name][0], function, journal, options))
            mappings[-1].start()
        await until_settled(endpoint, [url for url, _dead in made.values()])
        for one in mappings:
            await one.stop()
    return {name: dead for name, (_url, dead) in made.items()}


async def until_settled(endpoint: str, urls: list[str]) -> None:
    """Returns when every message has left these queues."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    async with AwsClient(endpoint, "us-east-1") as aws:
        deadline = time.monotonic() + PATIENCE
        left = list(urls)
        while left:
            assert time.monotonic() < deadline, left
            found = await aws.sqs("GetQueueAttributes", QueueUrl=left[0], AttributeNames=names)
            if not any(int(found["Attributes"][name]) for name in names):
                left.pop(0)
            await asyncio.sleep(0.05)


async def bodies(endpoint: str, url: str) -> list[str]:
    async with AwsClient(endpoint, "us-east-1") as aws:
        answer = await aws.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return sorted(one["Body"] for one in answer.get("Messages", []))


@dataclass(frozen=True)
class Compared:
    """What both did with all cases: the endpoints, the dead-letter queues, and where the events were written."""

    folder: Path
    ends: dict[str, tuple[str, dict[str, str]]]

    async def dead(self, side: str, name: str) -> list[str]:
        endpoint, queues = self.ends[side]
        return await bodies(endpoint, queues[name])

    def deliveries(self, side: str, name: str) -> list[tuple[str, str]]:
        """Which body was delivered with which receive count; sorted, as a batch may be split."""
        lines = (self.folder / f"{name}.{side}").read_text().splitlines()
        records = [record for line in lines for record in json.loads(line)["Records"]]
        return sorted((one["body"], one["attributes"]["ApproximateReceiveCount"]) for one in records)

    def record(self, side: str) -> dict[str, Any]:
        last = (self.folder / f"returns-nothing.{side}").read_text().splitlines()[-1]
        return next(one for one in json.loads(last)["Records"] if one["body"] == "good")


@pytest.fixture(scope="module")
def compared(moto: Moto, ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("compared")

    async def both() -> tuple[dict[str, str], dict[str, str]]:
        return await ours(moto.endpoint, folder), await theirs(ministack, folder)

    mine, other = asyncio.run(both())
    return Compared(folder, {"ours": (moto.endpoint, mine), "theirs": (ministack, other)})


@pytest.mark.parametrize("name", CASES)
async def test_the_same_messages_die_after_the_same_deliveries(compared: Compared, name: str) -> None:
    assert await compared.dead("ours", name) == sorted(CASES[name].dead)
    assert await compared.dead("theirs", name) == sorted(CASES[name].dead)
    assert compared.deliveries("ours", name) == compared.deliveries("theirs", name)


def test_records_have_the_same_keys(compared: Compared) -> None:
    """But for the digest of the message attributes, which AWS adds and ministack does not."""
    mine, other = compared.record("ours"), compared.record("theirs")
    assert mine.keys() - {"md5OfMessageAttributes"} == other.keys() - {"md5OfMessageAttributes"}
    assert mine["attributes"].keys() == other["attributes"].keys()
    for name in ("body", "md5OfBody", "eventSource", "awsRegion"):
        assert mine[name] == other[name]
    assert mine["messageAttributes"]["topic"].items() >= {"stringValue": "cats", "dataType": "String"}.items()
    assert other["messageAttributes"]["topic"].items() <= mine["messageAttributes"]["topic"].items()
