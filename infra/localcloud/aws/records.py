"""SQS messages as the records that a Lambda function gets.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html shows the event.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MOST_PAYLOAD = 6 * 1024 * 1024  # of an invocation's event
ENVELOPE = 64  # what the event has around its records

Message = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Queue:
    """The queue of a mapping."""

    url: str
    arn: str
    dead_letter_arn: str | None = None
    most_receives: int | None = None  # then a message moves to the queue of `dead_letter_arn`

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")


def queue_of(url: str, attributes: dict[str, str]) -> Queue:
    """The queue with these attributes, as SQS's GetQueueAttributes gives them."""
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    most = redrive.get("maxReceiveCount")
    return Queue(url, attributes["QueueArn"], redrive.get("deadLetterTargetArn"), int(most) if most else None)


def record(message: Message, queue: Queue) -> Record:
    """The record of one received message."""
    made = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": queue.region,
    }
    if "MD5OfMessageAttributes" in message:
        made["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return made


def batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records, cut where the event of one invocation would become too large."""
    batch: list[Record] = []
    size = ENVELOPE
    for one in records:
        length = len(json.dumps(one).encode()) + 2
        if batch and size + length > MOST_PAYLOAD:
            yield batch
            batch, size = [], ENVELOPE
        batch.append(one)
        size += length
    if batch:
        yield batch


def receives(one: Record) -> int:
    """How often the record's message has been received by now."""
    return int(one["attributes"].get("ApproximateReceiveCount", 1))


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """`StringValue` becomes `stringValue`, and so on; the lists, which SQS does not use, are empty."""
    named = {name[0].lower() + name[1:]: content for name, content in value.items() if content is not None}
    return {**named, "stringListValues": [], "binaryListValues": []}
