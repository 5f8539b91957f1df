"""nbgrader's steps, each in one process of its own: only one writes to a course's gradebook at any time."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autograder import project
from autograder.grading.course import Course, CourseError
from autograder.grading.gradebook_state import EntryDigests, Standing, standings
from autograder.lab import Lab
from localcloud.messages import _

LAST_WORDS = 2000
RELEASE, AUTOGRADE, FEEDBACK = "release", "autograde", "feedback"  # the steps that the writer knows
NOTHING = Standing(None, None)


class GradebookError(RuntimeError):
    """nbgrader could not do its part; the text is what it said."""


def release(course: Course, lab: Lab) -> Path:
    """Makes the student's version of a lab, and returns its folder."""
    with Step(course, RELEASE, lab) as step:
        [done] = step.run([])
    if not done["ok"]:
        raise GradebookError(done["why"])
    return course.release(lab.name)


def autograding(course: Course, lab: Lab) -> "Step":
    """What `autograde` needs."""
    return Step(course, AUTOGRADE, lab)


def autograde(course: Course, lab: Lab, students: dict[str, float | None], step: "Step") -> Iterator[dict[str, Any]]:
    """Brings the students' verdicts into the gradebook, and says what stands there afterwards. The values are the
    points (None: a person must look at a check). What stands there already is left alone."""
    entered, before = EntryDigests(course, lab), standings(course, lab)
    pending = [one for one, points in students.items() if not _stands(one, points, entered, before)]
    why = {one["student"]: None if one["ok"] else one["why"] for one in (step.run(pending) if pending else ())}
    after = standings(course, lab) if pending else before
    for student in students:
        found = after.get(student, NOTHING)
        yield {"student": student, "why": why.get(student), "points": found.points, "reflection": found.reflection}


def _stands(student: str, points: float | None, entered: EntryDigests, found: dict[str, Standing]) -> bool:
    return student in found and found[student].points == points and entered.holds(student)


def feedback(course: Course, lab: Lab) -> Iterator[dict[str, Any]]:
    """Makes the feedback of everybody who was graded; of each the student, whether it is made, why not, and what a
    person gave the written answer."""
    graded = sorted(path.parent.parent.name for path in course.root.glob(f"autograded/*/{lab.name}/{lab.name}.ipynb"))
    if graded:
        with Step(course, FEEDBACK, lab) as step:
            yield from step.run(graded)


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Holds the course's gradebook; CourseError when somebody else does."""
    with (course.root / ".gradebook.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(_("Another camp is at work in this course. Wait until it is done.")) from error
        yield


def environment() -> dict[str, str]:
    """nbgrader's environment: its own programs first on PATH (it calls alembic), and this project."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": programs, "CAMP_ROOT": str(project.root()), "PYTHONUTF8": "1"}


class Step:
    """One of nbgrader's steps, in a process of its own that ends with the block."""

    def __init__(self, course: Course, step: str, lab: Lab) -> None:
        program = (sys.executable, "-W", "ignore", "-m", "autograder.grading.writer")
        self._command = [*program, str(course.root), step, lab.name]
        self._log = course.root / "nbgrader.err"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Step":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def prepare(self) -> None:
        """Starts the process: nbgrader takes two seconds to import, and `run` will soon be called."""
        self._end()
        with self._log.open("w+b") as errors:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment()
            )

    def run(self, students: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Does it, once, for these students, and says of each what became of it; GradebookError."""
        if self._process is None or self._process.poll() is not None:
            self.prepare()
        process = self._process
        assert process and process.stdin and process.stdout
        with suppress(BrokenPipeError):  # it has died, and says why
            process.stdin.write(json.dumps(students).encode())
            process.stdin.close()
        for line in process.stdout:
            yield json.loads(line)
        if process.wait():
            raise GradebookError(self._log.read_text("utf-8", "replace")[-LAST_WORDS:])
        self._log.unlink()

    def _end(self) -> None:
        if self._process:
            if self._process.poll() is None:
                self._process.kill()
                self._log.unlink(missing_ok=True)
            with suppress(BrokenPipeError):
                self._process.__exit__(None, None, None)
