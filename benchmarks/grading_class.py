"""A class that hands in Lab 1, and what `camp grade` makes of it: shared by the benchmarks of grading."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from autograder.grading.grade import Graded
from autograder.lab import Lab, find_lab
from benchmarks.accuracy import Claim, claims

SEED = 7
BUSY = ("user", "nice", "system", "irq", "softirq")


@dataclass(frozen=True)
class Batch:
    """A finished `camp grade`: wall seconds, CPU seconds of the whole computer meanwhile, what it printed, whose points
    are wrong."""

    seconds: float
    cpu: float
    report: dict[str, Any]
    wrong: list[str]


def lab() -> Lab:
    return find_lab("1")


@contextmanager
def course() -> Iterator[Path]:
    """A new course with Lab 1 released; gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "course"
        camp("course", "new", str(place))
        camp("release", "1", "--course", str(place))
        yield place


def hand_in(folder: Path, count: int) -> dict[str, Claim]:
    """Writes `count` submissions that terminate: the starter, the solution, alternatives and mutants in equal parts;
    returns what must be true of each student's."""
    folder.mkdir()
    kinds = list(claims(lab()))
    random.Random(SEED).shuffle(kinds)
    handed_in = {f"student-{number:05d}": kinds[number % len(kinds)] for number in range(count)}
    for student, claim in handed_in.items():
        (folder / f"{student}.zip").write_bytes(claim.submission)
    return handed_in


def grade(place: Path, folder: Path, handed_in: dict[str, Claim], *options: str) -> Batch:
    """Runs `camp grade`, and looks at every student's points."""
    before, started = _cpu(), time.perf_counter()
    done = camp("grade", str(folder), "--lab", "1", "--course", str(place), "--seed", str(SEED), "--json", *options)
    seconds, cpu = time.perf_counter() - started, _cpu() - before
    report: dict[str, Any] = json.loads(done.stdout)
    verdicts = {row["student"]: Graded.from_json({**row, "reflection": None}) for row in report["students"]}
    wrong = [
        student
        for student, claim in handed_in.items()
        if student not in verdicts or verdicts[student].broken or not claim.holds(verdicts[student].verdict)
    ]
    return Batch(seconds, cpu, report, wrong)


def camp(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the command; RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    if done.returncode:
        raise RuntimeError(f"camp {' '.join(arguments)}: {done.stderr[-2000:]}")
    return done


def _cpu() -> float:
    """CPU seconds of all processes of this computer, so let nothing else run: nobody waits for what ends in a sandbox,
    and `getrusage` leaves it out, about half of the work."""
    used = psutil.cpu_times()._asdict()
    return float(sum(seconds for name, seconds in used.items() if name in BUSY))
