"""Grading a folder of submissions: each one to a verdict, and all of them into the gradebook."""

import dataclasses
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.grading import gradebook, record
from autograder.grading.collecting import collect, original
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn, gather
from autograder.grading.grade import Graded, fault, grade, not_checked
from autograder.lab import Lab
from autograder.sandbox import Sandbox
from localcloud.messages import _

TO_GRADE, TO_REVIEW, ANSWERED, NO_ANSWER, UNKNOWN = "to be graded", "to be reviewed", "graded", "no answer", "unknown"


@dataclass(frozen=True)
class Row:
    """What became of one student's submission. `reflection` is a state, `score` a person's or, without an answer, 0."""

    student: str
    graded: Graded
    reflection: str = UNKNOWN
    score: float | None = None
    fault: str | None = None

    @property
    def broken(self) -> bool:
        """Whether a fault of ours is in it: its points are not the learner's."""
        return self.graded.broken or self.fault is not None

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(text for text in (self.fault, self.graded.reason, *self.graded.notes) if text)

    def to_json(self) -> dict[str, Any]:
        answer = {"state": self.reflection, "score": self.score, "text": self.graded.reflection}
        facts = {"student": self.student, "broken": self.broken, "fault": self.fault}
        return {**facts, **self.graded.to_json(), "reflection": answer}


def grade_all(
    course: Course,
    lab: Lab,
    folder: Path,
    seed: int,
    say: Callable[[str, Graded], None],
    sandbox: Sandbox | None = None,
) -> list[Row]:
    """Grades everybody in `folder`, calls `say` after each, and brings all of it into the gradebook."""
    rows: dict[str, Row] = {}
    same: dict[str, bool] = {}
    for handed_in in gather(folder, lab):
        before = record.known(course, lab, handed_in.student)
        try:
            graded = grade_one(course, lab, handed_in, seed, sandbox)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            graded = fault(lab, seed, error)
        same[handed_in.student] = before is not None and before.graded.reflection == graded.reflection
        rows[handed_in.student] = Row(handed_in.student, graded)
        say(handed_in.student, graded)
    for found in gradebook.autograde(course, lab, same) if same else ():
        rows[found["student"]] = _entered(rows[found["student"]], found)
    return list(rows.values())


def grade_one(course: Course, lab: Lab, handed_in: HandedIn, seed: int, sandbox: Sandbox | None = None) -> Graded:
    """The verdict on one submission, kept with the submission in the course."""
    first = original(course, lab, handed_in)
    problem = first.problem
    graded = not_checked(lab, seed, problem) if problem else grade(first.data, lab, seed, sandbox=sandbox)
    graded = dataclasses.replace(graded, notes=(*first.notes, *graded.notes))
    tree = collect(course, lab, first, graded.reflection)
    submission = record.digest(first.data)
    record.keep(record.Record(first.student, submission, tree, record.digest_of(lab), graded), course, lab)
    return graded


def _entered(row: Row, found: dict[str, Any]) -> Row:
    """The row with what the gradebook says; that it says the same as the verdict is not taken for granted."""
    if not found["ok"]:
        return dataclasses.replace(row, fault=_("nbgrader: {why}").format(why=found["why"].strip()[-300:]))
    fault = None
    if not row.graded.broken and found["points"] != row.graded.verdict.points:
        fault = _("The gradebook has {points} points.").format(points=found["points"])
    state, score = _reflection(found["reflection"])
    return dataclasses.replace(row, reflection=state, score=score, fault=fault)


def _reflection(facts: dict[str, Any] | None) -> tuple[str, float | None]:
    if facts is None:
        return UNKNOWN, None
    if facts["manual"] is not None:
        return (TO_REVIEW if facts["waits"] else ANSWERED), facts["manual"]
    return (TO_GRADE, None) if facts["waits"] else (NO_ANSWER, facts["auto"])
