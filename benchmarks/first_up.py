"""The first `./camp up` of a fresh clone, with warm package caches."""

import subprocess
import tempfile
import time
from pathlib import Path

from autograder import project
from benchmarks.figure import Figure
from benchmarks.sandbox_camp import START_SECONDS, cloud_answers

LIMIT_SECONDS = 10 * START_SECONDS


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(project.root()), str(clone)], check=True)
        started = time.perf_counter()
        camp = subprocess.Popen([str(clone / "camp"), "up", "--headless"], stdout=subprocess.DEVNULL, cwd=clone)
        try:
            while not cloud_answers(clone):
                if camp.poll() is not None or time.perf_counter() - started > LIMIT_SECONDS:
                    raise RuntimeError("the first ./camp up of a fresh clone did not come up")
                time.sleep(0.1)
            seconds = time.perf_counter() - started
        finally:
            camp.terminate()
            camp.wait(30)
    return [Figure("first ./camp up, warm package caches", seconds, "s", "<=", 120)]
