"""Processes of a cell that somebody outside kills: nobody loses a point for it, and nobody gains one."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.checking import TRIES
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import ERRORED, FAILED, PASSED

ANSWERS = '    return "Hello, "'
KEEPER = 1
IN_A_CELL = 3  # numbers of a process: of this computer, of the sandbox, of the cell


@pytest.fixture
def slow(tiny: Lab) -> Lab:
    """Takes its time to load and to answer."""
    app = tiny.work / "function_app.py"
    text = app.read_text().replace("app = ", "import os, time\ntime.sleep(0.15)\napp = ", 1)
    app.write_text(text.replace(ANSWERS, f"    time.sleep(0.15)\n{ANSWERS}"))
    return tiny


def in_cells(sandbox: Sandbox) -> Iterator[tuple[int, int]]:
    """The processes of all cells, and their numbers there."""
    assert sandbox.pid
    for one in psutil.Process(sandbox.pid).children(recursive=True):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{one.pid}/status").read_text()
            numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid"))
            if len(numbers) == IN_A_CELL:
                yield one.pid, int(numbers[-1])


class Killer(threading.Thread):
    """Kills the first process of a cell, its keeper or a worker, that is there for so many seconds; `killed` says that
    there was one."""

    def __init__(self, sandbox: Sandbox, after: float, *, keeper: bool = False) -> None:
        super().__init__()
        self.killed = False
        self._sandbox, self._after, self._keeper = sandbox, after, keeper
        self.start()

    def run(self) -> None:
        deadline = time.monotonic() + 10
        while not self.killed and time.monotonic() < deadline:
            found = [pid for pid, number in in_cells(self._sandbox) if (number == KEEPER) == self._keeper]
            if found:
                time.sleep(self._after)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found[0], signal.SIGKILL)
                    self.killed = True


@pytest.mark.parametrize("after", [0.0, 0.1, 0.25, 0.4])
def test_a_worker_that_somebody_kills_costs_no_point(sandbox: Sandbox, slow: Lab, after: float) -> None:
    killer = Killer(sandbox, after)
    assert outcomes(slow, sandbox) == {"1.1": PASSED, "1.2": PASSED, "1.3": PASSED}
    killer.join()
    assert killer.killed


@pytest.mark.parametrize("after", [0.0, 0.1, 0.4])
def test_a_cell_that_somebody_kills_is_a_fault_of_ours(sandbox: Sandbox, slow: Lab, after: float) -> None:
    killer = Killer(sandbox, after, keeper=True)
    found = outcomes(slow, sandbox)
    killer.join()
    assert killer.killed
    assert set(found.values()) == {ERRORED, PASSED} and found["1.3"] == PASSED


@pytest.mark.parametrize("who", ["worker", "keeper"])
async def test_who_was_killed_is_known_at_once(inside: Any, sandbox: Sandbox, who: str) -> None:
    async with inside() as cell:
        [process] = cell.host.pool._workers
        worker = process.pid
        numbers = {number: pid for pid, number in in_cells(sandbox)}
        os.kill(numbers[worker if who == "worker" else KEEPER], signal.SIGKILL)
        await process._disconnected.wait()  # as when a call fails for it
        await cell.cell.settle()
        assert (cell.cell.killed, cell.cell.lost) == (who == "worker", who == "keeper")


async def test_who_is_killed_by_us_was_not_killed_from_outside(inside: Any) -> None:
    async with inside() as cell:
        await cell.host.crash()
        await cell.cell.settle()
        assert not cell.cell.killed and not cell.cell.lost


def test_an_app_that_kills_itself_has_failed(sandbox: Sandbox, slow: Lab, started: list[int]) -> None:
    app = slow.work / "function_app.py"
    app.write_text(app.read_text().replace(ANSWERS, f"    os.kill(os.getpid(), 9)\n{ANSWERS}"))
    assert outcomes(slow, sandbox, ["1.1"]) == {"1.1": FAILED}
    assert started == [1] * TRIES


def test_an_app_that_kills_itself_while_it_loads_does_not_load(sandbox: Sandbox, slow: Lab, started: list[int]) -> None:
    app = slow.work / "function_app.py"
    app.write_text("import os\nos.kill(os.getpid(), 9)\n")
    assert set(outcomes(slow, sandbox).values()) == {FAILED}
    assert started == [1] * TRIES


def test_a_worker_that_is_of_no_more_use_has_another_chance(sandbox: Sandbox, slow: Lab, started: list[int]) -> None:
    """It is ended because what it sent is no frame, which does not tell why that was so."""
    app = slow.work / "function_app.py"
    app.write_text("import os, time\nos.write(3, bytes(99))\nos.write(3, b'\\xff' * 99)\ntime.sleep(9)\n")
    assert set(outcomes(slow, sandbox).values()) == {FAILED}
    assert started == [1] * TRIES


def outcomes(lab: Lab, sandbox: Sandbox, ids: list[str] | None = None) -> dict[str, str]:
    return {one.id: one.outcome for one in run_checks(lab, lab.work, ids, seed=1, sandbox=sandbox).checks}
