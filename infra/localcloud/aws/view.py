"""What a check sees of AWS: queues and their messages, and the items of tables, from outside of the learner's code."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localcloud.cloud import NotAsExpected, View
from localcloud.messages import _, ngettext

from .client import AwsClient, AwsError
from .records import Queue, queue_of

MOST_MESSAGES, SECONDS_OF_LOOK = 10, 30
LOOK_EVERY = 0.05
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True)
class SqsMessage:
    """A message that was looked at; `receives` counts this look too."""

    id: str
    body: str
    receives: int


@dataclass(frozen=True)
class Depth:
    """How many messages a queue holds: those that can be received now, those in flight, those that are delayed."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def all(self) -> int:
        return self.visible + self.in_flight + self.delayed


class Aws(View):
    """The account of one check run."""

    def __init__(self, client: AwsClient) -> None:
        self.client = client

    async def queues(self) -> list[str]:
        """The URLs of all queues."""
        return list((await self._sqs("ListQueues")).get("QueueUrls", []))

    async def queue(self, url: str) -> Queue:
        """A queue's ARN, and where its messages go after how many receives; NotAsExpected when there is none."""
        answer = await self._sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        return queue_of(url, answer["Attributes"])

    async def set_visibility(self, url: str, seconds: int) -> None:
        """From now on, what is received from the queue is hidden for so long."""
        attributes = {"VisibilityTimeout": str(seconds)}
        await self._sqs("SetQueueAttributes", QueueUrl=url, Attributes=attributes)

    async def send(self, url: str, *bodies: str) -> list[str]:
        """Sends up to ten messages at once; their ids."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = await self._sqs("SendMessageBatch", QueueUrl=url, Entries=entries)
        sent = {one["Id"]: one["MessageId"] for one in answer["Successful"]}
        return [sent[entry["Id"]] for entry in entries]

    async def depth(self, url: str) -> Depth:
        """How many messages the queue holds."""
        answer = await self._sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=list(COUNTS))
        return Depth(*(int(answer["Attributes"][name]) for name in COUNTS))

    async def messages(self, url: str) -> list[SqsMessage]:
        """The messages that can be received now. Looking counts as a receive, so use it for dead-letter queues."""
        handles: dict[str, str] = {}
        found: dict[str, SqsMessage] = {}
        while received := await self._received(url):
            handles.update((one["MessageId"], one["ReceiptHandle"]) for one in received)
            found.update((one["MessageId"], _message(one)) for one in received)
        for handle in handles.values():
            await self._sqs("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        return list(found.values())

    async def _received(self, url: str) -> list[dict[str, Any]]:
        answer = await self._sqs(
            "ReceiveMessage",
            QueueUrl=url,
            MaxNumberOfMessages=MOST_MESSAGES,
            VisibilityTimeout=SECONDS_OF_LOOK,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return list(answer.get("Messages", []))

    async def until(
        self, url: str, done: Callable[[Depth], bool], *, expected: str, next: str, seconds: float = 15.0
    ) -> Depth:
        """Waits until the queue is as it should be; NotAsExpected when it is not within so many seconds."""
        deadline = time.monotonic() + seconds
        while not done(depth := await self.depth(url)):
            if time.monotonic() > deadline:
                raise NotAsExpected(
                    seen=_("Time-out: after {seconds:g} seconds {queue} holds {messages}, {hidden} in flight.").format(
                        seconds=seconds,
                        queue=url.rpartition("/")[2],
                        messages=ngettext("1 message", "{count} messages", depth.all),
                        hidden=depth.in_flight,
                    ),
                    expected=expected,
                    next=next,
                )
            await asyncio.sleep(LOOK_EVERY)
        return depth

    async def _sqs(self, action: str, **parameters: Any) -> dict[str, Any]:
        """A call of SQS; NotAsExpected when it refuses."""
        url = parameters.get("QueueUrl")
        asked = _("SQS, asked for the queue {url}").format(url=url) if url else "SQS"
        with _refusals_fail_the_check(asked):
            return await self.client.sqs(action, **parameters)

    async def items(self, table: str) -> list[dict[str, Any]]:
        """The items of a DynamoDB table, as plain values."""
        found: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            with _refusals_fail_the_check(_("DynamoDB, asked for the table {name}").format(name=table)):
                answer = await self.client.dynamodb("Scan", TableName=table, ConsistentRead=True, **start)
            found += [{name: plain(value) for name, value in item.items()} for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@contextmanager
def _refusals_fail_the_check(asked: str) -> Iterator[None]:
    """Turns AwsError into NotAsExpected: the queues and tables are in the learner's account, and the learner's code can
    delete or change them. AwsUnreachable is passed on."""
    try:
        yield
    except AwsError as error:
        raise NotAsExpected(
            seen=_("{asked}, answers {error}").format(asked=asked, error=error),
            expected=_("the queues and tables that the check uses, as long as it runs"),
            next=_("Does your code delete or change one? create_queue returns a dictionary; its QueueUrl is the URL."),
        ) from error


def plain(value: dict[str, Any]) -> Any:
    """The plain value of a DynamoDB attribute such as `{"S": "cats"}`."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return json.loads(content)
        case "L":
            return [plain(one) for one in content]
        case "M":
            return {name: plain(one) for name, one in content.items()}
        case "NULL":
            return None
        case "NS":
            return sorted(json.loads(one) for one in content)
        case _:
            return content


def _message(received: dict[str, Any]) -> SqsMessage:
    attributes = received.get("Attributes", {})
    return SqsMessage(received["MessageId"], received["Body"], int(attributes.get("ApproximateReceiveCount", 1)))
