"""Grader processes, mostly without a sandbox: what is handed in here has no app that could run."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.grading import pool as pools
from autograder.grading.pool import PREFIX, pool
from autograder.passing import LOCK, sweep
from autograder.verdict import ERRORED, FAILED
from localcloud import extras

STUCK = """
import time
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""


GRADING = """
import asyncio
from autograder.grading.pool import pool
from autograder.lab import find_lab

async def main():
    async with pool(1) as one:
        await one.grade(b"", find_lab("1"), 1)

asyncio.run(main())
"""


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bubblewrap that never gets ready; the argument of its child. When bubblewrap itself is killed before its child
    is ready, the child waits for it for ever."""
    seconds = f"600.{os.getpid()}"
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\nsleep {seconds}\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return seconds


def running(told: str) -> list[int]:
    """The living processes with this argument."""
    return [one.pid for one in psutil.process_iter() if told in arguments_of(one)]


def arguments_of(process: psutil.Process) -> list[str]:
    """Its command line; empty for one that has ended, though nobody has taken note of its end."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder in which nothing may be left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def graders() -> list[psutil.Process]:
    """This process's living graders."""
    children = psutil.Process().children()
    return [one for one in children if "autograder.grading.grader" in arguments_of(one)]


async def test_verdicts_come_from_processes_of_their_own(handins: Any) -> None:
    async with pool(2, trusted=True) as graders_of_two:
        data = [handins.zip({**handins.notebook(handins.answered()), "x": bytes([number])}) for number in range(4)]
        found = await asyncio.gather(*(graders_of_two.grade(one, handins.lab, 5) for one in data))
        assert len(graders()) == 2
    assert {one.reason for one in found} == {"There is no app in the submission."}
    assert {one.verdict.seed for one in found} == {5}
    assert found[0].verdict.outcomes() == {FAILED}
    assert graders() == []


async def test_a_grader_never_installs(handins: Any) -> None:
    """Whoever starts it: on a worker of a cluster that is not `camp grade`."""
    async with pool(1, trusted=True) as one:
        await one.grade(handins.zip(handins.notebook(handins.answered())), handins.lab, 1)
        assert [process.environ().get(extras.NEVER) for process in graders()] == ["1"]


async def test_a_grader_that_is_killed_takes_nothing_along(handins: Any) -> None:
    data = handins.zip(handins.notebook(handins.answered()))
    async with pool(1, trusted=True) as one:
        first = await one.grade(data, handins.lab, 1)
        [process] = graders()
        os.kill(process.pid, signal.SIGKILL)
        assert await one.grade(data, handins.lab, 1) == first
        assert [again.pid for again in graders()] != [process.pid]


async def test_a_sandbox_that_hangs_while_it_starts_ends_with_its_grader(
    handins: Any, hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "ATTEMPTS", 1)
    async with pool(1) as one:
        asked = asyncio.ensure_future(one.grade(handins.zip(handins.app(handins.lab.solution)), handins.lab, 1))
        await until(lambda: bool(running(hanging)), "it never started")
        graders()[0].kill()
        assert (await asked).verdict.outcomes() == {ERRORED}
        await until(lambda: not running(hanging), "it outlives its grader")


async def test_a_sandbox_that_hangs_while_it_starts_ends_with_the_grading(hanging: str, temporary: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(temporary)}
    grading = await asyncio.create_subprocess_exec(sys.executable, "-c", GRADING, env=environ)
    await until(lambda: bool(running(hanging)), "it never started")
    grading.kill()
    await grading.wait()
    await until(lambda: not running(hanging), "it is left")
    assert graders() == []
    sweep(PREFIX)


async def test_what_stays_broken_is_a_fault_of_ours(handins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "ATTEMPTS", 1)
    app = handins.app(handins.lab.solution) | {f"{handins.lab.name}/function_app.py": STUCK.encode()}
    async with pool(1, seconds=3.0) as one:
        graded = await one.grade(handins.zip(app), handins.lab, 1)
        assert graded.verdict.outcomes() == {ERRORED}
        assert graded.reason == "GraderGone: Time-out: it was not graded within 3 seconds."
        after = await one.grade(handins.zip(handins.notebook(handins.answered())), handins.lab, 1)
        assert after.verdict.outcomes() == {FAILED}


async def test_a_grader_is_replaced_after_many_uses(handins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "USES", 2)
    data = handins.zip(handins.notebook(handins.answered()))
    seen = set()
    async with pool(1, trusted=True) as one:
        for _time in range(3):
            await one.grade(data, handins.lab, 1)
            seen.update(process.pid for process in graders())
    assert len(seen) == 2


def test_what_a_killed_grading_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / f"{PREFIX}left"
    (left / "0" / "camp-check-x").mkdir(parents=True)
    (left / LOCK).touch()
    sweep(PREFIX)
    assert not left.exists()
