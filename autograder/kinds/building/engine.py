"""The pinned engine, and where it runs: as an ordinary child, or in the sandbox's cell. Its providers are outside, and
it attaches to them; what it is started with holds nothing of theirs."""

import asyncio
import base64
import contextlib
import json
import os
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import project
from autograder.answers.launching import InCell
from autograder.checking import CampBroken, CellLost
from autograder.kinds.building.inside.engine import LENGTH, NOT_STARTED
from autograder.sandbox import Cell
from localcloud import extras
from localcloud.azurerm import setup
from localcloud.azurerm.attached import AttachedProviders, ProvidersFailed, attaching
from localcloud.cloud import NotAsExpected
from localcloud.extras import ExtraMissing
from localcloud.functions.workers.launching import Launched, Launcher, PlainLauncher
from localcloud.functions.workers.settings import BASE
from localcloud.messages import _
from localcloud.passage import Passage
from localcloud.resources.server import ResourceServer

START = Path(__file__).parent / "inside" / "engine.py"
PROGRAM = "engine"
PLACE_INSIDE, ROOM_INSIDE = Path("/opt/tofu"), Path("/tmp/engine")
PORTS = {"azurerm": 7101, "random": 7102}  # of the cell's own loopback
CONNECTIONS = 60
MOST_PRINTED = 4_000_000
CHUNK = 65_536
CRASH = re.compile(r"^(?:fatal error|panic): .{,200}", re.MULTILINE)
FIRST_PROCESS = 1  # of the cell: it lives as long as the engine may, and nobody in there can end it


@dataclass(frozen=True)
class Ran:
    """One run of the engine: its exit code, and everything that it printed, without colour."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """What it printed and what it complained about."""
        return "\n".join(one for one in (self.out.strip(), self.err.strip()) if one)


class Engine:
    """Made by `start`. All that it needs ends with `stop`."""

    def __init__(self, program: Path, providers: AttachedProviders, folder: Path, cell: Cell | None) -> None:
        self.room = ROOM_INSIDE if cell else folder / "engine"
        self._providers = providers
        self._cell = cell
        self._launcher: Launcher = InCell(cell, PROGRAM) if cell else PlainLauncher(START)
        self._passages: list[Passage] = []
        self._running: dict[Launched, str] = {}  # and what each one was ended for
        providers.on_too_many = self._stop_for
        self._program = program
        self._attaching: dict[str, str] = {}

    @classmethod
    async def start(cls, folder: Path, server: ResourceServer, cell: Cell | None) -> "Engine":
        """The engine for the model of `server`; it keeps its files in `folder`, or in the cell. CampBroken
        when something is missing: nothing is installed in the middle of a grading."""
        try:
            setup.check_python()
            program = setup.pinned(_silent)
            python = extras.ensure("azurerm", _silent).python
            providers = await AttachedProviders.start(
                folder / "providers", python, server.url, server.token, server.model.subscription
            )
        except (ExtraMissing, setup.NoEngine, ProvidersFailed) as error:
            raise CampBroken(str(error)) from error
        made = cls(PLACE_INSIDE / program.name if cell else program, providers, folder, cell)
        try:
            await made._open()
        except BaseException:
            await made.stop()
            raise
        return made

    async def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        seconds: float,
        *,
        files: Mapping[str, bytes | None] | None = None,
        attached: bool = True,
    ) -> Ran:
        """Runs it in a folder of its room, where it writes `files` first (None takes one away). NotAsExpected after so
        many seconds, and when it prints without an end."""
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            with theirs:
                process = await self._launched(theirs)
            self._running[process] = ""
            try:
                request = self._request(arguments, folder, files or {}, attached)
                return await asyncio.wait_for(self._finished(process, ours, request), seconds)
            except asyncio.TimeoutError:
                raise _too_long(arguments[0], seconds) from None
            finally:
                process.kill()
                await process.wait()
                del self._running[process]

    async def stop(self) -> None:
        for process in self._running:
            process.kill()
        for passage in self._passages:
            await passage.close()
        await self._providers.stop()

    def _stop_for(self, most: int, type: str) -> None:
        """All commands are of one hand-in: whichever plans too much, the others would too."""
        words = _("{type}: more than {most} resources in one plan. The camp plans no more at once.")
        for process in self._running:
            self._running[process] = words.format(type=type, most=most)
            process.kill()

    async def _open(self) -> None:
        """Lets the engine reach its providers."""
        addresses = {name: ("unix", str(path)) for name, path in self._providers.sockets.items()}
        if self._cell:
            for name, path in self._providers.sockets.items():
                passage = Passage(await self._cell.listen(PORTS[name]), path, CONNECTIONS)
                self._passages.append(passage)
                await passage.open()
            addresses = {name: ("tcp", f"127.0.0.1:{port}") for name, port in PORTS.items()}
        self._attaching = attaching(addresses, FIRST_PROCESS if self._cell else self._providers.pid)

    async def _launched(self, theirs: socket.socket) -> Launched:
        try:
            return await self._launcher.launch(project.apps_python(), Path("/"), _base(), theirs)
        except OSError as error:
            if self._cell and self._cell.told:
                raise _unbounded(self._cell.told) from error
            if self._cell and self._cell.lost:
                raise CellLost() from error
            raise CampBroken(_("The engine does not start: {why}").format(why=error)) from error

    async def _finished(self, process: Launched, ours: socket.socket, request: bytes) -> Ran:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError):  # it has ended already: what it said tells why
            await loop.sock_sendall(ours, request)
        out, err = await asyncio.gather(
            _everything(lambda: loop.sock_recv(ours, CHUNK)), _everything(lambda: process.stdout.read(CHUNK))
        )
        code = await process.wait()
        if code == NOT_STARTED:
            raise CampBroken(_("The engine does not start: {why}").format(why=err.strip()[-2_000:]))
        if code < 0 or self._running[process]:
            words = _("The engine was ended by signal {number}.").format(number=-code)
            raise _unbounded(self._running[process] or process.reason or words)
        if crash := CRASH.search(err):  # whose exit code may be that of a plan with changes
            raise _unbounded(_("The engine has crashed: {why}").format(why=crash[0]))
        return Ran(code, out, err)

    def _request(
        self, arguments: Sequence[str], folder: Path, files: Mapping[str, bytes | None], attached: bool
    ) -> bytes:
        message = {
            "folder": str(folder),
            "files": {name: content and base64.b64encode(content).decode() for name, content in files.items()},
            "command": [str(self._program), *arguments],
            "environment": {
                "HOME": str(self.room),
                **setup.settings(self.room),
                **(self._attaching if attached else {}),
            },
            "parent": None if self._cell else os.getpid(),
        }
        data = json.dumps(message).encode()
        return LENGTH.pack(len(data)) + data


async def _everything(read: Callable[[], Awaitable[bytes]]) -> str:
    """What comes until the end of it; NotAsExpected when that is too much."""
    data = bytearray()
    with contextlib.suppress(ConnectionError):
        while more := await read():
            data += more
            if len(data) > MOST_PRINTED:
                raise _unbounded(_("The engine printed more than {size} MB.").format(size=MOST_PRINTED // 1_000_000))
    return data.decode("utf-8", "replace")


def _too_long(command: str, seconds: float) -> NotAsExpected:
    words = _("Time-out: {command} was not through after {seconds:g} seconds.")
    return _unbounded(words.format(command=command, seconds=seconds))


def _unbounded(seen: str) -> NotAsExpected:
    return NotAsExpected(
        seen=seen,
        expected=_("a configuration that the engine gets through with"),
        next=_("Look for count, for_each, range and loops that make very many of something."),
    )


def _base() -> dict[str, str]:
    """Nothing of this process's environment but what programs need; in a cell, not even that."""
    return {name: os.environ[name] for name in BASE if name in os.environ}


def _silent(text: str) -> None:
    """Nobody wants to hear of an installation: there is none, or the check run begins with it."""
