"""Grades for other programs: a spreadsheet, a script, Moodle, Canvas.

A cell that a spreadsheet would take for a formula begins with an apostrophe. `grades.csv` and `moodle.csv` begin with a
byte order mark, by which Excel knows UTF-8 and which Moodle skips; `canvas.csv` has none, as Canvas' own export.
"""

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from autograder.grading.marks import NOT_HANDED_IN, Mark, number, points_of
from autograder.grading.markup import plain
from autograder.grading.roster import Person
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


def grades_csv(lab: Lab, marks: Sequence[Mark], most: float, missing: Sequence[Person] = ()) -> str:
    """One line for each student: the total, each check's points, the reflection's score, extra credit, what is taken
    off for being late, remarks. Whoever handed in nothing has no points, which is not 0 points."""
    ids = [check.id for check in lab.checks]
    names = ["student", "name", "total", "maximum", "checks", *ids, "reflection", "reflection_state"]
    names += ["extra_credit", "late_penalty", "outcome", "remarks"]
    absent = [[one.student, one.name, None, most, *[None] * (len(names) - 6), NOT_HANDED_IN, ""] for one in missing]
    return BOM + table([names, *(_line(ids, mark, most) for mark in marks), *absent])


def grades_json(lab: Lab, marks: Sequence[Mark], most: float, missing: Sequence[Person] = ()) -> str:
    """Everything, with whole verdicts."""
    facts = {"lab": lab.name, "title": lab.title, "maximum": most}
    students = [
        {
            **{"total": mark.total, "name": mark.name, "lms": mark.row.lms},
            **{"late_penalty": mark.penalty, "extra_credit": mark.extra, "remarks": mark.remarks},
            **mark.row.to_json(),
        }
        for mark in marks
    ]
    absent = [one.student for one in missing]
    return as_json({**facts, "students": students, "not_handed_in": absent}) + "\n"


def as_json(facts: dict[str, Any]) -> str:
    """Indented JSON of a whole class, quickly. What is no Unicode, which JSON can hold, is escaped."""
    try:
        return orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:
        return json.dumps(facts, indent=2)


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
    remarks = " | ".join(mark.remarks)
    scores = [None if row.fault else points.get(id) for id in ids]
    given = [row.score, row.reflection, mark.extra or None, mark.penalty or None]
    return [mark.student, mark.name, mark.total, most, earned, *scores, *given, mark.kind, remarks]


def _name(mark: Mark, user: str) -> str:
    """The roster's name, else the one in the file's name without the number that keeps two of one name apart."""
    return mark.name or mark.student.removesuffix(f" {user}")


def _comment(mark: Mark) -> str:
    """What Moodle shows to the student, as HTML. Nothing of a learner's is in it."""
    if mark.row.broken:
        return ""
    verdict = mark.row.graded.verdict
    lines = [total(verdict)]
    lines += [f"{one.id} {one.title}: {one.points}/{one.of}" for one in verdict.checks if one.outcome == FAILED]
    if mark.penalty:
        lines.append(_("Taken off for being late: {points:g}.").format(points=mark.penalty))
    if mark.waits:
        lines.append(_("The reflection is still to be graded."))
    return html.escape("\n".join(lines), quote=False).replace("\n", "<br>")
