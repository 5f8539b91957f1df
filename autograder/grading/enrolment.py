"""The course's people, deadlines, times of hand-in and late penalties, brought into nbgrader's gradebook.

`python -m autograder.grading.enrolment COURSE [FILE]` does so; FILE is where nbgrader's own export goes. `settle` calls
it, and knows when there is nothing to do.
"""

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.grading import gradebook_state, policy, roster, times
from autograder.grading.course import Course, write
from autograder.grading.gradebook import LAST_WORDS, GradebookError, environment
from autograder.grading.record import digest
from autograder.workarounds.jsonschema_links import without_link_grammar

if TYPE_CHECKING:
    from autograder.grading.rules import Rules

SETTLED = ".settled.json"
LONGEST = 128  # characters that nbgrader's columns hold


def settle(course: Course, export: Path | None = None) -> None:
    """Brings all of it into the gradebook, unless neither the gradebook nor what it is settled by has changed since the
    last time. `export`: where `nbgrader export` writes its table. GradebookError."""
    settled = course.root / SETTLED
    state = _state(course)
    if export is None and state and settled.is_file() and settled.read_text("ascii", "replace") == state:
        return
    command = [sys.executable, "-W", "ignore", "-m", "autograder.grading.enrolment", str(course.root)]
    if export:
        export.parent.mkdir(parents=True, exist_ok=True)
        command.append(str(export.absolute()))
    done = subprocess.run(command, env=environment(), capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise GradebookError(done.stderr.decode("utf-8", "replace")[-LAST_WORDS:])


def settle_within(course: Course, gradebook: Any) -> None:
    """The same by a process that has nbgrader and an open gradebook already, so that `settle` finds it done."""
    from autograder.grading.rules import rules

    found = rules(course)
    if found.silent:
        return
    _enrol(gradebook, found)
    _set_deadlines(gradebook, found)
    gradebook.db.flush()
    _penalise(gradebook, course, found)
    gradebook.db.commit()
    write(course.root / SETTLED, (_state(course) or "").encode())


def _state(course: Course) -> str | None:
    """What stands for all that it depends on; None where that cannot be told."""
    gradebook = gradebook_state.stamp(course)
    if gradebook is None:
        return None
    files = [course.root / name for name in (policy.FILE, roster.FILE, "nbgrader_config.py")]
    stamps = sorted(course.root.glob("submitted/*/*/timestamp.txt"))
    parts = [gradebook.encode("utf-8", "replace")]
    parts += [path.read_bytes() if path.is_file() else b"" for path in files]
    parts += [f"{path}\n".encode("utf-8", "replace") + path.read_bytes() for path in stamps]
    return digest(b"\0".join(parts))


def main(root: str, export: str | None = None) -> None:
    """Runs in a process of its own: nbgrader is slow to import, and stays in memory."""
    without_link_grammar()
    from nbgrader.api import Gradebook  # type: ignore[import-untyped]
    from nbgrader.apps.baseapp import NbGrader  # type: ignore[import-untyped]
    from nbgrader.plugins import CsvExportPlugin  # type: ignore[import-untyped]

    os.chdir(root)
    app = NbGrader()
    app.initialize([], root=root)
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        settle_within(Course(Path(root)), gradebook)
        if export:
            CsvExportPlugin(to=export).export(gradebook)


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


def _penalise(gradebook: Any, course: Course, found: "Rules") -> None:
    """Times and late penalties of the labs that have a deadline. What is not asked for in one go, nbgrader's objects
    ask for one by one."""
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

    earned: dict[str, float] = {}
    scores = (Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    for notebook, auto, manual, extra in gradebook.db.query(Grade.notebook_id, *scores):
        score = (auto if manual is None else manual) or 0.0
        earned[notebook] = earned.get(notebook, 0.0) + score + (extra or 0.0)
    submitted = (
        gradebook.db.query(SubmittedNotebook, SubmittedAssignment, Assignment)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    )
    for notebook, submission, assignment in submitted.all():
        stamped = times.in_tree(course, assignment.name, submission.student_id)
        if stamped and submission.timestamp != _naive(stamped):
            submission.timestamp = _naive(stamped)
        if found.lab(assignment.name).deadline is None:
            continue
        points, late = earned.get(notebook.id, 0.0), submission.total_seconds_late
        penalty = found.penalty_of_nbgrader(assignment.name, submission.student_id, points, late)
        if (notebook.late_submission_penalty or 0.0) != penalty:
            notebook.late_submission_penalty = penalty or None


def _naive(when: datetime) -> datetime:
    """As nbgrader keeps times: UTC, without saying so."""
    return when.astimezone(timezone.utc).replace(tzinfo=None)


if __name__ == "__main__":
    main(*sys.argv[1:3])
