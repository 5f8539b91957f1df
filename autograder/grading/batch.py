"""Grading a folder of submissions: each one to a verdict, and all of them into the gradebook."""

import asyncio
import dataclasses
import errno
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.grading import collecting, gradebook, record
from autograder.grading.attempts import Graders, Remembered, best, to_grade
from autograder.grading.collecting import collect, original
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn
from autograder.grading.grade import Graded, fault, not_checked
from autograder.grading.pool import SECONDS, Pool, pool
from autograder.grading.record import Record
from autograder.grading.rules import Rules
from autograder.grading.rules import rules as rules_of
from autograder.lab import Lab
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.grading.cluster import Cluster

A_WHILE = 0.5
TO_GRADE, TO_REVIEW, ANSWERED, NO_ANSWER, UNKNOWN = "to be graded", "to be reviewed", "graded", "no answer", "unknown"


@dataclass(frozen=True)
class Row:
    """What became of one student's submission. `reflection` is a state, `score` a person's or, without an answer, 0."""

    student: str
    graded: Graded
    reflection: str = UNKNOWN
    score: float | None = None
    fault: str | None = None
    lms: str | None = None
    told: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a fault of ours is in it: its points are not the learner's."""
        return self.graded.broken or self.fault is not None

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(text for text in (self.fault, self.graded.reason, *self.told, *self.graded.notes) if text)

    def to_json(self) -> dict[str, Any]:
        answer = {"state": self.reflection, "score": self.score, "text": self.graded.reflection}
        facts = {"student": self.student, "broken": self.broken, "fault": self.fault}
        return {**facts, **self.graded.to_json(), "reflection": answer}


@dataclass(frozen=True)
class Plan:
    """How a batch is graded."""

    seed: int  # of all inputs
    workers: int = 1  # grader processes
    seconds: float = SECONDS  # that each submission may take
    regrade: bool = False  # verdicts that are known are made again
    trusted: bool = False  # apps run without a sandbox
    dask: str | None = None  # where the scheduler is, if a Dask cluster does the work
    cold: bool = False  # every worker in the sandbox is a fresh interpreter

    def graders(self) -> "AbstractAsyncContextManager[Pool | Cluster]":
        """What grades: processes of this machine, or a Dask cluster."""
        if self.dask is None:
            return pool(self.workers, self.seconds, self.trusted, self.cold)
        from autograder.grading.cluster import cluster

        return cluster(self.dask, self.seconds, self.trusted, self.cold)


def grade_all(
    course: Course, lab: Lab, folder: Path | None, plan: Plan, say: Callable[[str, Graded], None]
) -> list[Row]:
    """Grades everybody in `folder` (None: what was collected), calls `say` after each, and brings all of it into the
    gradebook. What was graded when it is stopped stays graded: the same call goes on from there."""
    rules = rules_of(course)
    rows: dict[str, Row] = {}

    def done(handed_in: HandedIn, before: Record | None, graded: Graded) -> None:
        student = handed_in.student
        rows[student] = Row(student, graded, lms=handed_in.lms or (before.lms if before else None), told=handed_in.told)
        say(student, graded)

    record.seed_for(course, lab, plan.seed)
    with gradebook.autograding(course, lab) as step:
        everybody = to_grade(course, lab, folder, rules)
        asyncio.run(_grade_everybody(course, lab, everybody, plan, done, rules, step.prepare))
        for found in gradebook.autograde(course, lab, _points(rows), step):
            rows[found["student"]] = with_gradebook(rows[found["student"]], found)
    return [rows[student] for student in sorted(rows)]


def _points(rows: dict[str, Row]) -> dict[str, float | None]:
    """What each student has earned; None where a person must look at a check."""
    return {one: None if row.graded.broken else float(row.graded.verdict.points) for one, row in sorted(rows.items())}


async def _grade_everybody(
    course: Course,
    lab: Lab,
    everybody: Iterable[HandedIn],
    plan: Plan,
    done: Callable[..., None],
    rules: Rules,
    nearly_done: Callable[[], None],
) -> None:
    """Reads submissions no faster than they are graded, so that memory does not grow with the batch. Calls
    `nearly_done` when the last ones are being graded, if that takes a while."""
    async with plan.graders() as graders:
        running: set[asyncio.Task[None]] = set()
        try:
            for handed_in in everybody:
                running.add(asyncio.create_task(_grade_and_tell(course, lab, handed_in, plan, graders, done, rules)))
                if len(running) > 2 * graders.capacity:
                    running = await _finished(running, asyncio.FIRST_COMPLETED)
            if running:
                running = await _finished(running, asyncio.ALL_COMPLETED, A_WHILE)
            if running:
                nearly_done()
                await _finished(running, asyncio.ALL_COMPLETED)
        finally:
            for task in running:
                task.cancel()


async def _finished(
    running: "set[asyncio.Task[None]]", when: str, seconds: float | None = None
) -> "set[asyncio.Task[None]]":
    finished, running = await asyncio.wait(running, timeout=seconds, return_when=when)
    for task in finished:
        task.result()
    return running


async def _grade_and_tell(
    course: Course, lab: Lab, handed_in: HandedIn, plan: Plan, graders: Graders, done: Callable[..., None], rules: Rules
) -> None:
    """One submission; a full disk ends the batch, no other fault does."""
    before = record.known(course, lab, handed_in.student)
    try:
        if handed_in.attempts:
            graders = Remembered(graders, course, handed_in.student, plan.regrade)
            handed_in = await best(handed_in, lab, plan.seed, graders, rules)
        graded = await grade_one(course, lab, handed_in, plan, graders, before)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        graded = fault(lab, plan.seed, error)
    done(handed_in, before, graded)


async def grade_one(
    course: Course, lab: Lab, handed_in: HandedIn, plan: Plan, graders: Graders, known: Record | None
) -> Graded:
    """The verdict on one submission, kept with the submission in the course; the known one where it holds."""
    first = original(course, lab, handed_in)
    submission = record.digest(first.data)
    fresh = plan.regrade or not course.submitted(lab.name, first.student).is_dir()
    if known and not fresh and known.is_of(submission, lab, plan.seed):
        collecting.stamp(course, lab, first)
        if known.told != first.told:
            record.keep(dataclasses.replace(known, told=first.told), course, lab)
        return known.graded
    if first.problem:
        graded = not_checked(lab, plan.seed, first.problem)
    else:
        graded = await graders.grade(first.data, lab, plan.seed)
    graded = dataclasses.replace(graded, notes=(*first.notes, *graded.notes))
    tree = collect(course, lab, first, graded)
    lms = first.lms or (known.lms if known else None)
    record.keep(Record(first.student, submission, tree, record.digest_of(lab), graded, lms, first.told), course, lab)
    return graded


def with_gradebook(row: Row, found: dict[str, Any]) -> Row:
    """The row with what the gradebook says; that it says the same as the verdict is not taken for granted."""
    if found["why"] is not None:
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
