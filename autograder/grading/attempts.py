"""Which of several attempts counts: the last of those that are allowed, or the best of them after what is taken off."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from autograder.grading import collected, gathering, times
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn, Waiting
from autograder.grading.grade import Graded
from autograder.grading.policy import BEST
from autograder.grading.record import Record, digest, digest_of, keep_at, known_at
from autograder.grading.rules import Rules
from autograder.grading.times import CLAIMS, COMMIT, NAME
from autograder.intake import shown
from autograder.lab import Lab
from localcloud.messages import _


class Graders(Protocol):
    """Whatever grades a submission, such as a pool of processes."""

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded: ...


def expected(course: Course, lab: Lab, source: Path | None) -> int | None:
    """How many `to_grade` will find, as far as that can be said without reading them."""
    return len(collected.students(course, lab)) if source is None else gathering.expected(source, lab)


def to_grade(course: Course, lab: Lab, source: Path | None, rules: Rules) -> Iterator[HandedIn]:
    """Everybody's submission that counts, from `source` or from what was collected. Where the best attempt counts, it
    is the last allowed one, with all allowed ones in `attempts`. Attempts beyond those allowed are not read."""
    if source is None:
        found = collected.waiting(course, lab)
    else:
        found = gathering.waiting(source, lab, names=rules.roster.student_of)
    for one in found:
        yield _counting(one, lab, rules)


def _counting(one: Waiting, lab: Lab, rules: Rules) -> HandedIn:
    allowed = rules.allowed(lab.name, one.student)
    reads = one.reads[:allowed]
    best = rules.lab(lab.name).counts == BEST and len(reads) > 1
    attempts = [_timed(read(), lab, rules) for read in (reads if best else reads[-1:])]
    last = replace(attempts[-1], lms=attempts[-1].lms or one.lms)
    if len(one.reads) == 1:
        return last
    if best:
        plain = tuple(replace(attempt, told=()) for attempt in attempts)
        return replace(last, attempts=plain, told=_more(one, allowed))
    told = _("There are {count} submissions; {name} counts.").format(count=len(one.reads), name=shown(last.name))
    return replace(last, told=(told, *_more(one, allowed), *last.told))


def _more(one: Waiting, allowed: int | None) -> tuple[str, ...]:
    if allowed is None or len(one.reads) <= allowed:
        return ()
    more = len(one.reads) - allowed
    return (_("Attempts allowed: {allowed}; not graded: {more}.").format(allowed=allowed, more=more),)


def _timed(handed_in: HandedIn, lab: Lab, rules: Rules) -> HandedIn:
    """The same with its time, and with a word where it is in time only by the learner's own account."""
    if handed_in.timestamp is None and (named := times.of_name(handed_in.name, rules.policy.zone)):
        handed_in = replace(handed_in, timestamp=times.stamp(named), known_by=NAME)
    if handed_in.known_by not in CLAIMS or rules.lab(lab.name).deadline is None:
        return handed_in
    claimed, surely = (
        rules.seconds_late(lab.name, handed_in.student, times.of_stamp(stamp)) if stamp else None
        for stamp in (handed_in.timestamp, handed_in.collected)
    )
    if claimed or surely == 0:
        return handed_in
    told = _("In time, as the file's name says.")
    if handed_in.known_by == COMMIT:
        told = _("In time, as the commit itself says.")
    return replace(handed_in, told=(*handed_in.told, told))


async def best(handed_in: HandedIn, lab: Lab, seed: int, graders: Graders, rules: Rules) -> HandedIn:
    """The attempt with the most points after what is taken off for being late; of equal ones the first. Where a fault
    of ours left one without a verdict and no other has all points, that one: so that it is told, and tried again."""
    points: list[float | None] = []
    for attempt in handed_in.attempts:
        points.append(await _points(attempt, lab, seed, graders, rules))
    most = max((one for one in points if one is not None), default=-1.0)
    unknown = None in points and most < lab.points
    place = points.index(None if unknown else most)
    chosen = handed_in.attempts[place]
    words = _("There are {count} submissions that count; the best is number {number}, {name}.")
    told = words.format(count=len(points), number=place + 1, name=shown(chosen.name))
    claims = _timed(chosen, lab, rules).told
    return replace(chosen, lms=chosen.lms or handed_in.lms, told=(told, *handed_in.told, *claims))


async def _points(attempt: HandedIn, lab: Lab, seed: int, graders: Graders, rules: Rules) -> float | None:
    """What an attempt comes to by its checks; None after a fault of ours."""
    if attempt.problem:
        return 0.0
    graded = await graders.grade(attempt.data, lab, seed)
    if graded.broken:
        return None
    earned = graded.verdict.points
    return earned - rules.penalty(lab.name, attempt.student, earned, times.of_stamp(attempt.timestamp))


class Remembered:
    """Grades no attempt twice: each has a record of its own, which holds until the checks or the seed change."""

    def __init__(self, graders: Graders, course: Course, student: str, regrade: bool) -> None:
        self._graders = graders
        self._course = course
        self._student = student
        self._regrade = regrade
        self._made: set[str] = set()

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded:
        """The known verdict on this attempt, else a new one, which is kept."""
        content = digest(submission)
        path = self._course.attempts(lab.name, self._student) / f"{content[:16]}.json"
        known = known_at(path)
        if known and content in self._made:
            return known.graded
        if known and not self._regrade and known.is_of(content, lab, seed):
            return known.graded
        graded = await self._graders.grade(submission, lab, seed)
        keep_at(path, Record(self._student, content, "", digest_of(lab), graded))
        self._made.add(content)
        return graded
