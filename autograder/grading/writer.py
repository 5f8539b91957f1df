"""The one process that writes to a course's gradebook.

`python -m autograder.grading.writer COURSE STEP LAB` does one of nbgrader's steps for the students on standard input
(a JSON list of names). It prints one line of JSON for each.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.grading.course import Course
from autograder.grading.gradebook import AUTOGRADE, RELEASE
from autograder.grading.reflection import GRADE_ID
from autograder.lab import find_lab
from autograder.workarounds.jsonschema_links import without_link_grammar
from autograder.workarounds.nbgrader_gradebook import know_the_schema, stay_connected

TOGETHER = 50  # submissions of one transaction


def main(course: str, step: str, lab: str) -> None:
    api = _api(course)
    if step == RELEASE:
        _tell(_done(api.generate_assignment(lab)))
        return
    students = json.load(sys.stdin)
    if step == AUTOGRADE:
        for found in _autograded(api, course, lab, students):
            _tell(found)
        _settle(api, course)
        return
    for student in students:
        done = _done(api.generate_feedback(lab, student))
        _tell({"student": student, **done, "given": _given(api, lab, student)})


def _api(course: str) -> Any:
    """nbgrader in the course's folder, with the course's settings."""
    without_link_grammar()
    from nbgrader.apps import NbGraderAPI  # type: ignore[import-untyped]
    from nbgrader.apps.baseapp import NbGrader  # type: ignore[import-untyped]

    know_the_schema()
    stay_connected()
    os.chdir(course)
    app = NbGrader()
    app.initialize([], root=course)
    return NbGraderAPI(coursedir=app.coursedir, parent=app)


def _autograded(api: Any, course: str, lab: str, students: list[str]) -> Iterator[dict[str, Any]]:
    """Enters all of them, many at once where nbgrader is set up as we set it up, and one by one where that fails."""
    from autograder.grading.direct_entry import DirectEntry, is_ours
    from autograder.grading.gradebook_state import EntryDigests

    place, found = Course(Path(course)), find_lab(lab)
    digests = EntryDigests(place, found)
    direct = DirectEntry(api, place, found) if is_ours(api, lab) else None
    for first in range(0, len(students), TOGETHER):
        some = students[first : first + TOGETHER]
        results = _together(direct, some) if direct else None
        results = results or [{"student": one, **_one(api, place, lab, one)} for one in some]
        digests.keep(one["student"] for one in results if one["ok"])
        yield from results


def _settle(api: Any, course: str) -> None:
    """People, deadlines and penalties, while the gradebook is open."""
    from autograder.grading.enrolment import settle_within

    with api.gradebook as gradebook:
        settle_within(Course(Path(course)), gradebook)


def _together(direct: Any, students: list[str]) -> list[dict[str, Any]] | None:
    """None when one of them cannot be entered so: then nobody has been."""
    try:
        direct.enter(students)
    except Exception as error:  # nbgrader's own way will say what it is, and of whom
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None
    return [{"student": student, "ok": True, "why": None} for student in students]


def _one(api: Any, course: Course, lab: str, student: str) -> dict[str, Any]:
    """Autogrades one submission; a person's grade of the same answer needs no second look."""
    from autograder.grading.graded_notebook import Sheet

    notebook = course.autograded(lab, student) / f"{lab}.ipynb"
    before = Sheet.reflection_in(notebook)
    with _reflection(api, lab, student) as grade:
        looked_at = grade is not None and grade.manual_score is not None and not grade.needs_manual_grade
    done = _done(api.autograde(lab, student))
    if done["ok"] and looked_at and before is not None and before == Sheet.reflection_in(notebook):
        with _reflection(api, lab, student) as grade:
            grade.needs_manual_grade = False
    return done


def _given(api: Any, lab: str, student: str) -> dict[str, Any] | None:
    """What a person gave the written answer; None before it is in the gradebook."""
    with _reflection(api, lab, student) as grade:
        if grade is None:
            return None
        score = grade.auto_score if grade.manual_score is None else grade.manual_score
        facts = {"score": score, "extra": grade.extra_credit, "waits": grade.needs_manual_grade}
    with api.gradebook as gradebook:
        comment = gradebook.find_comment(GRADE_ID, lab, lab, student).manual_comment
    return {**facts, "comment": comment}


@contextlib.contextmanager
def _reflection(api: Any, lab: str, student: str) -> Iterator[Any]:
    """The gradebook's entry for the written answer; None when there is none yet. Changes are kept."""
    from nbgrader.api import MissingEntry  # type: ignore[import-untyped]

    with api.gradebook as gradebook:
        try:
            grade = gradebook.find_grade(GRADE_ID, lab, lab, student)
        except MissingEntry:
            grade = None
        yield grade
        gradebook.db.commit()


def _done(result: dict[str, Any]) -> dict[str, Any]:
    if result["success"]:
        return {"ok": True, "why": None}
    return {"ok": False, "why": (result.get("log") or result.get("error") or "")[-3000:]}


def _tell(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).absolute()), sys.argv[2], sys.argv[3])
