"""What a failed check says of one thing is said of one, and two lists of the same length can be told apart."""

from typing import Any

import pytest

from autograder.checking import CheckFailed
from autograder.checks.keep_messages import must_be_older, must_name
from autograder.checks.kept import Kept, must_tell
from autograder.checks.reports import Job, must_be_done_once
from localcloud.slack.model import Channel, Message


class Camp:
    """Stands in for a check's camp, and for what it is asked for: the documents of the database, nothing else."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self.documents = documents
        self.calls = self

    def __getitem__(self, service: type) -> "Camp":
        return self

    def all(self, container: str, **partition: str) -> list[dict[str, Any]]:
        return list(self.documents)

    def completed(self, topic: str) -> list[str]:
        return ["the report"]

    def posts(self, channel: Channel, *, ephemeral: bool) -> list[Any]:
        return []


def test_one_message_that_is_another_one_is_told_by_its_time_stamp() -> None:
    camp: Any = Camp({"ts": "2.2"})
    with pytest.raises(CheckFailed) as failed:
        must_name(camp, [{"ts": "1.1", "text": "hello"}], "C1", [])
    seen, expected = failed.value.seen.splitlines()[0], str(failed.value.expected)
    assert seen == "1 message (ts 1.1)"
    assert expected.startswith("1 message (ts 2.2): ")


def test_many_messages_are_counted() -> None:
    camp: Any = Camp(*({"ts": f"2.{number}"} for number in range(5)))
    with pytest.raises(CheckFailed) as failed:
        must_name(camp, [], "C1", [])
    assert failed.value.seen == "0 messages"
    assert str(failed.value.expected).startswith("5 messages (ts 2.0, 2.1, 2.2, 2.3, …): ")
    with pytest.raises(CheckFailed) as failed:
        must_be_older([{"ts": "1.1"}], "0 OR true")
    assert failed.value.seen == "1 message, before=0 OR true"


def test_one_call_and_no_post_are_told_as_one_and_none() -> None:
    camp: Any = Camp()
    with pytest.raises(CheckFailed) as failed:
        must_be_done_once(camp, Job("C1:1.1", "cats", Channel("C1", "general")), "hint")
    assert failed.value.seen == "0 posts with the report, 1 completed call of the engine"


def test_an_empty_list_has_no_order() -> None:
    told: Any = Kept.Told(Message("C1", "1.1", "hello"), {"ts": "1.1", "user": "U1", "text": "hello"})
    with pytest.raises(CheckFailed) as failed:
        must_tell([], [told], "hint")
    assert failed.value.seen == "no message"
    assert str(failed.value.expected).startswith("1 message:")
