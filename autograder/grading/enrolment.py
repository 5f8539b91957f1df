"""The course's people, deadlines and late penalties, brought into nbgrader's gradebook; and what stands in it.

`python -m autograder.grading.enrolment COURSE [FILE]` does so and prints a line of JSON for each submission; FILE is
where nbgrader's own export goes. `settle` calls it, and knows when there is nothing to do.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.grading import policy, roster, times
from autograder.grading.course import Course, write
from autograder.grading.gradebook import LAST_WORDS, GradebookError, environment
from autograder.grading.record import digest
from autograder.grading.reflection import GRADE_ID

if TYPE_CHECKING:
    from autograder.grading.rules import Rules

LONGEST = 128  # characters that nbgrader's columns hold


@dataclass(frozen=True)
class Standing:
    """One submission as the gradebook has it: the checks' points (None: a person must look at one), the reflection's
    score by a person or, without an answer, 0 (None: not graded), whether it waits for a person, extra credit, and what
    is taken off for being late."""

    lab: str
    student: str
    checks: float | None
    reflection: float | None
    waits: bool
    extra: float
    penalty: float

    @property
    def total(self) -> float | None:
        if self.checks is None:
            return None
        return max(0.0, self.checks + (self.reflection or 0.0) + self.extra - self.penalty)


@dataclass(frozen=True)
class Cell:
    """A graded cell of one submission, as nbgrader keeps it."""

    name: str
    auto: float | None
    manual: float | None
    extra: float | None
    waits: bool

    @property
    def score(self) -> float | None:
        return self.auto if self.manual is None else self.manual


def settle(course: Course, export: Path | None = None) -> list[Standing]:
    """Brings people, deadlines and penalties into the gradebook, and returns everybody's standing. Where neither the
    gradebook nor what it was settled by has changed since the last time, it is what was found then. GradebookError.
    `export`: where `nbgrader export` writes its table."""
    known = course.root / ".settled.json"
    try:
        found = json.loads(known.read_bytes())
        if export is None and found["state"] == _state(course) is not None:
            return [Standing(**one) for one in found["standings"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    standings = [Standing(**one) for one in _apart(course, export)]
    facts = {"state": _state(course), "standings": [asdict(one) for one in standings]}
    write(known, json.dumps(facts).encode())
    return standings


def _state(course: Course) -> str | None:
    """What stands for all that a standing depends on; None where that cannot be told, as with a database elsewhere."""
    database = course.root / "gradebook.db"
    if not database.is_file():
        return None
    files = [course.root / name for name in (policy.FILE, roster.FILE, "nbgrader_config.py")]
    stamps = sorted(course.root.glob("submitted/*/*/timestamp.txt"))
    found = database.stat()
    parts = [repr((found.st_mtime_ns, found.st_size, found.st_ino)).encode()]
    parts += [path.read_bytes() if path.is_file() else b"" for path in files]
    parts += [f"{path}\n".encode("utf-8", "replace") + path.read_bytes() for path in stamps]
    return digest(b"\0".join(parts))


def _apart(course: Course, export: Path | None) -> list[dict[str, Any]]:
    command = [sys.executable, "-W", "ignore", "-m", "autograder.grading.enrolment", str(course.root)]
    if export:
        export.parent.mkdir(parents=True, exist_ok=True)
        command.append(str(export.absolute()))
    done = subprocess.run(command, env=environment(), capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise GradebookError(done.stderr.decode("utf-8", "replace")[-LAST_WORDS:])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]


def main(root: str, export: str | None = None) -> None:
    """Runs in a process of its own: nbgrader is slow to import, and stays in memory."""
    from nbgrader.api import Gradebook  # type: ignore[import-untyped]
    from nbgrader.apps.baseapp import NbGrader  # type: ignore[import-untyped]
    from nbgrader.plugins import CsvExportPlugin  # type: ignore[import-untyped]

    from autograder.grading.rules import rules

    os.chdir(root)
    app = NbGrader()
    app.initialize([], root=root)
    course = Course(Path(root))
    found = rules(course)
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        _enrol(gradebook, found)
        _set_deadlines(gradebook, found)
        standings = list(_standings(gradebook, course, found))
        gradebook.db.commit()
        if export:
            CsvExportPlugin(to=export).export(gradebook)
    for one in standings:
        print(json.dumps(asdict(one)))


def _enrol(gradebook: Any, found: "Rules") -> None:
    """Everybody of the roster, with name and address. Who is in the gradebook stays there."""
    from nbgrader.api import Student

    known = {one.id: one for one in gradebook.db.query(Student)}
    for person in found.roster.people.values():
        facts = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": person.email,
            "lms_user_id": (person.lms or "").partition(":")[2] or None,
        }
        student = known.get(person.student)
        if student is None:
            student = Student(id=person.student)
            gradebook.db.add(student)
        for name, value in facts.items():
            if value and getattr(student, name) != value[:LONGEST]:
                setattr(student, name, value[:LONGEST])


def _set_deadlines(gradebook: Any, found: "Rules") -> None:
    """The deadlines of course.toml; where it has none, one that was set in nbgrader stays."""
    for assignment in gradebook.assignments:
        deadline = found.lab(assignment.name).deadline
        if deadline is None:
            continue
        utc = _naive(deadline)
        if assignment.duedate != utc:
            assignment.duedate = utc


def _standings(gradebook: Any, course: Course, found: "Rules") -> Iterator[Standing]:
    """Everybody's; times and late penalties are set as they have to be. What is not asked for in one go, nbgrader's
    objects ask for one by one."""
    from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook

    cells: dict[str, list[Cell]] = {}
    columns = (BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
    for notebook, *facts in gradebook.db.query(Grade.notebook_id, *columns).join(
        BaseCell, Grade.cell_id == BaseCell.id
    ):
        cells.setdefault(notebook, []).append(Cell(*facts))
    submitted = (
        gradebook.db.query(SubmittedNotebook, SubmittedAssignment, Assignment)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .order_by(Assignment.name, SubmittedAssignment.student_id)
    )
    for notebook, submission, assignment in submitted.all():
        stamped = times.in_tree(course, assignment.name, submission.student_id)
        if stamped and submission.timestamp != _naive(stamped):
            submission.timestamp = _naive(stamped)
        standing = _standing(assignment.name, submission, cells.get(notebook.id, []), found)
        if found.lab(assignment.name).deadline is None:
            standing = replace(standing, penalty=notebook.late_submission_penalty or 0.0)
        elif (notebook.late_submission_penalty or 0.0) != standing.penalty:
            notebook.late_submission_penalty = standing.penalty or None
        yield standing


def _standing(lab: str, submission: Any, cells: list[Cell], found: "Rules") -> Standing:
    checks = [cell.score for cell in cells if cell.name != GRADE_ID]
    reflection = next((cell.score for cell in cells if cell.name == GRADE_ID), None)
    points = None if None in checks else float(sum(score for score in checks if score is not None))
    extra = sum(cell.extra or 0.0 for cell in cells)
    earned = sum(cell.score or 0.0 for cell in cells) + extra
    penalty = found.penalty_of_nbgrader(lab, submission.student_id, earned, submission.total_seconds_late)
    waits = any(cell.waits for cell in cells)
    return Standing(lab, submission.student_id, points, reflection, waits, extra, penalty)


def _naive(when: datetime) -> datetime:
    """As nbgrader keeps times: UTC, without saying so."""
    return when.astimezone(timezone.utc).replace(tzinfo=None)


if __name__ == "__main__":
    main(*sys.argv[1:3])
