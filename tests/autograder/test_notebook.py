import json
import re
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from autograder import project
from autograder.lab import Lab
from autograder.notebook import CheckNotPassed, check, hint, note_of, predict
from autograder.progress import Progress
from autograder.verdict import FAILED, PASSED, CheckResult, Verdict

Captured = pytest.CaptureFixture[str]


def solve(learner: Path) -> None:
    solution = learner / "solutions" / "1-slack-bot" / "function_app.py"
    (learner / "work" / "1-slack-bot" / "function_app.py").write_bytes(solution.read_bytes())


def test_a_check_that_passes_is_shown(learner: Path, capsys: Captured) -> None:
    solve(learner)
    check("1.1")
    assert capsys.readouterr().out == (
        "✔ 1.1 The bot says hello to whoever speaks: passed, 2/2\nHow others did it: camp solutions 1.1\n"
    )


def test_a_check_that_fails_says_why_in_one_line_of_traceback(learner: Path, capsys: Captured) -> None:
    with pytest.raises(CheckNotPassed) as caught:
        check("1.1")
    shown = capsys.readouterr().out
    assert shown.startswith("✘ 1.1 The bot says hello to whoever speaks: failed, 0/2\n  sent      POST ")
    assert '\n  seen      {"text": "Hello, world"}\n  expected  {"text": "Hello, ' in shown
    assert '\n  again     !camp replay 1.1\n  stuck?    hint("1.1")\n' in shown
    assert re.search(r"\nSlack\n  \+\d+ ms", shown) and "\nWorker " in shown  # the timeline of this check's own cloud
    assert caught.value._render_traceback_() == ["1.1 did not pass. It says above why."]


def test_a_check_that_is_not_there_is_named(learner: Path, capsys: Captured) -> None:
    with pytest.raises(CheckNotPassed, match=r"1\.99 could not be checked"):
        check("1.99")
    assert "There is no check 1.99. Lab 1 has 1.1, " in capsys.readouterr().out


def test_a_number_is_no_check() -> None:
    with pytest.raises(TypeError, match=r'check\("1\.4"\)'):
        check(1.4)  # type: ignore[arg-type]


def test_hints_go_on(tiny: Lab, capsys: Captured) -> None:
    hint("1.1")
    hint("1.1")
    assert capsys.readouterr().out == (
        "1.1 It greets\n  hint  Hint 1 of 3: first\n1.1 It greets\n  hint  Hint 2 of 3: second\n"
    )


@pytest.mark.parametrize("answer", [None, "", "Z"])
def test_the_question_is_shown_until_it_is_answered(tiny: Lab, capsys: Captured, answer: str | None) -> None:
    predict(answer)
    shown = capsys.readouterr().out
    assert shown.startswith("Is 1 < 2?\n  A  yes\n  B  no\n")
    assert ("Write one letter between the quotes: A, B." in shown) is (answer is not None)


def test_an_answer_is_judged_explained_and_kept(tiny: Lab, capsys: Captured) -> None:
    predict("b")
    predict("A")
    assert capsys.readouterr().out == "B: no\n  Not so.  Count again.\nA: yes\n  Right.  It is <less>.\n"
    assert Progress(project.state(), print).lab("1-tiny").predictions == ["B", "A"]


def test_nothing_of_a_text_is_taken_for_html() -> None:
    result = CheckResult("1.1", "<i>t", FAILED, 0, 2, 0.1, sent="<script>", seen="a & b", expected='"c"', next="</pre>")
    shown = note_of(result)._repr_html_()
    for text in ("<i>", "<script>", "a & b", '"c"'):
        assert text not in shown
    assert "&lt;script&gt;" in shown and "&lt;/pre&gt;" in shown


def test_the_last_check_that_passes_says_what_comes_next(learner: Path, capsys: Captured) -> None:
    solve(learner)
    checks = [CheckResult(f"1.{number}", "", PASSED, 1, 1, 0.1) for number in range(2, 9)]
    Progress(project.state(), print).record(Verdict.of_results("1-slack-bot", 0, checks))
    check("1.1")
    assert "\nYou have finished Lab 1." in capsys.readouterr().out


@pytest.mark.parametrize("outcome", [PASSED, FAILED])
def test_what_was_not_committed_is_said_before_the_result(
    uncommitted: Lab, monkeypatch: pytest.MonkeyPatch, capsys: Captured, outcome: str
) -> None:
    verdict = Verdict.of_results("1-tiny", 0, [CheckResult("1.1", "It greets", outcome, 0, 2, 0.1)])
    done = subprocess.CompletedProcess([], 0, json.dumps(verdict.to_json()), "")
    monkeypatch.setattr("autograder.notebook._run_check", lambda _id: done)
    with nullcontext() if outcome == PASSED else pytest.raises(CheckNotPassed):
        check("1.1")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Not committed on main, so it does not count: function_app.py."
    assert "1.1 It greets" in said[1]
