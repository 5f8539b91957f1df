"""What `camp course collect` has taken in: every attempt of every student, byte by byte, with the time that counts.

`collected/<lab>/<student>/` holds `001.zip` and `001.json`, `002.zip` and so on, in the order in which they came.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from autograder.grading import times
from autograder.grading.course import Course, CourseError, write
from autograder.grading.gathering import HandedIn, Waiting
from autograder.grading.listed import UNREACHED
from autograder.grading.record import digest
from autograder.grading.times import CLAIMS, COLLECTED, GIVEN, NAME, NBGRADER
from autograder.lab import Lab
from localcloud.messages import _


@dataclass(frozen=True)
class Attempt:
    """One attempt's facts: when it was handed in and by what that is known (`given` by the instructor, `nbgrader`,
    `commit`, `name`, `collected`), when it was collected (both as in timestamp.txt), what stands for its content."""

    handed_in: str
    known_by: str
    collected: str
    content: str
    name: str
    problem: str | None = None
    notes: tuple[str, ...] = ()
    lms: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Attempt":
        return cls(**{**data, "notes": tuple(data["notes"])})


@dataclass(frozen=True)
class Taken:
    """What became of one submission: the attempt's number where it is a new one, or why it could not be had."""

    student: str
    name: str
    number: int | None = None
    why: str | None = None


def take_in(course: Course, lab: Lab, one: Waiting, when: "When") -> Iterator[Taken]:
    """Keeps what a student handed in and is not kept yet. A folder or a repository is one thing that changes: coming
    back to what it was is a new attempt."""
    folder = course.collected(lab.name) / one.student
    for read in one.reads:
        handed_in = read()
        if handed_in.state == UNREACHED:
            yield Taken(one.student, handed_in.name, why=handed_in.problem)
            continue
        there = attempts(folder)
        known = [attempt.content for _number, attempt in there]
        content = handed_in.state or digest(handed_in.data + (handed_in.problem or "").encode("utf-8", "replace"))
        changes = handed_in.tree is not None or handed_in.state is not None
        if content in (known[-1:] if changes else known):
            yield Taken(one.student, handed_in.name)
            continue
        number = there[-1][0] + 1 if there else 1
        facts = when.facts_of(replace(handed_in, lms=handed_in.lms or one.lms), content)
        write(folder / f"{number:03}.zip", handed_in.data)
        text = json.dumps(asdict(facts), ensure_ascii=False, indent=2) + "\n"
        write(folder / f"{number:03}.json", text.encode("utf-8", "replace"))
        yield Taken(one.student, handed_in.name, number)


@dataclass(frozen=True)
class When:
    """How the time of an attempt is told: `now` is the time of collecting, `at` the one that the instructor gives for
    all, `by_student` those given for some."""

    now: datetime
    zone: tzinfo
    at: datetime | None = None
    by_student: "dict[str, datetime] | None" = None

    def facts_of(self, handed_in: HandedIn, content: str) -> Attempt:
        found, known_by = self._time(handed_in)
        if known_by in CLAIMS and found > self.now:
            found, known_by = self.now, COLLECTED
        return Attempt(
            times.stamp(found),
            known_by,
            times.stamp(self.now),
            content,
            handed_in.name,
            handed_in.problem,
            handed_in.notes,
            handed_in.lms,
        )

    def _time(self, handed_in: HandedIn) -> tuple[datetime, str]:
        given = self.by_student or {}
        time = given.get(handed_in.student) or given.get(handed_in.lms or "") or self.at
        if time:
            return time, GIVEN
        if stamped := times.of_stamp(handed_in.timestamp):
            return stamped, handed_in.known_by or NBGRADER
        if named := times.of_name(handed_in.name, self.zone):
            return named, NAME
        return self.now, COLLECTED


def now() -> datetime:
    return datetime.now(timezone.utc)


def students(course: Course, lab: Lab) -> list[str]:
    """Of whom something of the lab has been collected."""
    folder = course.collected(lab.name)
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def waiting(course: Course, lab: Lab) -> Iterator[Waiting]:
    """Everybody's attempts, in the order in which they were collected."""
    for student in students(course, lab):
        folder = course.collected(lab.name) / student
        if found := attempts(folder):
            reads = tuple(partial(_read, student, folder / f"{number:03}.zip", facts) for number, facts in found)
            lms = next((facts.lms for _number, facts in reversed(found) if facts.lms), None)
            yield Waiting(student, tuple(facts.name for _number, facts in found), reads, lms)


def attempts(folder: Path) -> list[tuple[int, Attempt]]:
    """The attempts that are whole, with their numbers: what a killed collect left half is none. CourseError for a file
    that somebody has damaged."""
    found = []
    for path in folder.glob("*.json"):
        if path.stem.isdigit() and path.with_suffix(".zip").is_file():
            found.append((int(path.stem), _facts(path)))
    return sorted(found, key=lambda one: one[0])


def _facts(path: Path) -> Attempt:
    try:
        return Attempt.from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        words = _("{path} is damaged. Remove it and the .zip beside it, then collect again.")
        raise CourseError(words.format(path=path)) from error


def _read(student: str, path: Path, facts: Attempt) -> HandedIn:
    return HandedIn(
        student,
        path.read_bytes(),
        facts.problem,
        facts.notes,
        timestamp=facts.handed_in,
        lms=facts.lms,
        name=facts.name,
        known_by=facts.known_by,
        collected=facts.collected,
    )
