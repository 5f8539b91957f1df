"""Which verdicts are in the gradebook already, and what stands there; read without nbgrader, a slow import."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.grading import policy, roster
from autograder.grading.course import CONFIG, Course, write
from autograder.grading.gathering import TIMESTAMP
from autograder.grading.reflection import GRADE_ID
from autograder.lab import Lab

FACTS = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade,
grade.extra_credit, submitted_notebook.late_submission_penalty
FROM assignment
JOIN submitted_assignment ON submitted_assignment.assignment_id = assignment.id
JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
JOIN grade ON grade.notebook_id = submitted_notebook.id
JOIN base_cell ON base_cell.id = grade.cell_id
WHERE assignment.name = :lab
"""
ALL = (
    "SELECT id, first_name, last_name, email, lms_user_id FROM student ORDER BY id",
    "SELECT id, name, duedate FROM assignment ORDER BY id",
    "SELECT id, student_id, timestamp, extension FROM submitted_assignment ORDER BY id",
    "SELECT id, late_submission_penalty FROM submitted_notebook ORDER BY id",
    "SELECT id, auto_score, manual_score, extra_credit FROM grade ORDER BY id",
)


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of one submission: the checks' points (None: a person must look at one), and the
    reflection's automatic score, manual score, and whether it waits for a person (None: it has no reflection), the
    extra credit, and what is taken off for being late."""

    points: float | None
    reflection: dict[str, Any] | None
    extra: float = 0.0
    penalty: float = 0.0


def standings(course: Course, lab: Lab) -> dict[str, Standing]:
    """Everybody's standing in a lab; nobody's where there is no gradebook yet, or none that can be read from here."""
    rows: dict[str, dict[str, Any]] = {}
    more: dict[str, tuple[float, float]] = {}
    for student, cell, auto, manual, waits, extra, penalty in _facts(course, lab):
        rows.setdefault(student, {})[cell] = (auto, manual, bool(waits))
        more[student] = (more.get(student, (0.0, 0.0))[0] + (extra or 0.0), penalty or 0.0)
    return {student: _standing(cells, *more[student]) for student, cells in rows.items()}


def _standing(cells: dict[str, Any], extra: float, penalty: float) -> Standing:
    scores = [auto for name, (auto, _manual, _waits) in cells.items() if name != GRADE_ID]
    found = cells.get(GRADE_ID)
    reflection = None if found is None else dict(zip(("auto", "manual", "waits"), found, strict=True))
    return Standing(None if None in scores else float(sum(scores)), reflection, extra, penalty)


def _facts(course: Course, lab: Lab) -> list[Any]:
    url = database_url(course)
    place = _file_of(url)
    if place is None:
        [rows] = _elsewhere(url, [FACTS], lab=lab.name) or [[]]
        return rows
    if not place.is_file():
        return []
    try:
        with closing(sqlite3.connect(place)) as connection:
            return connection.execute(FACTS, {"lab": lab.name}).fetchall()
    except sqlite3.Error:  # no such table yet, or no database: nbgrader says what is wrong
        return []


def _elsewhere(url: str, queries: Iterable[str], **values: str) -> list[list[Any]] | None:
    """The rows of each query; None where there is no such table yet, no database, or no driver for it: nbgrader says
    what is wrong."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                return [list(connection.execute(text(query), values)) for query in queries]
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError):
        return None


def stamp(course: Course) -> str | None:
    """What changes with every change of the gradebook's people, deadlines, times, scores and penalties; None where
    there is none to be read."""
    url = database_url(course)
    place = _file_of(url)
    if place is None:
        rows = _elsewhere(url, ALL)
        return None if rows is None else repr(rows)
    if not place.is_file():
        return None
    found = place.stat()
    return repr((found.st_mtime_ns, found.st_size, found.st_ino))


def _file_of(url: str) -> Path | None:
    """The file of SQLite; None with a database elsewhere."""
    start = "sqlite:///"
    return Path(url.removeprefix(start).partition("?")[0]) if url.startswith(start) else None


def database_url(course: Course) -> str:
    """Where the course's own `nbgrader_config.py` has the gradebook."""
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    return str(config.CourseDirectory.db_url)


class EntryDigests:
    """The file that remembers what each student's entry was made of. `rules` is what all entries of a lab rest on."""

    def __init__(self, course: Course, lab: Lab) -> None:
        self._course = course
        self._lab = lab
        self._path = course.verdict(lab.name, "x").with_name(".entered.json")
        try:
            self._known = dict(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            self._known = {}
        files = [course.root / name for name in (CONFIG, policy.FILE, roster.FILE)]
        self._rules = _digest(path for path in [*files, course.released_notebook(lab.name)])

    def digest(self, student: str) -> str:
        """What stands for all that a student's entry is made of."""
        stamp = self._course.submitted(self._lab.name, student) / TIMESTAMP
        return _digest([self._course.verdict(self._lab.name, student), stamp], self._rules)

    def holds(self, student: str) -> bool:
        """Whether the student's entry was made of what there is now, and its notebook is there."""
        notebook = self._course.autograded(self._lab.name, student) / f"{self._lab.name}.ipynb"
        return self._known.get(student) == self.digest(student) and notebook.is_file()

    def keep(self, students: Iterable[str]) -> None:
        """Remembers that these were entered."""
        self._known |= {student: self.digest(student) for student in students}
        write(self._path, json.dumps(self._known).encode())


def _digest(files: Iterable[Path], first: str = "") -> str:
    found = hashlib.sha256(first.encode())
    for path in files:
        try:
            found.update(b"\1" + path.read_bytes())
        except OSError:
            found.update(b"\0")
    return found.hexdigest()
