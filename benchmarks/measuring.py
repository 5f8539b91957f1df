"""What several benchmarks measure: a lab's checks, the first use of extras, a service that has nothing to do."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from autograder.lab import Lab
from autograder.runner import run_checks
from benchmarks.figure import Figure
from benchmarks.sandbox_camp import answers
from localcloud import extras
from localcloud.cloud import LEAN

RUNS = 2
START_SECONDS, SETTLE_SECONDS = 120.0, 10.0


def checks(lab: Lab, reach: float) -> Figure:
    """All checks of a lab on its solution, after a first run has warmed everything."""
    run_checks(lab, lab.solution)
    seconds = []
    for _run in range(RUNS):
        started = time.perf_counter()
        verdict = run_checks(lab, lab.solution)
        seconds.append(time.perf_counter() - started)
        if verdict.points < verdict.of:
            failed = [one.id for one in verdict.checks if one.outcome != "passed"]
            raise RuntimeError(f"the solution earned {verdict.points} of {verdict.of}; not passed: {failed}")
    name = f"all {len(lab.checks)} checks of Lab {lab.number} on the solution, warm (worst of {RUNS})"
    return Figure(name, max(seconds), "s", "<=", reach)


def first_use(names: Sequence[str], reach: float) -> Figure:
    """Installing extras in a place that has none. A first time fills the caches of the package managers."""
    for _time in range(2):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            started = time.perf_counter()
            for name in names:
                place = Path(folder) / ".camp" / "extras" / name
                extras.Extra(name, extras.locks() / name, place).ensure(say)
            seconds = time.perf_counter() - started
    return Figure(f"first use installs {', '.join(names)}, warm caches", seconds, "s", "<=", reach)


def idle_memory(name: str, argv: Sequence[str], url: str, reach: float, env: Mapping[str, str] | None = None) -> Figure:
    """The resident memory of `python ARGV` and of all that it started, some seconds after `url` answers."""
    with tempfile.TemporaryFile() as log:
        command = [sys.executable, *argv]
        process = subprocess.Popen(command, env={**os.environ, **LEAN, **(env or {})}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"{name} does not answer: {log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            time.sleep(SETTLE_SECONDS)
            root = psutil.Process(process.pid)
            resident = sum(one.memory_info().rss for one in (root, *root.children(recursive=True)))
        finally:
            process.terminate()
            process.wait(30)
    return Figure(f"{name}, idle", resident / 1e6, "MB", "<=", reach)


def say(line: str) -> None:
    print(line, file=sys.stderr)
