"""How worker processes come to be: as ordinary children, or in a sandbox that somebody else brings."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..worker.frames import MOST_BYTES

START = Path(__file__).parent.parent / "worker" / "start.py"
FLAGS = ("-B", "-s", "-X", "utf8")
LONGEST_LINE = 32_000


@dataclass(frozen=True)
class Bounds:
    """What the host takes from one worker: bytes of one frame's header and blob, and of all that it prints and logs."""

    header_bytes: int = MOST_BYTES
    blob_bytes: int = MOST_BYTES
    output_bytes: int | None = None


class Launched(Protocol):
    """A process that was launched. `reason` says what ended it where its exit code does not."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader: ...
    async def wait(self) -> int: ...
    def kill(self, *, wanted: bool = True) -> None:
        """SIGKILL to it and to whatever it has started. Not `wanted`: it is of no use any more, for whatever reason."""

    def exceeded_output(self) -> None: ...


class Launcher(Protocol):
    """Starts worker processes. `spares`: whether a start takes so long that spare workers are worth having."""

    bounds: Bounds
    spares: bool

    def place_of(self, app: Path) -> Path:
        """Where a worker finds the app."""

    async def launch(self, python: Path, app: Path, environ: Mapping[str, str], theirs: socket.socket) -> Launched:
        """Starts a worker on the socket `theirs`; OSError when it cannot be started."""


class PlainLauncher:
    """Workers are children of this process, with all that this user may do. `start` is the file that they begin in; its
    arguments are the socket's descriptor and `more`."""

    bounds = Bounds()
    spares = True

    def __init__(self, start: Path = START, *more: str) -> None:
        self._start = start
        self._more = more

    def place_of(self, app: Path) -> Path:
        return app

    async def launch(self, python: Path, app: Path, environ: Mapping[str, str], theirs: socket.socket) -> Launched:
        process = await asyncio.create_subprocess_exec(
            *(str(python), *FLAGS, str(self._start), str(theirs.fileno()), *self._more),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=app,
            env=dict(environ),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            limit=LONGEST_LINE,
        )
        return PlainProcess(process)


class PlainProcess:
    """An ordinary child, with a process group of its own."""

    reason: str | None = None

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    @property
    def stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout
        return self._process.stdout

    async def wait(self) -> int:
        return await self._process.wait()

    def kill(self, *, wanted: bool = True) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def exceeded_output(self) -> None:
        self.kill()


PLAIN = PlainLauncher()
