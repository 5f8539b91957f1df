"""Grades for other programs: a spreadsheet, a script, Moodle, Canvas.

A cell that a spreadsheet would take for a formula begins with an apostrophe. `grades.csv` and `moodle.csv` begin with a
byte order mark, by which Excel knows UTF-8 and which Moodle skips; `canvas.csv` has none, as Canvas' own export.
"""

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence

from autograder.grading import batch
from autograder.grading.marks import Mark, number, points_of
from autograder.grading.markup import plain
from autograder.lab import Lab
from autograder.report import total
from autograder.verdict import FAILED
from localcloud.messages import _

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST = 500
MOODLE = (
    "Identifier",
    "Full name",
    "Status",
    "Grade",
    "Maximum grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def grades_csv(lab: Lab, marks: Sequence[Mark], most: float) -> str:
    """One line for each student: the total, each check's points, the reflection's score, remarks."""
    ids = [check.id for check in lab.checks]
    names = ["student", "total", "maximum", "checks", *ids, "reflection", "reflection_state", "outcome", "remarks"]
    return BOM + table([names, *(_line(ids, mark, most) for mark in marks)])


def grades_json(lab: Lab, marks: Sequence[Mark], most: float) -> str:
    """Everything, with whole verdicts."""
    facts = {"lab": lab.name, "title": lab.title, "maximum": most}
    students = [{"total": mark.total, "lms": mark.row.lms, **mark.row.to_json()} for mark in marks]
    return json.dumps({**facts, "students": students}, ensure_ascii=False, indent=2) + "\n"


def moodle_csv(marks: Sequence[Mark], most: float) -> str | None:
    """Moodle's offline grading worksheet; None when nobody is of Moodle. Its headings are those of an English Moodle,
    which looks for them by name and wants every one that is here but the status."""
    lines = [
        [
            *(f"Participant {user}", _name(mark, user), "", number(mark.total), number(most), "Yes", "", ""),
            _comment(mark),
        ]
        for mark in marks
        if (user := mark.user_of("moodle"))
    ]
    return BOM + table([MOODLE, *lines]) if lines else None


def canvas_csv(lab: Lab, marks: Sequence[Mark], most: float) -> str | None:
    """Canvas' gradebook; None when nobody is of Canvas. Canvas knows people by their ID."""
    lines = [
        [_name(mark, user), user, "", "", "", number(mark.total)] for mark in marks if (user := mark.user_of("canvas"))
    ]
    assignment = f"Lab {lab.number}: {lab.title}"
    heading = [[*CANVAS, assignment], ["    Points Possible", "", "", "", "", number(most)]]
    return table([*heading, *lines]) if lines else None


def table(lines: Iterable[Sequence[object]]) -> str:
    """The lines as CSV, with no formula in them."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerows([cell(one) for one in line] for line in lines)
    return target.getvalue()


def cell(value: object) -> str:
    """A value as a spreadsheet shows it, and never runs it: a formula can also hide behind spaces."""
    if isinstance(value, (int, float)):
        return number(value)
    whole = plain("" if value is None else value, LONGEST)
    raw = str(value).lstrip(" \u00a0")
    return f"'{whole}" if raw.startswith(FORMULA) else whole


def _line(ids: list[str], mark: Mark, most: float) -> list[object]:
    row = mark.row
    points = {result.id: points_of(result) for result in row.graded.verdict.checks}
    earned = None if row.broken else row.graded.verdict.points
    remarks = " | ".join(row.remarks)
    scores = [None if row.fault else points.get(id) for id in ids]
    return [mark.student, mark.total, most, earned, *scores, row.score, row.reflection, mark.kind, remarks]


def _name(mark: Mark, user: str) -> str:
    """The name without the number that keeps two of one name apart."""
    return mark.student.removesuffix(f" {user}")


def _comment(mark: Mark) -> str:
    """What Moodle shows to the student, as HTML. Nothing of a learner's is in it."""
    if mark.row.broken:
        return ""
    verdict = mark.row.graded.verdict
    lines = [total(verdict)]
    lines += [f"{one.id} {one.title}: {one.points}/{one.of}" for one in verdict.checks if one.outcome == FAILED]
    if mark.row.reflection in (batch.TO_GRADE, batch.TO_REVIEW):
        lines.append(_("The reflection is still to be graded."))
    return html.escape("\n".join(lines), quote=False).replace("\n", "<br>")
