import json

from localcloud.aws.records import MOST_PAYLOAD, batches, queue_of, record

QUEUE = queue_of(
    "http://127.0.0.1:4566/123456789012/reports",
    {
        "QueueArn": "arn:aws:sqs:eu-west-1:123456789012:reports",
        "RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead", "maxReceiveCount": "5"}',
    },
)


def test_a_record_has_the_keys_that_aws_writes() -> None:
    received = {
        "MessageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "ReceiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "MD5OfBody": "098f6bcd4621d373cade4e832627b4f6",
        "Body": "test",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "MD5OfMessageAttributes": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "MessageAttributes": {
            "number": {"DataType": "Number", "StringValue": "123"},
            "blob": {"DataType": "Binary", "BinaryValue": "MTEwMA=="},
        },
    }
    assert record(received, QUEUE) == {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": "test",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "messageAttributes": {
            "number": {"dataType": "Number", "stringValue": "123", "stringListValues": [], "binaryListValues": []},
            "blob": {"dataType": "Binary", "binaryValue": "MTEwMA==", "stringListValues": [], "binaryListValues": []},
        },
        "md5OfBody": "098f6bcd4621d373cade4e832627b4f6",
        "md5OfMessageAttributes": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:reports",
        "awsRegion": "eu-west-1",
    }


def test_a_queue_knows_its_dead_letter_queue() -> None:
    assert (QUEUE.name, QUEUE.region, QUEUE.is_fifo, QUEUE.most_receives) == ("reports", "eu-west-1", False, 5)
    assert QUEUE.dead_letter_arn == "arn:aws:sqs:eu-west-1:123456789012:dead"
    assert queue_of("", {"QueueArn": "arn:aws:sqs:eu-west-1:1:plain.fifo"}).is_fifo


def test_a_batch_is_cut_where_its_event_would_be_larger_than_six_megabytes() -> None:
    records = [{"body": "é" * 500_000} for _number in range(10)]  # a megabyte each, and more as JSON
    found = list(batches(records))
    assert [one for batch in found for one in batch] == records
    assert len(found) > 1
    assert all(len(json.dumps({"Records": batch}).encode()) <= MOST_PAYLOAD for batch in found)


def test_one_record_is_a_batch_however_large() -> None:
    assert list(batches([{"body": "x" * (7 << 20)}]))
    assert list(batches([])) == []
