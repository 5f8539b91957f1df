"""Each cause of a failure has its own next step: the learner reads what to do about that one."""

import pytest

from autograder.lab import find_lab
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.verdict import FAILED

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


def test_the_message_that_is_answered_does_not_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = find_lab("1")
    app = tmp_path_factory.mktemp("app")
    for path in lab.solution.iterdir():
        if path.is_file():
            (app / path.name).write_bytes(path.read_bytes())
    code = (app / "function_app.py").read_text("utf-8")
    assert 'latest=event["ts"], ' in code
    (app / "function_app.py").write_text(code.replace('latest=event["ts"], ', ""), "utf-8")
    [result] = run_checks(lab, app, ["1.7"], 1).checks
    assert "the bot finds the message that it is answering" in (result.next or "")


def test_a_greeting_of_ones_own_is_told_the_two_that_are_known(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = find_lab("1")
    app = tmp_path_factory.mktemp("app")
    for path in lab.solution.iterdir():
        if path.is_file():
            (app / path.name).write_bytes(path.read_bytes())
    code = (app / "function_app.py").read_text("utf-8")
    (app / "function_app.py").write_text(code.replace('"Welcome back" if', '"Welcome again" if'), "utf-8")
    [result] = run_checks(lab, app, ["1.7"], 1).checks
    assert "Hello or Welcome back" in (result.next or "")
