"""What the checks of Lab 5 say of documents that to_document should not make."""

from pathlib import Path

import pytest

from autograder.checking import CheckFailed
from autograder.checks.towns import documents_of, key_or_fail
from autograder.modules import Module
from localcloud.load.keys import Definition
from localcloud.load.town import Town

MESSAGES = Town.of(1).messages(5, 1_789_963_200.0, 10.0)


async def said_of(folder: Path, body: str) -> CheckFailed:
    """What is said when to_document has this body."""
    (folder / "partitioning.py").write_text(f"def to_document(message):\n    {body}\n")
    module = await Module.start(folder, "partitioning", None, lambda text: None)
    try:
        with pytest.raises(CheckFailed) as caught:
            await documents_of(module, MESSAGES)
        return caught.value
    finally:
        await module.end()


async def test_a_document_of_more_than_two_megabytes_is_one_that_cosmos_does_not_store(tmp_path: Path) -> None:
    failed = await said_of(tmp_path, 'return {**message, "padding": "x" * 2_500_000}')
    assert failed.seen == "to_document returns a document of more than a million characters."
    assert "at most 2 MB" in failed.expected and "to_document add" in failed.next


async def test_a_message_that_was_changed_is_shown(tmp_path: Path) -> None:
    failed = await said_of(tmp_path, 'message["pk"] = 1; return dict(message)')
    assert failed.seen.startswith("to_document changed the message") and "{**message" in failed.next


async def test_fields_that_are_lost_are_named(tmp_path: Path) -> None:
    failed = await said_of(tmp_path, 'return {"id": message["id"], "channel": message["channel"], "ts": "0"}')
    assert failed.seen.endswith("these fields are missing or changed: user, text, ts.")


async def test_what_is_no_document_is_shown(tmp_path: Path) -> None:
    assert (await said_of(tmp_path, "return None")).seen == "None"


async def test_an_exception_is_named_with_its_line(tmp_path: Path) -> None:
    assert "KeyError: 'thread'" in (await said_of(tmp_path, 'return message["thread"]')).seen


@pytest.mark.parametrize(
    ("document", "seen"),
    [({"id": "1"}, "pk"), ({"id": "1", "pk": ["a"]}, "pk")],
)
def test_a_field_of_the_key_that_is_missing_or_no_value_is_named(document: dict[str, object], seen: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        key_or_fail(document, Definition(("/pk",)))
    assert seen in caught.value.seen and "every field of the key /pk" in caught.value.expected
