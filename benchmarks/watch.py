"""`camp watch` on one check: from the save to the verdict on the terminal."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from autograder.lab import find_lab
from benchmarks.figure import Figure
from benchmarks.sandbox_camp import camp_root

CHECKS = ("1.1", "1.5")
SAVES = 5
WAITING = "Waiting for the next save"


def until(lines: IO[str], words: str) -> str:
    """Reads on to the line with `words`."""
    for line in lines:
        if words in line:
            return line
    raise RuntimeError(f"camp watch ended before it said {words!r}")


def seconds_of(check: str, root: Path) -> float:
    """The worst of some saves."""
    app = root / "app"
    shutil.copytree(find_lab("1").solution, app, ignore=shutil.ignore_patterns("alternatives", "mutants"))
    command = [sys.executable, "-u", "-m", "autograder.cli", "watch", "1", check, "--app", str(app)]
    environment = {**os.environ, "CAMP_ROOT": str(root), "CAMP_LANG": "en"}
    watching = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert watching.stdout
    seconds = []
    try:
        until(watching.stdout, WAITING)
        for number in range(SAVES):
            time.sleep(0.5)
            started = time.perf_counter()
            with (app / "function_app.py").open("a") as file:
                file.write(f"# save {number}\n")
            until(watching.stdout, f"✔ {check}")
            seconds.append(time.perf_counter() - started)
            until(watching.stdout, WAITING)
    finally:
        watching.terminate()
        watching.wait(30)
        watching.stdout.close()
        shutil.rmtree(app)
    return max(seconds)


def run() -> list[Figure]:
    with camp_root() as root:
        return [
            Figure(
                f"save to verdict in camp watch, check {check} (worst of {SAVES})",
                seconds_of(check, root),
                "s",
                "<=",
                1.0,
            )
            for check in CHECKS
        ]
