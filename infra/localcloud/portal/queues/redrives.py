"""The dead-letter queues of SQS: those that another queue's RedrivePolicy names."""

from typing import TYPE_CHECKING, Any

from localcloud.aws.account import ENDPOINT, REGION
from localcloud.aws.client import AwsClient, AwsError, AwsUnreachable
from localcloud.aws.records import Queue, queue_of
from localcloud.messages import _

from ..guard import Refused
from ..page import Connections
from .dead_letters import SHOWN, gone
from .queuetext import SHOWN_CHARACTERS

if TYPE_CHECKING:
    from .dead_letters import Source

SECONDS_HELD = 30
MOST_RECEIVES = 50  # of ten messages each, to find one


class Sqs:
    """The client of one account."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._client = AwsClient(endpoint, REGION)

    @classmethod
    def of(cls, connections: Connections) -> "Sqs":
        return cls(connections.setting(ENDPOINT))

    async def open(self) -> None:
        """It is asked at each use."""

    async def close(self) -> None:
        await self._client.close()

    async def ask(self, action: str, **parameters: Any) -> dict[str, Any]:
        """One call of SQS; Refused with its own words."""
        try:
            return await self._client.sqs(action, **parameters)
        except AwsError as error:
            raise Refused(
                409 if "NonExistent" in error.code or "DoesNotExist" in error.code else 502, str(error)
            ) from None
        except AwsUnreachable:
            sentence = _("AWS does not answer at {url}. This page goes on by itself when it is back.")
            raise Refused(503, sentence.format(url=self.endpoint)) from None


def sources(connections: Connections) -> "list[Source]":
    sqs = connections.shared(Sqs) if connections.has("aws") else None
    return [Redrives(sqs)] if sqs and sqs.endpoint else []


class Redrives:
    name = "sqs"

    def __init__(self, sqs: Sqs) -> None:
        self._sqs = sqs

    def title(self) -> str:
        return _("AWS SQS: dead-letter queues")

    async def groups(self) -> list[dict[str, Any]]:
        queues = await self._queues()
        dead = {one.arn: one for one in queues}
        pairs = [(one, dead[one.dead_letter_arn]) for one in queues if one.dead_letter_arn in dead]
        return [await self._group(*pair) for pair in pairs]

    async def replay(self, group: str, id: str) -> None:
        """Sent first and deleted then: in between it is twice there, and never lost."""
        queues = await self._queues()
        dead = next((one for one in queues if one.name == group), None)
        back = next((one for one in queues if dead and one.dead_letter_arn == dead.arn), None)
        if dead is None or back is None:
            raise Refused(400, _("{queue} is not a dead-letter queue.").format(queue=group))
        wanted = await self._held(dead, id)
        await self._sqs.ask("SendMessage", QueueUrl=back.url, MessageBody=wanted["Body"], **_order(wanted, back))
        await self._sqs.ask("DeleteMessage", QueueUrl=dead.url, ReceiptHandle=wanted["ReceiptHandle"])

    async def _queues(self) -> list[Queue]:
        urls = (await self._sqs.ask("ListQueues")).get("QueueUrls", [])
        asked = [await self._sqs.ask("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]) for url in urls]
        return [queue_of(url, answer["Attributes"]) for url, answer in zip(urls, asked, strict=True)]

    async def _group(self, queue: Queue, dead: Queue) -> dict[str, Any]:
        """SQS lets nobody peek: what is shown was received for no time, and its receive count grows."""
        found = await self._sqs.ask("GetQueueAttributes", QueueUrl=dead.url, AttributeNames=["All"])
        counts = (int(found["Attributes"].get(f"ApproximateNumberOfMessages{kind}", 0)) for kind in ("", "NotVisible"))
        count = sum(counts)
        shown = await self._received(dead, 0) if count else []
        letters = [{"id": one["MessageId"], "text": one["Body"][:SHOWN_CHARACTERS]} for one in shown[:SHOWN]]
        return {"name": dead.name, "of": queue.name, "tries": queue.most_receives, "count": count, "letters": letters}

    async def _held(self, dead: Queue, id: str) -> dict[str, Any]:
        """One message, hidden for a while; the others are given back."""
        others, wanted = [], None
        for _time in range(MOST_RECEIVES):
            received = await self._received(dead, SECONDS_HELD)
            wanted = next((one for one in received if one["MessageId"] == id), None)
            others += [one for one in received if one is not wanted]
            if wanted or not received:
                break
        for one in others:
            handle = {"QueueUrl": dead.url, "ReceiptHandle": one["ReceiptHandle"]}
            await self._sqs.ask("ChangeMessageVisibility", VisibilityTimeout=0, **handle)
        if wanted is None:
            raise gone()
        return wanted

    async def _received(self, dead: Queue, hidden: int) -> list[dict[str, Any]]:
        asked = {"MaxNumberOfMessages": 10, "VisibilityTimeout": hidden, "MessageSystemAttributeNames": ["All"]}
        return list((await self._sqs.ask("ReceiveMessage", QueueUrl=dead.url, **asked)).get("Messages", []))


def _order(message: dict[str, Any], queue: Queue) -> dict[str, str]:
    """What a FIFO queue wants beside the body."""
    if not queue.is_fifo:
        return {}
    group = message.get("Attributes", {}).get("MessageGroupId", "replayed")
    return {"MessageGroupId": group, "MessageDeduplicationId": f"replay-{message['ReceiptHandle'][:100]}"}
