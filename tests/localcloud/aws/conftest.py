"""One moto for each test process; every test has queues, and a handler's file, of its own."""

import asyncio
import json
import textwrap
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder import project
from localcloud import extras
from localcloud.aws.account import REGION
from localcloud.aws.client import AwsClient
from localcloud.aws.function import FunctionSpec, Handler, LambdaFunction
from localcloud.aws.mapping import EventSourceMapping, Options
from localcloud.aws.moto import Moto
from localcloud.journal import Entry, Journal

PATIENCE = 20.0
Facts = dict[str, Any]


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    extras.ensure("moto", print)
    with Moto() as running:
        yield running


@pytest.fixture
async def aws(moto: Moto) -> AsyncIterator[AwsClient]:
    async with AwsClient(moto.settings["AWS_ENDPOINT_URL"], REGION) as client:
        yield client


class Bench:
    """A queue with a dead-letter queue, and handlers that it is mapped to."""

    def __init__(self, aws: AwsClient, moto: Moto, folder: Path) -> None:
        self.aws = aws
        self.journal = Journal()
        self.name = f"q{uuid.uuid4().hex[:12]}"
        self.url = self.dead_url = ""
        self._moto = moto
        self._folder = folder
        self._mappings: list[EventSourceMapping] = []

    async def make_queues(self, receives: int = 5, visibility: int = 1, suffix: str = "") -> None:
        fifo = {"FifoQueue": "true"} if suffix else {}
        dead = await self.aws.sqs("CreateQueue", QueueName=f"{self.name}-dead{suffix}", Attributes=fifo)
        self.dead_url = dead["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:123456789012:{self.name}-dead{suffix}"
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
        attributes = {"VisibilityTimeout": str(visibility), "RedrivePolicy": redrive, **fifo}
        made = await self.aws.sqs("CreateQueue", QueueName=self.name + suffix, Attributes=attributes)
        self.url = made["QueueUrl"]

    def function(
        self, source: str, name: str = "handler", settings: Mapping[str, str] | None = None, **facts: Any
    ) -> LambdaFunction:
        file = self._folder / f"m{uuid.uuid4().hex[:8]}.py"
        file.write_text(textwrap.dedent(source), "utf-8")
        handler = Handler.of(f"{file}:{name}")
        environ = {**self._moto.settings, "CAMP_TEST": str(self._folder), **(settings or {})}
        return LambdaFunction(FunctionSpec(handler, project.apps_python(), environ, **facts), self.journal)

    def mapping(self, source: str, options: Options | None = None, **facts: Any) -> EventSourceMapping:
        """A mapping that is not started yet."""
        made = EventSourceMapping(self.aws, self.url, self.function(source, **facts), self.journal, options)
        self._mappings.append(made)
        return made

    async def send(self, *bodies: str, **more: Any) -> list[str]:
        """Sends the bodies in one batch; their message ids."""
        entries = [{"Id": str(number), "MessageBody": body, **more} for number, body in enumerate(bodies)]
        answer = await self.aws.sqs("SendMessageBatch", QueueUrl=self.url, Entries=entries)
        return [one["MessageId"] for one in answer["Successful"]]

    async def facts(self, kind: str, count: int = 1) -> list[Facts]:
        """The facts of the first so many entries of the kind, waited for."""
        return [entry.facts for entry in await self.until(lambda found: len(found) >= count, kind)][:count]

    async def until(self, done: Callable[[list[Entry]], bool], kind: str) -> list[Entry]:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            found = [entry for entry in self.journal.entries if entry.kind == kind]
            if done(found):
                return found
            assert asyncio.get_running_loop().time() < deadline, list(self.journal.entries)[-5:]
            await asyncio.sleep(0.02)

    async def depth(self, url: str | None = None) -> tuple[int, int]:
        """How many messages are visible, and how many are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = await self.aws.sqs("GetQueueAttributes", QueueUrl=url or self.url, AttributeNames=names)
        return int(answer["Attributes"][names[0]]), int(answer["Attributes"][names[1]])

    async def dead(self) -> list[Facts]:
        """The messages in the dead-letter queue."""
        answer = await self.aws.sqs(
            "ReceiveMessage",
            QueueUrl=self.dead_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageSystemAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    @property
    def log(self) -> str:
        return "\n".join(entry.facts["message"] for entry in self.journal.entries if entry.kind == "lambda.log")

    async def stop(self) -> None:
        for one in self._mappings:
            await one.stop()


@pytest.fixture
async def bench(aws: AwsClient, moto: Moto, tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(aws, moto, tmp_path)
    await made.make_queues()
    yield made
    await made.stop()
