"""How the process of a notebook is started: as an ordinary child, or in a cell of the sandbox. A Lambda function's is
started in a cell in the same way."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from autograder.sandbox import Cell
from localcloud.functions.workers.launching import START as WORKER_START
from localcloud.functions.workers.launching import Launched, Launcher, PlainLauncher
from localcloud.functions.workers.settings import BASE

START = Path(__file__).parent / "inside" / "start.py"
PROGRAM = "notebook"


class InCell:
    """Starts it in a cell, forked from the sandbox's warm interpreter or, if `cold`, in one of its own; `program` is
    one that is known there."""

    spares = False

    def __init__(self, cell: Cell, program: str = PROGRAM, *, cold: bool = False) -> None:
        self._cell = cell
        self._cold = cold
        self._program = program
        self.bounds = cell.bounds

    def place_of(self, app: Path) -> Path:
        return self._cell.place_of(app)

    async def launch(self, python: Path, app: Path, environ: Mapping[str, str], theirs: socket.socket) -> Launched:
        return await self._cell.launch(python, app, environ, theirs, program=self._program, cold=self._cold)


def launcher(cell: Cell | None, *, cold: bool = False) -> Launcher:
    """What starts it in `cell`; without one, what starts it with all that this user may do, always cold."""
    return InCell(cell, cold=cold) if cell else PlainLauncher(START, str(WORKER_START.parent))


def environ() -> dict[str, str]:
    """The environment of an ordinary child: nothing of this process's but what programs need."""
    return {name: os.environ[name] for name in BASE if name in os.environ}
