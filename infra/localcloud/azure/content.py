"""What a slot holds and a swap exchanges: deployed files, the host that runs them, their settings and their history."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from localcloud.functions.host import FunctionsHost
from localcloud.functions.host_log import Sink
from localcloud.functions.http.front import HttpFront
from localcloud.functions.loading.app_errors import without_save_it
from localcloud.functions.workers.launching import Launched, Launcher
from localcloud.journal import Journal

from .deployment import Deployment

SECONDS_TO_DRAIN = 15.0
LOOK_EVERY = 0.02

Settings = Callable[[], Mapping[str, str]]


@runtime_checkable
class Closable(Protocol):
    """A launcher that belongs to one deployment and ends with it, such as a cell of the sandbox."""

    async def close(self) -> None: ...


class WithoutSpares:
    """A launcher for hosts that live no longer than a deployment: they keep no spare worker."""

    spares = False

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self.bounds = launcher.bounds

    def place_of(self, app: Path) -> Path:
        return self._launcher.place_of(app)

    async def launch(self, python: Path, app: Path, environ: Mapping[str, str], theirs: socket.socket) -> Launched:
        return await self._launcher.launch(python, app, environ, theirs)


@dataclass(eq=False)
class Running:
    """A deployed app that runs."""

    host: FunctionsHost
    launcher: Launcher
    front: HttpFront = field(init=False)

    def __post_init__(self) -> None:
        self.front = HttpFront(self.host)

    @property
    def errors(self) -> list[str]:
        """Why the app, or some functions of it, do not run. To save a file does not help here."""
        return [without_save_it(error) for error in self.host.errors]

    @property
    def is_warm(self) -> bool:
        """Whether it has workers, if there is anything that they could run."""
        return bool(self.host.worker_pids or not self.host.functions)

    async def end(self, *, drained: bool) -> None:
        """Ends it; `drained` lets it finish the requests that it has begun."""
        if drained:
            with suppress(TimeoutError, asyncio.TimeoutError):
                await self.host.quiet(LOOK_EVERY, SECONDS_TO_DRAIN)
        await self.host.stop()
        if isinstance(self.launcher, Closable):
            await self.launcher.close()


@dataclass(frozen=True)
class Runner:
    """How deployed apps are run."""

    python: Path
    journal: Journal
    launcher_for: Callable[[Path], Awaitable[Launcher]]
    fast: bool
    idle: float | None = None
    sink: Sink | None = None

    async def start(self, folder: Path, settings: Settings) -> Running:
        """A host for the app in this folder; PackageError or OSError when there can be none. An app that does not load
        leaves its host running, without functions."""
        launcher = await self.launcher_for(folder)
        host = FunctionsHost(
            folder,
            settings=settings,
            python=self.python,
            workers=1 if self.fast else None,
            journal=self.journal,
            fast=self.fast,
            admin=False,
            launcher=WithoutSpares(launcher),
            idle_timeout=self.idle,
        )
        if self.sink:
            host.log.sink = self.sink
        running = Running(host, launcher)
        try:
            await host.start()
        except BaseException:
            await running.end(drained=False)
            raise
        return running


@dataclass(eq=False)
class Content:
    """`own` are the settings over those that the local cloud gives; None takes one of these away."""

    own: dict[str, str | None] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    folder: Path | None = None
    running: Running | None = None
    down: bool = False  # while it restarts after a deployment

    @property
    def deployed(self) -> Deployment | None:
        """The deployment that it runs; None before the first."""
        return next((one for one in reversed(self.deployments) if one.ok), None)
