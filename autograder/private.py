"""The private cloud of one check run: the services that a lab names, which no other run sees."""

import asyncio
import random
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.cloud import Notes, Quiet, Started, View
from localcloud.journal import Journal
from localcloud.registry import SERVICES, in_order, service

if TYPE_CHECKING:
    from autograder.sandbox import Cell


class PrivateCloud:
    """It is the `Run` that services see. All that starts in it ends with `stack`; `workers` and `recycling` are for
    the hand-in that runs beside it, in `cell` if there is a sandbox."""

    def __init__(
        self,
        seed: str,
        stack: AsyncExitStack,
        cell: "Cell | None" = None,
        workers: int = 1,
        recycling: bool = False,
        starter: Path | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.journal = Journal()
        self.stack = stack
        self.cell = cell
        self.workers = workers
        self.recycling = recycling
        self.starter = starter  # what every learner began with
        self.settings: dict[str, str] = {}
        self.owned = {setting for name in SERVICES for setting in service(name).owns}
        self.views: dict[type[View], Callable[[Notes], View]] = {}
        self.quiets: list[Quiet] = []
        self._sleeping: list[Started] = []
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
        return await self.cell.listen(port) if self.cell else None

    async def passage(self, port: int) -> None:
        if self.cell:
            await self.cell.open_passage(port)


def _python_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*.py") if path.is_file())
