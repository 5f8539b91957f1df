"""Random processes of a grading are killed, the grading is started again: the gradebook is as if nothing had happened.

A few kills in the ordinary run; 20 rounds on 100 submissions with `camp test --all`.
"""

import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.grading.course import Course

from .test_direct_entry import standing

WHOLE = int(os.environ.get("CAMP_SEEDS", "1")) > 1
ROUNDS, SUBMISSIONS, KILLS = (20, 100, 25) if WHOLE else (1, 3, 2)
SECONDS_BETWEEN = (0.2, 2.5)
SECONDS_TO_END = 15.0
MOST_STARTS = 60
SUBREAPER = 36  # prctl: orphans of what this process starts become its children
ENDLESS = b"while True:\n    pass\n"


@pytest.fixture
def orphans_are_ours() -> Iterator[set[int]]:
    """The children that this process had before: whatever else is left is an orphan of a grading."""
    libc = ctypes.CDLL(None)
    libc.prctl(SUBREAPER, 1, 0, 0, 0)
    yield {child.pid for child in psutil.Process().children(recursive=True)}
    libc.prctl(SUBREAPER, 0, 0, 0, 0)


def hand_in(folder: Path, handins: Any) -> Path:
    """Honest, wrong, corrupt and hostile submissions in turns."""
    host = {"1-slack-bot/host.json": b'{"version": "2.0"}'}
    kinds = [
        handins.zip(handins.app(handins.lab.solution)),
        b"PK\x03\x04 no zip",
        handins.zip(handins.mutant("no-challenge")),
        handins.zip({**host, "1-slack-bot/function_app.py": b"import os\nos.kill(os.getpid(), 9)\n"}),
        handins.zip(handins.app(handins.lab.starter)),
        handins.zip(handins.notebook(handins.answered())),
        handins.zip({**host, "1-slack-bot/function_app.py": ENDLESS}),
    ]
    kinds = kinds if WHOLE else kinds[:-1]  # the last takes its time
    folder.mkdir()
    for number in range(SUBMISSIONS):
        (folder / f"student {number:03d}.zip").write_bytes(kinds[number % len(kinds)])
    return folder


def start(course: Course, folder: Path, temporary: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "autograder.cli", "grade", str(folder), "--lab", "1", "--seed", "3", "--json"]
    environ = {**os.environ, "TMPDIR": str(temporary)}
    with (temporary.parent / "said").open("a") as said:
        return subprocess.Popen(
            [*command, "--course", str(course.root)], stdout=subprocess.PIPE, stderr=said, text=True, env=environ
        )


def finished(grading: "subprocess.Popen[str]") -> dict[str, Any]:
    told, _said = grading.communicate()
    assert grading.returncode == 0, told
    return {
        row["student"]: [one["outcome"] for one in row["verdict"]["checks"]] for row in json.loads(told)["students"]
    }


def kill_one(grading: "subprocess.Popen[str]", rng: random.Random) -> None:
    """Any process of the grading, the first one included."""
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        first = psutil.Process(grading.pid)
        processes = sorted([first, *first.children(recursive=True)], key=lambda one: one.pid)
        os.kill(rng.choice(processes).pid, signal.SIGKILL)


def disturbed(course: Course, folder: Path, temporary: Path, rng: random.Random) -> dict[str, Any]:
    """Kills so many processes, starts the grading anew whenever it ended in vain, and then lets it finish."""
    grading = start(course, folder, temporary)
    for _kill in range(KILLS):
        with contextlib.suppress(subprocess.TimeoutExpired):
            grading.wait(rng.uniform(*SECONDS_BETWEEN))
        kill_one(grading, rng)
        if grading.poll() is not None:
            grading.communicate()
            grading = start(course, folder, temporary)
    for _start in range(MOST_STARTS):
        grading.communicate()
        if grading.returncode == 0:
            break
        grading = start(course, folder, temporary)
    return finished(start(course, folder, temporary))


def left(before: set[int]) -> list[str]:
    """The command lines of orphans that do not end by themselves."""
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        orphans = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
        for one in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(one.pid, os.WNOHANG)
        if not orphans or time.monotonic() > deadline:
            return [" ".join(one.cmdline())[-300:] for one in orphans if one.is_running()]
        time.sleep(0.1)


def test_whatever_is_killed_the_gradebook_comes_out_the_same(
    released_course: Course, handins: Any, tmp_path: Path, orphans_are_ours: set[int]
) -> None:
    folder, temporary = hand_in(tmp_path / "handed in", handins), tmp_path / "temporary"
    temporary.mkdir()
    mounts = Path("/proc/self/mounts").read_text().count(str(tmp_path))
    calm = Course(tmp_path / "calm")
    shutil.copytree(released_course.root, calm.root)
    outcomes, expected = finished(start(calm, folder, temporary)), standing(calm)
    for number in range(ROUNDS):
        course = Course(tmp_path / f"round {number}")
        shutil.copytree(released_course.root, course.root)
        seed = random.randrange(1_000_000)
        print(f"round {number}: seed {seed}")
        assert disturbed(course, folder, temporary, random.Random(seed)) == outcomes
        found = standing(course)
        for what in expected:
            assert found[what] == expected[what], (what, seed)
        assert left(orphans_are_ours) == []
        assert [path.name for path in temporary.iterdir()] == []
    assert Path("/proc/self/mounts").read_text().count(str(tmp_path)) == mounts
