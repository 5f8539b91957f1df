"""A class that answers in cells, through the real commands."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autograder.answers.sources import answers_of, notebook_of
from autograder.grading.grade import grade
from autograder.grading.unpacking import packed
from autograder.lab import Lab
from autograder.sandbox import Sandbox

SCORES = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score
FROM submitted_assignment
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN grade ON grade.notebook_id = submitted_notebook.id
JOIN base_cell ON base_cell.id = grade.cell_id WHERE base_cell.name LIKE 'check%' ORDER BY 1, 2
"""
WORST = '</pre><script>alert(1)</script>\nraise SystemExit  # "'


def zipped(lab: Lab, notebook: bytes, **files: bytes) -> bytes:
    return packed(
        {f"{lab.name}/{lab.name}.ipynb": notebook, **{f"{lab.name}/{name}": text for name, text in files.items()}}
    )


def solved(lab: Lab, **changed: str) -> bytes:
    notebook = json.loads(notebook_of(lab, {**answers_of(lab.solution / "answers.py"), **changed}))
    notebook["cells"][-1]["source"] = "Because."
    return json.dumps(notebook).encode()


def camp(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=os.environ)


def scores(course: Path) -> dict[tuple[str, str], float]:
    with closing(sqlite3.connect(course / "gradebook.db")) as connection:
        return {(student, cell): score for student, cell, score in connection.execute(SCORES)}


def test_one_submission(lab: Lab, sandbox: Sandbox) -> None:
    graded = grade(zipped(lab, solved(lab)), lab, 1, sandbox=sandbox)
    assert (graded.verdict.points, graded.reason, graded.reflection) == (6, None, "Because.")
    assert graded.answers["key"].startswith("def key(message)")
    nothing = grade(zipped(lab, b"{"), lab, 1, sandbox=sandbox)
    assert nothing.verdict.points == 0 and nothing.answers == {}


def test_points_come_from_the_notebook_alone(lab: Lab, sandbox: Sandbox) -> None:
    """A script of a solution is no notebook."""
    script = (lab.solution / "answers.py").read_bytes()
    data = packed({f"{lab.name}/answers.py": script})
    assert grade(data, lab, 1, sandbox=sandbox).verdict.points == 0


@pytest.fixture
def course(lab: Lab, tmp_path: Path) -> Path:
    place = tmp_path / "kürs b"
    for arguments in (("course", "new", str(place)), ("release", "1", "--course", str(place))):
        done = camp(*arguments, cwd=tmp_path)
        assert not done.returncode, done.stderr
    return place


def test_a_class(lab: Lab, course: Path, tmp_path: Path) -> None:
    released = json.loads((course / "release" / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    assert "itemgetter" not in str(released) and "YOUR CODE HERE" in str(released)
    folder = tmp_path / "in"
    folder.mkdir()
    handed_in = {
        "ana": zipped(lab, solved(lab)),
        "bo": zipped(lab, solved(lab, key="def key(message):\n    return 1")),
        "cy": zipped(lab, solved(lab, key=WORST)),
        "di": zipped(lab, json.dumps(released).encode()),
        "ed": b"no zip",
    }
    for student, data in handed_in.items():
        (folder / f"{student}.zip").write_bytes(data)
    done = camp("grade", str(folder), "--lab", "1", "--course", str(course), "--seed", "5", "--json", cwd=tmp_path)
    assert not done.returncode, done.stderr
    points = {row["student"]: row["verdict"]["points"] for row in json.loads(done.stdout)["students"]}
    assert points == {"ana": 6, "bo": 4, "cy": 4, "di": 0, "ed": 0}
    entered = scores(course)
    assert [entered["bo", f"check-1-{number}"] for number in (1, 2, 3)] == [0, 3, 1]
    shown = json.loads((course / "autograded" / "cy" / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    assert cell_of(shown, "key") == WORST
    theirs = nbgrader(lab, course)
    assert theirs == entered
    feedback(lab, course)


def cell_of(notebook: dict[str, Any], id: str) -> str:
    found = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == id]
    return "".join(found[0]["source"])


def nbgrader(lab: Lab, course: Path) -> dict[tuple[str, str], float]:
    """What nbgrader itself makes of it: once with the verdicts that are there, and for one student from nothing."""
    (course / "verdicts" / lab.name / "bo.json").unlink()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "nbgrader", "autograde", lab.name, "--force"]
    done = subprocess.run(
        command, cwd=course, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    assert not done.returncode, done.stderr
    return scores(course)


def feedback(lab: Lab, course: Path) -> None:
    done = camp("feedback", "1", "--course", str(course), cwd=course)
    assert not done.returncode, done.stderr
    pages = list(course.glob("feedback/**/*.html"))
    assert pages and not any("<script>alert" in page.read_text("utf-8") for page in pages)


def test_a_learner_checks_what_was_saved(lab: Lab, tmp_path: Path) -> None:
    notebook = lab.work / f"{lab.name}.ipynb"
    notebook.write_bytes(solved(lab, shout="print(1)"))
    root = Path(os.environ["CAMP_ROOT"])
    done = camp("check", "1", "--json", "--seed", "1", cwd=root)
    outcomes = {result["id"]: result["outcome"] for result in json.loads(done.stdout)["checks"]}
    assert outcomes == {"1.1": "passed", "1.2": "passed", "1.3": "failed"}
    notebook.write_bytes(solved(lab))
    assert not camp("check", "1.3", cwd=root).returncode
    assert not camp("check", "1", "--sandbox", cwd=root).returncode
    packed_up = camp("submit", "1", cwd=root)
    assert not packed_up.returncode, packed_up.stderr
    (zip_file,) = (root / ".camp" / "submissions").glob("*.zip")
    assert grade(zip_file.read_bytes(), lab, 1).verdict.points == 6
