"""What a function's answer means, as AWS's page "Success and failure conditions" has it."""

from typing import Any

import pytest

from localcloud.aws.batch_response import judged

IDS = ["one", "two", "three"]


def failing(*ids: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}


@pytest.mark.parametrize("answer", [None, {}, failing(), {"batchItemFailures": None}, {"statusCode": 200}])
def test_these_answers_are_a_complete_success(answer: Any) -> None:
    assert judged(answer, IDS, report_failures=True).failed == ()


@pytest.mark.parametrize(
    "answer",
    [
        failing(""),
        failing(None),
        failing(7),
        failing("one", ""),
        failing("one", "four"),
        {"batchItemFailures": [{"messageId": "one"}]},
        {"batchItemFailures": ["one"]},
        {"batchItemFailures": "one"},
        {"batchItemFailures": {"itemIdentifier": "one"}},
        "one",
        ["one"],
        [failing("one")],
        True,
        0,
    ],
)
def test_these_answers_fail_the_whole_batch(answer: Any) -> None:
    found = judged(answer, IDS, report_failures=True)
    assert found.failed == tuple(IDS)
    assert found.why


def test_only_the_reported_messages_fail() -> None:
    found = judged(failing("three", "one", "three"), IDS, report_failures=True)
    assert found.failed == ("three", "one")
    assert found.why is None


@pytest.mark.parametrize("answer", [failing("one"), failing(""), "nonsense", 7])
def test_without_report_batch_item_failures_no_answer_matters(answer: Any) -> None:
    assert judged(answer, IDS, report_failures=False).failed == ()


def test_what_is_wrong_with_a_malformed_answer_is_said() -> None:
    assert judged(failing("four"), IDS, report_failures=True).why == "'four' is no message id of this batch"
