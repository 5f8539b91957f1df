"""The notebook of one run of checks: made ready when the first check asks, and again when it was saved or spoiled."""

from contextlib import AsyncExitStack
from pathlib import Path

from autograder import passing
from autograder.answers.program import CodeCell, TooMuchCode, program
from autograder.answers.running import NotebookKilled, Running
from autograder.answers.sources import notebook_in, source_cells
from autograder.appfolder import copy_app
from autograder.checking import TRIES, CampBroken, CheckFailed
from autograder.lab import Lab
from autograder.notebookfile import NotANotebook, cells_of
from autograder.sandbox import Cell, Sandbox, SandboxUnavailable
from localcloud.messages import _


class NotebookStage:
    """`notebook` is what was handed in; None: the file in the app's folder, as it is when a check asks."""

    def __init__(self, lab: Lab, app: Path, sandbox: Sandbox | None, notebook: bytes | None = None) -> None:
        self._lab = lab
        self._app = app
        self._sandbox = sandbox
        self._notebook = notebook
        self._running: Running | None = None
        self._ran: bytes | None = None
        self._stack = AsyncExitStack()

    async def get(self) -> Running:
        """The notebook's process; CheckFailed when the notebook cannot be run."""
        data = self._notebook if self._notebook is not None else notebook_in(self._lab, self._app)
        if self._running and not self._running.spoiled and data == self._ran:
            return self._running
        await self.stop()
        cells = self._program(data)
        self._running, self._ran = await self._started(cells), data
        return self._running

    def renew(self) -> None:
        """Something was saved that a cell may import or read: the next check runs all cells again."""
        self._ran = None

    async def discard(self) -> None:
        """After a failure: what is spoiled is not used again. A wrong value spoils nothing."""
        if self._running and (self._running.spoiled or (self._running.cell and self._running.cell.told)):
            await self.stop()

    async def stop(self) -> None:
        """Ends it; the next check starts it again."""
        self._running = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    def _program(self, data: bytes | None) -> list[CodeCell]:
        name = f"{self._lab.name}.ipynb"
        if not data:
            raise _no_notebook(_("There is no notebook {name}.").format(name=name))
        try:
            return program(cells_of(data), source_cells(self._lab))
        except NotANotebook as problem:
            raise _no_notebook(str(problem)) from problem
        except TooMuchCode as problem:
            raise _no_notebook(_("The notebook holds too much code.")) from problem

    async def _started(self, cells: list[CodeCell]) -> Running:
        for _try in range(TRIES - 1):
            try:
                return await self._start(cells)
            except NotebookKilled:
                await self.stop()
        return await self._start(cells)

    async def _start(self, cells: list[CodeCell]) -> Running:
        folder = self._stack.enter_context(passing.folder("camp-notebook-")) / "app"
        if self._app.is_dir():
            copy_app(self._app, folder)
        folder.mkdir(exist_ok=True)
        cell = await self._cell(folder)
        running = await Running.start(folder, cells, cell)
        self._stack.push_async_callback(running.end)
        return running

    async def _cell(self, folder: Path) -> Cell | None:
        if self._sandbox is None:
            return None
        try:
            cell = await self._sandbox.cell(folder)
        except SandboxUnavailable as error:
            raise CampBroken(str(error)) from error
        self._stack.push_async_callback(cell.close)
        return cell


def _no_notebook(seen: str) -> CheckFailed:
    return CheckFailed(
        seen=seen,
        expected=_("the lab's notebook, with your answers in its cells"),
        next=_("Save the notebook (Ctrl+S) where 'camp up' put it, and hand it in with 'camp submit'."),
    )
