"""A whole course's grades, from its gradebook: nbgrader's own export, a table of all labs, and each lab's files for
other programs. A fault of ours has no grade in any of them, and a reflection that nobody has graded is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.grading import enrolment, record
from autograder.grading.batch import Row, with_gradebook
from autograder.grading.course import Course, write
from autograder.grading.exports import BOM, table
from autograder.grading.gradebook_state import Standing, standings
from autograder.grading.marks import NOT_HANDED_IN, Mark, marked, maximum, missing
from autograder.grading.reports import write_grades
from autograder.grading.rules import Rules
from autograder.lab import Lab
from localcloud.messages import _

COURSE, NBGRADER = "course.csv", "nbgrader.csv"
WAITS, FAULT, COMPLETE = "reflection to be graded", "fault of ours", "complete"


@dataclass(frozen=True)
class LabGrades:
    """One lab: everybody's marks, and who handed in nothing."""

    lab: Lab
    marks: dict[str, Mark]
    missing: list[str]

    def status(self, student: str) -> str:
        mark = self.marks.get(student)
        if mark is None:
            return NOT_HANDED_IN
        return FAULT if mark.row.broken else WAITS if mark.waits else COMPLETE


@dataclass(frozen=True)
class Exported:
    """What was written; how many grades wait for a person, and how many have none for a fault of ours."""

    files: list[Path]
    waits: int
    faults: int


def export(course: Course, labs: Sequence[Lab], rules: Rules, out: Path) -> Exported:
    """Writes everything into `out`. GradebookError when nbgrader cannot do its part."""
    files = [out / NBGRADER, out / COURSE]
    enrolment.settle(course, files[0])
    grades = [_of_lab(course, lab, rules) for lab in labs]
    write(files[1], course_csv(grades, rules).encode("utf-8", "replace"))
    for one in grades:
        files += write_grades(out / one.lab.name, one.lab, list(one.marks.values()), missing(course, one.lab, rules))
    states = [one.status(student) for one in grades for student in one.marks]
    return Exported(files, states.count(WAITS), states.count(FAULT))


def course_csv(grades: Sequence[LabGrades], rules: Rules) -> str:
    """One line for each student: for each lab the points of the checks, the reflection's score, extra credit, what is
    taken off for being late, the lab's total and its state; that of all labs, which is empty after a fault of ours."""
    parts = ("checks", "manual", "extra_credit", "late_penalty", "total", "status")
    heading = ["student", "name", "email", *(f"{one.lab.name} {part}" for one in grades for part in parts)]
    students = sorted({*rules.roster.people, *(student for one in grades for student in one.marks)})
    lines = (_line(student, grades, rules) for student in students)
    return BOM + table([[*heading, "total", "maximum", "status"], *lines])


def _line(student: str, grades: Sequence[LabGrades], rules: Rules) -> list[object]:
    person = rules.roster.person(student)
    cells: list[object] = [student, person.name, person.email]
    for one in grades:
        mark = one.marks.get(student)
        if mark is None:
            cells += [None, None, None, None, None, NOT_HANDED_IN]
            continue
        checks = None if mark.row.broken else mark.row.graded.verdict.points
        cells += [checks, mark.row.score, mark.extra or None, mark.penalty or None, mark.total, one.status(student)]
    totals = [one.marks[student].total for one in grades if student in one.marks]
    states = {one.status(student) for one in grades}
    total = None if None in totals else sum(points for points in totals if points is not None)
    state = next((one for one in (FAULT, WAITS, NOT_HANDED_IN) if one in states), COMPLETE)
    return [*cells, total, sum(maximum(one.lab) for one in grades), state]


def _of_lab(course: Course, lab: Lab, rules: Rules) -> LabGrades:
    known = standings(course, lab)
    marks = marked(_rows(course, lab, known), rules, known)
    return LabGrades(lab, {mark.student: mark for mark in marks}, [one.student for one in missing(course, lab, rules)])


def _rows(course: Course, lab: Lab, known: dict[str, Standing]) -> Iterator[Row]:
    """Everybody's verdict with what the gradebook says of it; that both agree is not taken for granted."""
    for student in course.students(lab.name):
        found = record.known(course, lab, student)
        if found is None:
            continue
        row = Row(student, found.graded, lms=found.lms, told=found.told)
        standing = known.get(student)
        if standing is None:
            yield replace(row, fault=_("It is not in the gradebook: grade again."))
        else:
            yield with_gradebook(row, {"why": None, "points": standing.points, "reflection": standing.reflection})
