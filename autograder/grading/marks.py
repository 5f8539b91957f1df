"""What a student's submission comes to: the points of the checks, the score that a person gave the reflection, and what
is taken off for being late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from autograder.answers.sources import source_cells
from autograder.grading.batch import TO_GRADE, TO_REVIEW, Row
from autograder.grading.causes import main_cause
from autograder.grading.course import Course
from autograder.grading.gradebook_state import Standing
from autograder.grading.reflection import GRADE_ID
from autograder.grading.roster import Person
from autograder.grading.rules import Rules
from autograder.lab import Lab
from autograder.notebookfile import id_of, role_of
from autograder.verdict import ERRORED, CheckResult
from localcloud.messages import _

FULL, SOME, NONE, NOT_CHECKED, FAULT = "full points", "some points", "no points", "not checked", "fault of ours"
NOT_HANDED_IN = "not handed in"


@dataclass(frozen=True)
class Mark:
    """One student's row in a report or an export. A fault of ours has no grade, which is not the grade 0. `penalty` is
    taken off for being late, `extra` is the extra credit in the gradebook, `name` is the roster's."""

    row: Row
    penalty: float = 0.0
    extra: float = 0.0
    name: str = ""
    told: tuple[str, ...] = ()

    @property
    def student(self) -> str:
        return self.row.student

    @property
    def total(self) -> float | None:
        if self.row.broken:
            return None
        return max(0.0, self.row.graded.verdict.points + (self.row.score or 0) + self.extra - self.penalty)

    @property
    def waits(self) -> bool:
        """Whether a person has still to look at the reflection."""
        return self.row.reflection in (TO_GRADE, TO_REVIEW)

    @property
    def remarks(self) -> tuple[str, ...]:
        return (*self.told, *self._why, *self.row.remarks)

    @property
    def _why(self) -> tuple[str, ...]:
        """What cost several checks at once, or all points."""
        found = main_cause(self.row.graded.verdict.checks) if self.checked else None
        if found is None:
            return ()
        cause, count = found
        return (_("{cause} ({count} checks)").format(cause=cause, count=count) if count > 1 else cause,)

    @property
    def kind(self) -> str:
        verdict = self.row.graded.verdict
        if self.row.broken:
            return FAULT
        if self.row.graded.reason:
            return NOT_CHECKED
        return FULL if verdict.points == verdict.of else SOME if verdict.points else NONE

    @property
    def checked(self) -> bool:
        """Whether it says something of the checks."""
        return self.kind in (FULL, SOME, NONE)

    def user_of(self, system: str) -> str | None:
        """What this learning management system calls the student."""
        name, _colon, user = (self.row.lms or "").partition(":")
        return user if name == system else None


def marked(rows: Iterable[Row], rules: Rules, known: Mapping[str, Standing]) -> list[Mark]:
    """The rows with what the gradebook has beside their points, and with what the roster knows of them."""
    return [_marked(row, rules, known.get(row.student)) for row in rows]


def _marked(row: Row, rules: Rules, standing: Standing | None) -> Mark:
    penalty, extra = (standing.penalty, standing.extra) if standing else (0.0, 0.0)
    told = []
    if rules.roster.lacks(row.student):
        told.append(_("Not on the roster."))
    if penalty:
        told.append(_("Taken off for being late: {points:g}.").format(points=penalty))
    person = rules.roster.person(row.student)
    return Mark(replace(row, lms=row.lms or person.lms), penalty, extra, person.name, tuple(told))


def missing(course: Course, lab: Lab, rules: Rules) -> list[Person]:
    """Who is on the roster and has handed in nothing for the lab, as far as it was graded."""
    there = set(course.students(lab.name))
    return [person for student, person in sorted(rules.roster.people.items()) if student not in there]


def number(value: float | None) -> str:
    """A grade as a program reads it; none is empty."""
    return "" if value is None else f"{value:g}"


def points_of(result: CheckResult) -> int | None:
    return None if result.outcome == ERRORED else result.points


def maximum(lab: Lab) -> float:
    """The most that a student can have: all checks, and the reflection."""
    cells = [cell for cell in source_cells(lab) if id_of(cell) == GRADE_ID]
    return lab.points + sum(float(role_of(cell).get("points") or 0) for cell in cells)
