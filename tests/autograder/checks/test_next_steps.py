"""Each cause of a failure has its own next step: the learner reads what to do about that one."""

from pathlib import Path

import pytest

from autograder.lab import find_lab
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.verdict import FAILED, CheckResult

NEXT = {
    ("1.7", "any-message-counts"): "counts messages that do not mention it",
    ("1.7", "forgets-the-user"): "counts the mentions of other people",
    ("1.7", "forgets-the-channel"): "counts mentions in other channels",
    ("1.7", "remembers-in-a-variable"): "knows people again until its worker is replaced",
    ("1.7", "always-hello"): "says Hello even in the same worker",
    ("1.8", "broken-json-is-a-crash"): "raises ValueError when the body is not JSON",
    ("1.8", "unknown-events-are-errors"): "acknowledge those with 200",
    ("1.8", "no-limit"): "more than 40,000 characters",
    ("1.8", "lenient-decoding"): "raises UnicodeDecodeError",
}


@pytest.mark.parametrize(("id", "mutant"), NEXT)
def test_the_next_step_is_that_of_the_cause(id: str, mutant: str) -> None:
    lab = find_lab("1")
    with mutated(lab, mutant) as app:
        for seed in (1, 2):
            [result] = run_checks(lab, app, [id], seed).checks
            assert result.outcome == FAILED
            assert NEXT[id, mutant] in (result.next or ""), (result.sent, result.seen, result.next)
            assert "says: <@" in (result.sent or "") or id == "1.8"  # not what was tried to find the cause


OF_AN_INPUT = {
    "a JSON list": (
        """    if not isinstance(payload, dict):
        return problem(400, "The body is not a JSON object.")
""",
        "answer 400 unless isinstance(payload, dict)",
    ),
    "an event_callback without event": (
        """    if payload.get("type") == "event_callback" and not isinstance(payload.get("event"), dict):
        return problem(400, "There is no event.")
""",
        'Answer 400 when the type is event_callback and payload.get("event") is not a dict.',
    ),
    "a form without user_name": (
        """    if "user_name" not in form:
        return problem(400, "There is no user_name.")
""",
        "Ask whether user_name is in the form before you read it",
    ),
}


@pytest.mark.parametrize("what", OF_AN_INPUT)
def test_the_next_step_is_that_of_the_bad_input(what: str, tmp_path: Path) -> None:
    lines, next = OF_AN_INPUT[what]
    result = checked("1.8", tmp_path, (lines, ""))
    assert what in (result.sent or "") and next in (result.next or ""), (result.sent, result.seen, result.next)


def checked(id: str, folder: Path, change: tuple[str, str]) -> CheckResult:
    """The result of a check that fails on Lab 1's solution, changed so."""
    lab = find_lab("1")
    for path in lab.solution.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    code = (folder / "function_app.py").read_text("utf-8")
    assert code.count(change[0]) == 1
    (folder / "function_app.py").write_text(code.replace(*change), "utf-8")
    [result] = run_checks(lab, folder, [id], 1).checks
    assert result.outcome == FAILED
    return result


def test_the_message_that_is_answered_does_not_count(tmp_path: Path) -> None:
    result = checked("1.7", tmp_path, ('latest=event["ts"], ', ""))
    assert "the bot finds the message that it is answering" in (result.next or "")


def test_a_greeting_of_ones_own_is_told_the_two_that_are_known(tmp_path: Path) -> None:
    result = checked("1.7", tmp_path, ('"Welcome back" if', '"Welcome again" if'))
    assert "Hello or Welcome back" in (result.next or "")
