import pytest

from autograder.camp import Answer
from autograder.checking import CheckFailed
from autograder.checks.keep_messages import each_has_its_own, numbers_in


class Camp:
    """Stands in for a check's camp, of which nothing but the last error is asked."""

    def last_error(self) -> str | None:
        return "function_app.py, line 7: KeyError: 'x'"


def numbers(body: str, status: int = 200) -> set[int]:
    return numbers_in(Camp(), Answer(status, {}, body.encode()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("You are number 7 here.", {7}),
        ('{"response_type": "in_channel", "text": "*7* in <#C01AB2>, <@U99>!"}', {7}),
        ('{"text": "so far:\\n17"}', {17}),
        ('{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Nr. 3"}}]}', {3}),
        ("version 1.2, c4, 5th", {1}),
        ("9" * 5_000, set()),
        ("[" * 100_000, set()),
        ("", set()),
    ],
)
def test_whole_numbers_are_read_from_an_answer(body: str, found: set[int]) -> None:
    assert numbers(body) == found


def test_json_that_is_nested_too_deeply_is_none() -> None:
    assert Answer(200, {}, b"[" * 200_000).json() is None


def test_a_command_that_fails_fails_the_check() -> None:
    with pytest.raises(CheckFailed, match=r"status 500\s+function_app\.py, line 7"):
        numbers("", 500)


@pytest.mark.parametrize(
    ("found", "right"),
    [
        ([{1}, {2}, {3}], True),
        ([{1, 3}, {1, 2}, {1}], True),
        ([{1}, {2}, {2}], False),
        ([{1}, {2}, {4}], False),
        ([{1}, {2}, set()], False),
        ([{1, 2}, {1, 2}, {1, 2}], False),
    ],
)
def test_every_answer_has_a_number_of_its_own(found: list[set[int]], right: bool) -> None:
    assert each_has_its_own(found, 3) is right
