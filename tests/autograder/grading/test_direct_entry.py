"""Many verdicts at once in the gradebook: what stands there is what `nbgrader autograde` would have written."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import gradebook, gradebook_state, record
from autograder.grading.collecting import collect
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn
from autograder.grading.grade import Graded, fault, not_checked
from autograder.grading.record import Record
from autograder.lab import Lab, find_lab

from . import batches

LAB = "1-slack-bot"
THEIR_OWN = "\nc.Autograde.post_convert_hook = lambda **facts: None\n"
ROWS = """
SELECT submitted_assignment.student_id, submitted_assignment.timestamp, submitted_notebook.late_submission_penalty,
    submitted_notebook.flagged, base_cell.name, grade.auto_score, grade.manual_score, grade.extra_credit,
    grade.needs_manual_grade
FROM submitted_assignment
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN grade ON grade.notebook_id = submitted_notebook.id
JOIN base_cell ON base_cell.id = grade.cell_id ORDER BY 1, 5
"""
COMMENTS = """
SELECT submitted_assignment.student_id, base_cell.name, comment.auto_comment, comment.manual_comment
FROM submitted_assignment
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN comment ON comment.notebook_id = submitted_notebook.id
JOIN base_cell ON base_cell.id = comment.cell_id ORDER BY 1, 2
"""
BY_HAND = """
UPDATE grade SET manual_score = 1.5, extra_credit = 0.5, needs_manual_grade = 0
WHERE cell_id IN (SELECT id FROM base_cell WHERE name = 'reflection')
"""
OF_ZOE = """
notebook_id IN (SELECT submitted_notebook.id FROM submitted_notebook
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id WHERE student_id = 'Zoë 山田')
"""
LATE = f'[lab.{LAB}]\ndeadline = 2026-11-22T18:00:00+00:00\nlate = "points"\nper_day = 1\n'
STAMPS = {"late": "2026-11-24 17:00:00 UTC", "in time": "2026-11-20 08:00:00 UTC"}


@pytest.fixture
def lab() -> Lab:
    return find_lab("1")


def keep(course: Course, lab: Lab, student: str, graded: Graded, data: bytes) -> None:
    """Leaves a verdict and a folder as a grading does."""
    handed_in = HandedIn(student, data, timestamp=STAMPS.get(student))
    tree = collect(course, lab, handed_in, graded)
    record.keep(Record(student, record.digest(data), tree, record.digest_of(lab), graded), course, lab)


def verdicts(lab: Lab) -> dict[str, Graded]:
    answered = {"reflection": "A <b>client</b> may stay.\n\n$x$ \ud800"}
    full, partial = batches.graded(lab, {}), batches.graded(lab, {"1.3": batches.MARKUP, "1.7": "nothing"})
    return {
        "Zoë 山田": replace(full, **answered, notes=("There are 2 notebooks.",)),
        "broken": replace(fault(lab, batches.SEED, OSError("the disk")), **answered),
        "in time": replace(partial, **answered),
        "late": partial,
        "none": not_checked(lab, batches.SEED, "There is no app in the submission."),
    }


def enter(course: Course, lab: Lab, found: dict[str, Graded]) -> dict[str, Any]:
    points = {student: None if one.broken else float(one.verdict.points) for student, one in found.items()}
    with gradebook.autograding(course, lab) as step:
        return {one["student"]: one for one in gradebook.autograde(course, lab, points, step)}


def standing(course: Course) -> dict[str, Any]:
    """Everything in the gradebook, and the notebooks, without the random ids."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as connection:
        rows = {"grades": connection.execute(ROWS).fetchall(), "comments": connection.execute(COMMENTS).fetchall()}
    files = {path.relative_to(course.root): path for path in course.root.glob("autograded/**/*") if path.is_file()}
    shown = {name: cells(path) if path.suffix == ".ipynb" else path.read_bytes() for name, path in files.items()}
    return {**rows, "files": shown, "modes": {name: path.stat().st_mode for name, path in files.items()}}


def cells(notebook: Path) -> Any:
    """A notebook with its texts as one piece each; ids that are random do not count."""
    found = json.loads(notebook.read_bytes())
    for cell in found["cells"]:
        cell["source"] = "".join(cell["source"])
        for output in cell.get("outputs", []):
            output["data"] = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    return found


def test_what_is_entered_at_once_is_what_nbgrader_makes_one_by_one(
    course: Course, lab: Lab, handins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (course.root / "course.toml").write_text(LATE)
    record.seed_for(course, lab, batches.SEED)
    data, found = handins.zip(handins.app(lab.solution)), verdicts(lab)
    for student, graded in found.items():
        keep(course, lab, student, graded, data)
    theirs = Course(course.root.with_name("theirs"))
    shutil.copytree(course.root, theirs.root)
    with (theirs.root / "nbgrader_config.py").open("a") as file:
        file.write(THEIR_OWN)
    told = enter(course, lab, found)
    assert told == enter(theirs, lab, found) and not any(one["why"] for one in told.values())
    assert (told["Zoë 山田"]["points"], told["broken"]["points"], told["none"]["points"]) == (18, None, 0)
    assert standing(course) == standing(theirs)
    for place in (course, theirs):
        with closing(sqlite3.connect(place.root / "gradebook.db")) as connection, connection:
            connection.execute(BY_HAND)
    changed = {"in time": replace(found["in time"], reflection="Another answer."), "late": batches.graded(lab, {})}
    again = {**changed, "Zoë 山田": found["Zoë 山田"]}
    for place in (course, theirs):
        for student, graded in again.items():
            keep(place, lab, student, graded, data + b"again")
    told = enter(course, lab, again)
    assert told == enter(theirs, lab, again)
    assert {student: one["reflection"]["waits"] for student, one in told.items()} == {
        "in time": True, "late": False, "Zoë 山田": False,
    }  # fmt: skip
    assert {one["reflection"]["manual"] for one in told.values()} == {1.5}
    assert standing(course) == standing(theirs)
    only_what_is_missing(course, lab, found | again, monkeypatch)


def only_what_is_missing(course: Course, lab: Lab, found: dict[str, Graded], monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the gradebook is left alone; what is gone or another there is entered again."""
    asked: list[list[str]] = []
    run = gradebook.Step.run

    def counted(step: gradebook.Step, students: list[str]) -> Any:
        asked.append(students)
        return run(step, students)

    monkeypatch.setattr(gradebook.Step, "run", counted)
    told = enter(course, lab, found)
    assert asked == [] and told["late"]["points"] == 18
    late = course.autograded(lab.name, "late")
    late.rename(late.with_name(f".{late.name}.old"))  # as after a kill between two steps
    with closing(sqlite3.connect(course.root / "gradebook.db")) as connection, connection:
        connection.execute("UPDATE grade SET auto_score = 1 WHERE auto_score = 3 AND " + OF_ZOE)
    assert enter(course, lab, found) == told and asked[-1] == ["Zoë 山田", "late"]
    (course.root / "gradebook.db").write_bytes(b"")
    assert gradebook_state.standings(course, lab) == {}
