"""Resuming a batch that is finished, and what entering a verdict costs. Called by `grade`."""

import dataclasses
import os
from pathlib import Path

from autograder.grading import collecting, record
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn
from benchmarks import grading_class as handing_in
from benchmarks.figure import Figure

STUDENTS, DIFFERENT = int(os.environ.get("CAMP_BENCH_RESUMED", "1000")), 6
RUNS = 3


def figures() -> list[Figure]:
    with handing_in.course() as place:
        folder = place.parent / "in"
        finish(Course(place), folder)
        entered = handing_in.grade(place, folder, {})
        resumed = [handing_in.grade(place, folder, {}) for _run in range(RUNS)]
    assert len(resumed[0].report["students"]) == STUDENTS
    cost = (entered.cpu - min(one.cpu for one in resumed)) / STUDENTS * 1000
    slowest = max(one.seconds for one in resumed)
    return [
        Figure(f"resume of a finished batch of {STUDENTS:,} (worst of {RUNS})", slowest, "s", "<=", 2),
        Figure("a verdict into the gradebook, nbgrader's import included", cost, "ms of CPU", "<=", 10),
    ]


def finish(course: Course, folder: Path) -> None:
    """Grades a few, then leaves for everybody what a grading leaves, but for the gradebook."""
    lab = handing_in.lab()
    first = handing_in.hand_in(folder, DIFFERENT)
    handing_in.grade(course.root, folder, first)
    kept = [(record.known(course, lab, student), claim.submission) for student, claim in first.items()]
    for number in range(DIFFERENT, STUDENTS):
        known, data = kept[number % DIFFERENT]
        assert known
        student = f"student-{number:05d}"
        (folder / f"{student}.zip").write_bytes(data)
        tree = collecting.collect(course, lab, HandedIn(student, data), known.graded)
        record.keep(dataclasses.replace(known, student=student, tree=tree), course, lab)
