"""The private cloud of one check run: the services that a lab names, which no other run sees."""

import asyncio
import random
import shutil
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.appfolder import AppProblem
from autograder.sandbox import SandboxUnavailable
from localcloud.azure.packages import PackageError
from localcloud.cloud import Notes, Quiet, Started, View
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.registry import SERVICES, in_order, service

if TYPE_CHECKING:
    from autograder.sandbox import Cell, Sandbox


# A learner's local.settings.json has no say in these: they decide how the checks themselves run.
OURS = ("FUNCTIONS_WORKER_PROCESS_COUNT", "PYTHONPATH", "PYTHONHOME")


class PrivateCloud:
    """It is the `Run` that services see. All that starts in it ends with `stack`; `workers` and `recycling` are for
    the hand-in that runs beside it, in `cell` if there is a sandbox; without one, its temporary files are in the folder
    `temporary`, which is made when it is needed."""

    def __init__(
        self,
        seed: str,
        stack: AsyncExitStack,
        temporary: Path,
        cell: "Cell | None" = None,
        workers: int = 1,
        recycling: bool = False,
        starter: Path | None = None,
        sandbox: "Sandbox | None" = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.journal = Journal()
        self.stack = stack
        self.cell = cell
        self.sandbox = sandbox
        self.cells: list[Cell] = []  # of apps that were deployed in this run, the latest last
        self.workers = workers
        self.recycling = recycling
        self.starter = starter  # what every learner began with
        self.settings: dict[str, str] = {}
        self._ours = {*OURS, *(setting for name in SERVICES for setting in service(name).owns)}
        self.views: dict[type[View], Callable[[Notes], View]] = {}
        self.quiets: list[Quiet] = []
        self._sleeping: list[Started] = []
        self.unusable: str | None = None  # why the sandbox has made no cell for one of them
        self._temporary = temporary
        self._ports: list[int] = []  # of what the services serve, on this computer
        self._apps: list[Callable[[str], None]] = []

    async def start(self, services: tuple[str, ...], prepared: Mapping[str, Any]) -> None:
        """Starts these services and all that they need."""
        for one in in_order(services):
            self.add(await one.start(self, prepared[one.name]))

    def add(self, started: Started) -> None:
        """From now on its settings are the app's, and checks see it."""
        self.settings.update(started.settings)
        self.views.update(started.views)
        if started.quiet:
            self.quiets.append(started.quiet)
        if started.app_at:
            self._apps.append(started.app_at)
        if started.wake:
            self._sleeping.append(started)

    def settings_over(self, own: Mapping[str, str]) -> dict[str, str]:
        """The settings of code that was handed in with its `own` ones: those of this cloud, and of its own those that
        a learner may decide."""
        theirs = {name: value for name, value in own.items() if name not in self._ours}
        if self.cell:
            return {**theirs, **self.settings}
        self._temporary.mkdir(exist_ok=True)
        return {**theirs, **self.settings, "TMPDIR": str(self._temporary)}

    async def forget_files(self) -> None:
        """What the hand-in has written into files is gone, as on another computer. Without a sandbox that is true of
        the folder for temporary files alone."""
        if self.cell:
            await self.cell.forget_files()
        elif self._temporary.exists():
            await asyncio.to_thread(_empty, self._temporary)

    async def wake(self, folder: Path) -> None:
        """Has the services ready whose settings the code in this folder names: an app that has three seconds to answer
        must not wait for their start."""
        code = await asyncio.to_thread(_python_in, folder)
        for one in self._sleeping:
            if one.wake and any(setting.encode() in code for setting in one.settings):
                await one.wake()

    def app_at(self, url: str) -> None:
        """Tells the services where the app answers."""
        for tell in self._apps:
            tell(url)

    async def listen(self, port: int) -> socket.socket | None:
        self._ports.append(port)
        return await self.cell.listen(port) if self.cell else None

    async def passage(self, port: int) -> None:
        self._ports.append(port)
        if self.cell:
            await self.cell.open_passage(port)

    async def passage_of_deployed(self, port: int) -> None:
        """The same for the apps that are deployed in this run from now on, and for nothing else."""
        self._ports.append(port)

    async def launcher_for(self, folder: Path) -> Launcher:
        """What runs an app that was deployed in this run: with a sandbox a cell of its own, from which the app reaches
        the services of this cloud. Whoever asked for it closes it; it ends with `stack` at the latest.

        PackageError when there is too much in the folder, SandboxUnavailable (which `unusable` keeps) when there can
        be no cell."""
        if self.sandbox is None:
            return PLAIN
        try:
            cell = await self.sandbox.cell(folder)
        except AppProblem as problem:
            raise PackageError(str(problem)) from problem
        except SandboxUnavailable as error:
            self.unusable = str(error)
            raise
        self.cells.append(cell)
        self.stack.push_async_callback(cell.close)
        for port in self._ports:
            await cell.open_passage(port)
        return cell


def _empty(folder: Path) -> None:
    """Removes all that is in a folder, which the app may have removed itself."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _python_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*.py") if path.is_file())
