"""What a student's submission comes to: the points of the checks, and the score that a person gave the reflection."""

from dataclasses import dataclass

from autograder.grading.batch import Row
from autograder.grading.grade import source_cells
from autograder.grading.reflection import GRADE_ID, id_of, role_of
from autograder.lab import Lab
from autograder.verdict import ERRORED, CheckResult

FULL, SOME, NONE, NOT_CHECKED, FAULT = "full points", "some points", "no points", "not checked", "fault of ours"


@dataclass(frozen=True)
class Mark:
    """One student's row in a report or an export. A fault of ours has no grade, which is not the grade 0."""

    row: Row

    @property
    def student(self) -> str:
        return self.row.student

    @property
    def total(self) -> float | None:
        return None if self.row.broken else self.row.graded.verdict.points + (self.row.score or 0)

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


def number(value: float | None) -> str:
    """A grade as a program reads it; none is empty."""
    return "" if value is None else f"{value:g}"


def points_of(result: CheckResult) -> int | None:
    return None if result.outcome == ERRORED else result.points


def maximum(lab: Lab) -> float:
    """The most that a student can have: all checks, and the reflection."""
    cells = [cell for cell in source_cells(lab) if id_of(cell) == GRADE_ID]
    return lab.points + sum(float(role_of(cell).get("points") or 0) for cell in cells)
