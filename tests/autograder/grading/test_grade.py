import json
import platform
import subprocess
import sys
from typing import Any

import pytest

from autograder.grading import grade as grading
from autograder.grading.grade import Graded, grade
from autograder.verdict import ERRORED, FAILED


def test_without_an_app_there_are_no_points_and_the_answer_stays(handins: Any) -> None:
    graded = grade(handins.zip(handins.notebook(handins.answered())), handins.lab, 1)
    assert (graded.verdict.points, graded.verdict.of, graded.verdict.outcomes()) == (0, 18, {FAILED})
    assert (graded.reason, graded.reflection) == ("There is no app in the submission.", handins.answer)
    assert {result.seen for result in graded.verdict.checks} == {"There is no app in the submission."}


def test_what_is_no_zip_has_a_verdict_too(handins: Any) -> None:
    graded = grade(b"x", handins.lab, 1)
    assert (graded.verdict.points, len(graded.verdict.checks)) == (0, 8)
    assert graded.reason == "The file is no zip and no tarball, or it is damaged."


def test_a_fault_of_ours_is_called_so(handins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(grading, "unpack", broken)
    graded = grade(b"", handins.lab, 1)
    assert graded.broken and graded.verdict.outcomes() == {ERRORED}
    assert graded.reason == "KeyError: 'x'"


def test_the_notebook_never_runs_and_never_changes_a_point(handins: Any, tmp_path: Any) -> None:
    """An app that does not load is checked quickly; the notebook says that all is well, and would leave a trace."""
    notebook = handins.answered()
    cell = handins.cell(notebook, "check-1-1")
    cell["source"] = f"open({str(tmp_path / 'ran')!r}, 'w')"
    cell["metadata"]["nbgrader"]["points"] = 1000
    cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "18"}, "metadata": {}}]
    app = {"1-slack-bot/function_app.py": b"def (", "1-slack-bot/host.json": b"{}"}
    graded = grade(handins.zip({**app, **handins.notebook(notebook)}), handins.lab, 1)
    assert (graded.verdict.points, graded.reason, graded.reflection) == (0, None, handins.answer)
    assert "The app does not load" in str(graded.verdict.checks[0].seen)
    assert "Points were changed in check-1-1; those of the course count." in graded.notes
    assert not (tmp_path / "ran").exists()


def test_a_verdict_tells_what_it_was_made_with(handins: Any) -> None:
    app = {"1-slack-bot/function_app.py": b"def (", "1-slack-bot/host.json": b"{}"}
    made_with = grade(handins.zip(app), handins.lab, 1).environment
    assert set(made_with) == {"camp", "packages", "python", "system", "sandbox"}
    assert made_with["sandbox"] == "none" and made_with["python"] == platform.python_version()


def test_the_same_in_a_process_of_its_own(handins: Any) -> None:
    data = handins.zip(handins.notebook(handins.answered()))
    command = [sys.executable, "-m", "autograder.grading.grade", handins.lab.name, "1"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert Graded.from_json(json.loads(done.stdout)) == grade(data, handins.lab, 1)
