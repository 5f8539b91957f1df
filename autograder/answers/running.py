"""The process of one notebook: its cells have run in it, and it answers what checks ask."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import project
from autograder.answers.launching import environ, launcher
from autograder.answers.program import CodeCell
from autograder.checking import CampBroken, CellLost, CheckFailed
from autograder.sandbox import Cell
from localcloud.functions.workers.process import LoadFailed, WorkerGone, WorkerProcess, WorkerSpec
from localcloud.messages import _

CALL_SECONDS, CELL_SECONDS, ALL_CELLS_SECONDS, GRACE = 5.0, 10.0, 40.0, 2.0
LOG_LINES = 10

SessionMessage = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of one cell: what it printed, and the exception that ended it, as its process tells it."""

    id: str | None
    printed: str
    error: Any = None


class NotebookKilled(CheckFailed):
    """The notebook's process was killed: by itself, or by somebody outside."""


class Running:
    """Made by `start`; `end` ends all of it. After a time-out, or when it died, it is `spoiled`."""

    def __init__(self, process: WorkerProcess, cell: Cell | None) -> None:
        self.cell = cell
        self.cells = [cell] if cell else []
        self.spoiled = False
        self.outcomes: list[Outcome] = []
        self._process = process
        self._log: list[str] = []
        self._lines = 0

    @classmethod
    async def start(
        cls, folder: Path, cells: Sequence[CodeCell], cell: Cell | None, *, cold: bool = False
    ) -> "Running":
        """Runs the cells in a fresh process, in `folder`; CheckFailed when they end it or take too long. A `cold` one
        is no copy of a warm interpreter."""
        starter = launcher(cell, cold=cold)
        spec = WorkerSpec(project.apps_python(), starter.place_of(folder), environ(), launcher=starter)
        made = cls(WorkerProcess(spec, lambda line: None, lambda process: None), cell)
        try:
            await made._process.start()
            await made._run(cells)
        except (WorkerGone, LoadFailed) as error:
            gone = await made._gone(str(error))
            await made.end()
            raise gone from error
        except BaseException:
            await made.end()
            raise
        return made

    async def ask(self, message: SessionMessage, seconds: float = CALL_SECONDS) -> SessionMessage:
        """The process's answer; CheckFailed when there is none in time, or when it is none at all."""
        call = {**message, "id": secrets.token_hex(8)}
        try:
            header, _blob = await asyncio.wait_for(self._process.call(call, b""), seconds + GRACE)
        except asyncio.TimeoutError:
            self.spoiled = True
            raise CheckFailed(
                seen=_("Time-out: no answer within {seconds:g} seconds.").format(seconds=seconds),
                expected=_("an answer from {name}").format(name=message["name"]),
                next=_("Look for a wait or a loop in your function that never ends."),
            ) from None
        except WorkerGone as error:
            raise await self._gone(str(error)) from error
        answer = (header.get("returned") or {}).get("value")
        if not isinstance(answer, dict):
            raise await self._gone(_("it answered what is no answer"))
        lines = [line for name in ("printed", "logged") for line in str(answer.get(name, "")).splitlines()]
        self._log = [*self._log, *lines][-LOG_LINES:]
        self._lines += len(lines)
        return answer

    def of(self, id: str) -> list[Outcome]:
        """What became of the cell with this id, and of its copies."""
        return [outcome for outcome in self.outcomes if outcome.id == id]

    def mark(self) -> int:
        """Up to where things have been printed: `log_tail` tells what comes from there."""
        return self._lines

    def log_tail(self, since: int) -> str | None:
        """The last lines that were printed since a `mark`; None when there is none."""
        fresh = min(self._lines - since, LOG_LINES)
        return "\n".join(self._log[-fresh:]) if fresh else None

    async def end(self) -> None:
        await self._process.end()

    async def _run(self, cells: Sequence[CodeCell]) -> None:
        ends_at = asyncio.get_running_loop().time() + ALL_CELLS_SECONDS
        for one in cells:
            left = min(CELL_SECONDS, ends_at - asyncio.get_running_loop().time())
            if left <= 0:
                raise CheckFailed(
                    seen=_("Time-out: all cells together took more than {seconds:g} seconds.").format(
                        seconds=ALL_CELLS_SECONDS
                    ),
                    expected=_("cells that run to their end"),
                    next=_("Look for a cell that waits, or that does much work; take it out before you check."),
                )
            answer = await self.ask({"do": "run", "name": one.name, "source": one.source, "seconds": left}, left)
            self.outcomes.append(Outcome(one.id, str(answer.get("printed", "")), answer.get("error")))

    async def _gone(self, why: str) -> CheckFailed | CampBroken:
        self.spoiled = True
        if self.cell:
            await self.cell.settle()
        if self.cell and self.cell.lost:
            return CellLost()
        kind = NotebookKilled if self.cell and self.cell.killed else CheckFailed
        return kind(
            seen=_("The notebook's process ended: {why}.").format(why=why),
            expected=_("cells that run to their end"),
            next=_("Does a cell end the process, or use up its memory? Restart the kernel and run all cells to see."),
        )
