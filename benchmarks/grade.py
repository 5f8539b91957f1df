"""Grading at scale, by the real command on a class of Lab 1: rate, growth, workers, memory, resuming.

`CAMP_BENCH_CLASS` and `CAMP_BENCH_GROWTH` (at least 200) make it shorter. A worker is one grader process; it
waits for silence most of the time, so that a core carries several.
"""

import os
import statistics
import threading
from pathlib import Path

import click
import psutil

from benchmarks import grade_dask, grade_mixed, grade_notebooks, grade_resume
from benchmarks import grading_class as handing_in
from benchmarks.figure import Figure

CLASS = int(os.environ.get("CAMP_BENCH_CLASS", "300"))
GROWTH = int(os.environ.get("CAMP_BENCH_GROWTH", "1000"))
FEW, FOR_WORKERS = 10, 80
LEAST_GROWTH = 20 * FEW  # a tenth of it must be well beyond FEW: their difference is divided by


def run() -> list[Figure]:
    if GROWTH < LEAST_GROWTH:
        raise click.UsageError(f"CAMP_BENCH_GROWTH is {GROWTH}; the cost of growth needs at least {LEAST_GROWTH}.")
    return [
        *rate(),
        *grade_mixed.run(),
        *growth(),
        *workers(),
        *grade_notebooks.run(),
        *grade_resume.figures(),
        *grade_dask.figures(),
    ]


def rate() -> list[Figure]:
    """A whole class of honest and wrong submissions, from nothing to the report."""
    with handing_in.course() as place:
        folder = place.parent / "in"
        batch = handing_in.grade(place, folder, handing_in.hand_in(folder, CLASS))
    name = f"Lab 1, {CLASS} submissions, sandbox on ({batch.cpu / CLASS:.2f} CPU s each)"
    return [
        Figure(name, CLASS / batch.seconds, "a second", ">=", 3),
        Figure(f"Lab 1, {CLASS} submissions: points that are not right", len(batch.wrong), "students", "<=", 0),
    ]


def growth() -> list[Figure]:
    """The marginal cost of a submission in a large batch beside a small one; the memory of all processes."""
    costs, held = {}, {}
    for count in (FEW, GROWTH // 10, GROWTH):
        with handing_in.course() as place, Memory() as memory:
            folder = place.parent / "in"
            batch = handing_in.grade(place, folder, handing_in.hand_in(folder, count))
        costs[count], held[count] = batch.cpu, memory
    middle = GROWTH // 10
    small = (costs[middle] - costs[FEW]) / (middle - FEW)
    large = (costs[GROWTH] - costs[middle]) / (GROWTH - middle)
    beside = f"{GROWTH:,} submissions beside {middle}"
    return [
        Figure(f"CPU of one more submission, {beside}", large / small, "x", "<=", 1.1),
        Figure(
            f"memory of all processes, median of the second half (at most {held[GROWTH].most:,.0f} MB), {beside}",
            held[GROWTH].usual / held[middle].usual,
            "x",
            "<=",
            1.1,
        ),
    ]


def workers() -> list[Figure]:
    seconds = {}
    for count in (1, 2):
        with handing_in.course() as place:
            folder = place.parent / "in"
            handed_in = handing_in.hand_in(folder, FOR_WORKERS)
            seconds[count] = handing_in.grade(place, folder, handed_in, "--workers", str(count)).seconds
    return [Figure("two workers beside one", seconds[1] / seconds[2], "x", ">=", 1.8)]


class Memory:
    """The resident memory that this process's descendants have together while the block runs, looked at every second,
    in MB. What forked processes share is counted once (PSS)."""

    def __enter__(self) -> "Memory":
        self._seen: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def most(self) -> float:
        return max(self._seen)

    @property
    def usual(self) -> float:
        """The median of the second half, when all that starts at first need has started: the highest of many looks is
        higher than that of few, whatever happens."""
        return statistics.median(self._seen[len(self._seen) // 2 :])

    def _look(self) -> None:
        while not self._done.wait(1.0):
            self._seen.append(sum(map(_proportional, psutil.Process().children(recursive=True))))


def _proportional(process: psutil.Process) -> float:
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
