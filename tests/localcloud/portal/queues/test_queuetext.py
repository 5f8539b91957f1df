import pytest

from localcloud.portal.guard import Refused
from localcloud.portal.queues.queuetext import decoded, encoded, pairs


@pytest.mark.parametrize("text", ["hello", "é 漢字", '{"a": 1}\n', "aGVsbG8="])
def test_base64_of_text_is_decoded(text: str) -> None:
    assert decoded(encoded(text, "base64")) == (text, "base64")


@pytest.mark.parametrize("content", ["", "hello world", "test", "AAAA", "aGk", '{"a": 1}', "/////w=="])
def test_what_is_no_base64_of_text_stays(content: str) -> None:
    assert decoded(content) == (content, "none")


def test_another_encoding_is_refused() -> None:
    with pytest.raises(Refused):
        encoded("x", "rot13")


def test_a_queue_stands_with_its_poison_twin() -> None:
    found = pairs({"b": 1, "a": 0, "a-poison": 2, "lost-poison": 3})
    assert [(one["name"], one["poison"]) for one in found] == [
        ("a", {"name": "a-poison", "count": 2}),
        ("b", None),
        ("lost-poison", None),
    ]
