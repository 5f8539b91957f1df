"""What a learner sees of checks of cells: in the notebook, and while `camp watch` runs."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from watchfiles import Change

from autograder.answers.sources import answers_of, notebook_of
from autograder.lab import Lab
from autograder.notebook import CheckNotPassed, check
from autograder.verdict import Verdict
from autograder.watching import Teller, app_filter, watch


def save(lab: Lab, **changed: str) -> None:
    answers = {**answers_of(lab.solution / "answers.py"), **changed}
    (lab.work / f"{lab.name}.ipynb").write_bytes(notebook_of(lab, answers))


def test_a_check_says_when_the_notebook_was_saved(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    save(lab, key="def key(message):\n    return 0")
    with pytest.raises(CheckNotPassed):
        check("1.1")
    assert "checked as it was saved at " in capsys.readouterr().out
    save(lab)
    check("1.1")
    assert "saved at" not in capsys.readouterr().out


def test_the_labs_own_notebook_is_watched_and_no_other() -> None:
    counts = app_filter(Path("/x/app"), "1-cells.ipynb")
    assert counts(Change.modified, "/x/app/1-cells.ipynb")
    assert not counts(Change.modified, "/x/app/other.ipynb")
    assert not counts(Change.modified, "/x/app/.ipynb_checkpoints/1-cells.ipynb")


def test_saving_the_notebook_or_a_file_beside_it_checks_again(lab: Lab) -> None:
    seen: list[str] = []
    helper = lab.work / "helper.py"
    saves: list[Callable[[], object]] = [
        lambda: save(lab, key="from helper import team as key"),
        lambda: helper.write_text("def team(message):\n    return message['team']\n"),
    ]

    def told(verdict: Verdict) -> None:
        seen.append(verdict.checks[0].outcome)

    def waits(_id: str) -> None:
        if not saves:
            raise KeyboardInterrupt
        threading.Timer(0.3, saves.pop(0)).start()

    helper.write_text("def team(message):\n    return 0\n")
    save(lab, key="key = None")
    watch(lab, lab.work, ["1.1"], Teller(told, lambda id: None, lambda verdict: None, waits))
    assert seen[0] == "failed" and seen[-1] == "passed" and len(seen) >= 3
