import json

import pytest

from localcloud.functions.bindings.queue_options import HostConfigError, QueueOptions, queue_options
from localcloud.functions.bindings.queue_output import messages_of

RAW = QueueOptions(encoding="none")


@pytest.mark.covers("Queue output: text, bytes, QueueMessage, lists; a JSON array is one message an element")
@pytest.mark.parametrize(
    ("kind", "value", "texts"),
    [
        ("string", "hello", ["hello"]),
        ("string", "", [""]),
        ("bytes", b"hello", ["hello"]),
        ("string", '["a", {"b": 1}, 2]', ["a", '{"b":1}', "2"]),
        ("string", "[not json", ["[not json"]),
        ("string", '{"a": [1]}', ['{"a": [1]}']),
        ("json", '{"id": null, "body": "x"}', ['{"id": null, "body": "x"}']),
        ("json", '["a", "b"]', ["a", "b"]),
        ("json", "[]", []),
        (None, None, []),
    ],
)
def test_a_value_becomes_its_messages(kind: str | None, value: object, texts: list[str]) -> None:
    assert messages_of(kind, value, RAW) == texts


@pytest.mark.covers("Queue output: base64 by default, messageEncoding none")
def test_messages_are_base64_by_default() -> None:
    assert messages_of("string", "hi", QueueOptions()) == ["aGk="]
    assert messages_of("bytes", b"\xff", QueueOptions()) == ["/w=="]


@pytest.mark.covers("Queue trigger: the options of extensions.queues and their defaults")
def test_the_options_are_the_hosts_defaults_unless_host_json_says_else() -> None:
    assert queue_options({}, 1) == QueueOptions(16, 8, 5, 0.0, 60.0, "base64")
    given = json.loads(
        '{"extensions": {"queues": {"batchSize": 4, "maxDequeueCount": 2, "visibilityTimeout": "00:00:30",'
        ' "maxPollingInterval": "00:00:02", "messageEncoding": "none"}}}'
    )
    assert queue_options(given, 2) == QueueOptions(4, 4, 2, 30.0, 2.0, "none")


def test_options_may_be_written_as_text_and_null_is_none_at_all() -> None:
    """The real host binds the options from its configuration, in which every value is a text and null is absent."""
    given = {"batchSize": "8", "newBatchThreshold": None, "visibilityTimeout": None, "messageEncoding": "None"}
    assert queue_options({"extensions": {"queues": given}}, 1) == QueueOptions(8, 4, 5, 0.0, 60.0, "none")


def test_white_space_in_base64_is_let_pass() -> None:
    """.NET's decoder, by which the real extension reads messages, skips it; anything else is an error."""
    assert QueueOptions().decode(" aGk\n=\t") == b"hi"
    for text in ("aGk", "a-k=", "é"):
        with pytest.raises(ValueError, match=r"base64|ASCII"):
            QueueOptions().decode(text)


@pytest.mark.covers("Queue trigger: a bad option in host.json is refused by name")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("batchSize", 33, "from 1 to 32"),
        ("batchSize", "many", "whole number"),
        ("batchSize", "9" * 5_000, "whole number"),
        ("batchSize", True, "whole number"),
        ("batchSize", 1.5, "whole number"),
        ("newBatchThreshold", -1, "at least 0"),
        ("maxDequeueCount", 0, "at least 1"),
        ("visibilityTimeout", "soon", "time span"),
        ("visibilityTimeout", 30, "at most 7 days such as 00:00:30"),
        ("maxPollingInterval", "00:00:00.05", "00:00:00.1 or more"),
        ("messageEncoding", "utf-8", "base64 or none"),
    ],
)
def test_a_bad_option_is_refused_by_name(name: str, value: object, expected: str) -> None:
    with pytest.raises(HostConfigError, match=f"extensions.queues.{name} is {value}; expected .*{expected}"):
        queue_options({"extensions": {"queues": {name: value}}}, 2)
