from typing import Any

import pytest

from localcloud.aws.terminal import BadQueue, QueueUrl, lines
from localcloud.journal import Entry

REQUEST = "5ef8b7b2"


def finished(**facts: Any) -> list[str]:
    usual = {"request_id": REQUEST, "milliseconds": 12, "error": None, "traceback": None, "malformed": None}
    ends = {"succeeded": ["a"], "failed": [], "to_dead_letters": [], "not_deleted": None}
    return lines(Entry(1, "lambda.finished", 0.0, {**usual, **ends, **facts}))


def test_an_invocation_is_told_as_lambdas_log_tells_it() -> None:
    messages = [{"receives": 1}, {"receives": 4}]
    (start,) = lines(Entry(1, "lambda.invoked", 0.0, {"request_id": REQUEST, "messages": messages}))
    assert start == f"START RequestId: {REQUEST} Version: $LATEST (2 messages, received so often: 1, 4)"
    (start,) = lines(Entry(1, "lambda.invoked", 0.0, {"request_id": REQUEST, "messages": messages[:1]}))
    assert start.endswith("(1 message, received so often: 1)")
    assert finished() == [
        f"END RequestId: {REQUEST}",
        f"REPORT RequestId: {REQUEST} Duration: 12 ms",
        "1 done and deleted, 0 come back, 0 go to the dead-letter queue.",
    ]


def test_an_error_comes_with_its_traceback_and_what_becomes_of_the_messages() -> None:
    told = finished(
        error="ValueError: no", traceback="  File ...\n", succeeded=[], failed=["a", "b"], to_dead_letters=["b"]
    )
    assert told[:2] == ["[ERROR] ValueError: no", "  File ..."]
    assert told[-1] == "0 done and deleted, 1 come back, 1 go to the dead-letter queue."


def test_a_malformed_answer_is_explained() -> None:
    assert "The answer is malformed, so that the whole batch failed: it is 7." in finished(malformed="it is 7")
    assert finished(not_deleted="QueueDoesNotExist: gone")[-1] == "Not deleted: QueueDoesNotExist: gone"


def test_other_entries_are_told_in_a_line_or_not_at_all() -> None:
    assert lines(Entry(1, "lambda.log", 0.0, {"message": "hello"})) == ["hello"]
    assert lines(Entry(1, "lambda.problem", 0.0, {"problem": "no queue"})) == ["no queue"]
    exited = Entry(1, "lambda.exited", 0.0, {"reason": "it was recycled"})
    assert lines(exited) == ["The function's process ended: it was recycled."]
    assert lines(Entry(1, "lambda.started", 0.0, {})) == []


def test_a_queues_url_says_where_its_aws_is() -> None:
    assert QueueUrl.of("http://localhost:4566/123456789012/reports").endpoint == "http://localhost:4566"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("reports", "is no queue's URL"),
        ("http://127.0.0.1:4566/reports", "is no queue's URL"),
        ("http://127.0.0.1:4566/123456789012/", "is no queue's URL"),
        ("http://127.0.0.1:port/123456789012/reports", "is no URL"),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/reports", "is not this laptop"),
    ],
)
def test_what_is_no_url_of_a_queue_here_is_a_clear_error(url: str, words: str) -> None:
    with pytest.raises(BadQueue, match=words):
        QueueUrl.of(url)
