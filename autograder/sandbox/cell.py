"""One cell, seen from the grader: it launches workers, opens ports into it, and says what it was stopped for."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from autograder.sandbox.bubble import ENVIRON
from autograder.sandbox.inside import wire
from autograder.sandbox.inside.wire import Message
from autograder.sandbox.limits import SandboxLimits
from localcloud.bubblewrap import SandboxUnavailable
from localcloud.functions.workers.launching import LONGEST_LINE, Bounds
from localcloud.functions.workers.settings import BASE
from localcloud.messages import _
from localcloud.passage import Passage

APP = Path("/home/site/wwwroot")
HEADER_BYTES, BLOB_BYTES = 4 << 20, 32 << 20
KILLED = (-signal.SIGKILL, -signal.SIGXCPU)
SECONDS_TO_MAKE, SECONDS_TO_ANSWER, SECONDS_TO_END, SECONDS_TO_READ_ON = 30.0, 10.0, 4.0, 0.2


class Cell:
    """Made by `Sandbox.cell`. It is a launcher for `FunctionsHost`. `close` ends all that runs in it.

    `lost`: it ended by itself, which the app cannot bring about. `killed`: a process was, for no limit and not because
    the grader wanted it to end; the app itself may have done it, or somebody outside (an administrator, a computer
    without memory).
    """

    def __init__(self, channel: socket.socket, limits: SandboxLimits, warm: bool) -> None:
        self.limits = limits
        self.spares = not warm
        self.bounds = Bounds(HEADER_BYTES, BLOB_BYTES, limits.output_bytes)
        self.exceeded: str | None = None
        self.lost = self.killed = False
        self._closing = False
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._answers: dict[object, asyncio.Future[tuple[Message, list[int]]]] = {}
        self._running: dict[int, SandboxedProcess] = {}
        self._over_early: dict[int, tuple[int, bool]] = {}
        self._pipes: set[asyncio.BaseTransport] = set()
        self._passages: list[Passage] = []
        self._gone = asyncio.Event()
        self._number = 0
        channel.setblocking(False)
        self._loop.add_reader(channel.fileno(), self._read)

    @classmethod
    async def on(cls, channel: socket.socket, limits: SandboxLimits, warm: bool) -> "Cell":
        """The cell at the other end of `channel`, once it is made; SandboxUnavailable when it cannot be."""
        cell = cls(channel, limits, warm)
        try:
            answer, _descriptors = await asyncio.wait_for(cell._answer("made"), SECONDS_TO_MAKE)
        except (asyncio.TimeoutError, OSError) as error:
            cell._leave()
            raise SandboxUnavailable(_("The sandbox makes no cell: {why}").format(why=error)) from error
        if answer["did"] != "ready":
            cell._leave()
            raise SandboxUnavailable(_("The sandbox makes no cell: {why}").format(why=answer["why"]))
        return cell

    @property
    def told(self) -> str | None:
        """What limit the app exceeded; None when it kept within all."""
        return self.limits.told(self.exceeded) if self.exceeded else None

    def place_of(self, app: Path) -> Path:
        return APP

    async def launch(
        self,
        python: Path,
        app: Path,
        environ: Mapping[str, str],
        theirs: socket.socket,
        *,
        program: str = "worker",
        cold: bool = False,
    ) -> "SandboxedProcess":
        """A worker in the cell, or another of the programs that are known there; `cold`: in an interpreter of its own.
        OSError when it cannot be started."""
        if self.told:
            raise OSError(self.told)
        reading, writing = os.pipe()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _protocol = await self._loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
        )
        own = {name: value for name, value in environ.items() if name not in BASE or name == "TZ"}
        inside = {**ENVIRON, "TMPDIR": "/tmp", **own}
        message = {"do": "start", "program": program, "cold": cold, "app": str(APP), "environ": inside}
        try:
            answer, _descriptors = await self._asked(message, (theirs.fileno(), writing))
        except BaseException:
            transport.close()
            raise
        finally:
            os.close(writing)
        if answer["did"] != "started" or self._gone.is_set():
            transport.close()
            raise OSError(self.limits.told(answer["why"]) if "why" in answer else _("the cell has ended"))
        self._pipes.add(transport)
        process = SandboxedProcess(self, answer["pid"], reader, transport)
        self._running[process.pid] = process
        if process.pid in self._over_early:
            self._ended(process.pid, *self._over_early.pop(process.pid))
        return process

    async def listen(self, port: int) -> socket.socket:
        """A listening socket on this port of the cell's own loopback, which the grader may serve on."""
        _answer, descriptors = await self._asked({"do": "listen", "port": port})
        return socket.socket(fileno=descriptors[0])

    async def open_passage(self, port: int) -> None:
        """Whoever connects to this port in the cell is connected to the same port of this computer."""
        passage = Passage(await self.listen(port), port, self.limits.connections)
        self._passages.append(passage)
        await passage.open()

    def exceed(self, what: str) -> None:
        """Ends what runs in the cell for a limit that the grader watches."""
        if self.exceeded is None:
            self.exceeded = what
            self._tell({"do": "exceeded", "what": what})

    def kill(self, pid: int, *, wanted: bool) -> None:
        self._tell({"do": "kill", "pid": pid, "wanted": wanted})

    async def settle(self) -> None:
        """Hears what has happened up to now: afterwards `lost`, `killed` and `told` say it. A worker's connection may
        be lost before its end is told."""
        try:
            await self._asked({"do": "settle"})
        except ConnectionError:
            self._leave()
        except OSError:
            return  # it has ended, or does not answer: nothing more will be heard

    async def forget_files(self) -> None:
        """What the app has written into files is gone, and its own files are as they were handed in. OSError when the
        cell does not answer; one that has ended has no files."""
        try:
            await self._asked({"do": "forget"})
        except OSError:
            if not self._gone.is_set():
                raise

    async def close(self) -> None:
        """Ends all that runs in the cell, and waits until it has."""
        self._closing = True
        if not self._gone.is_set():
            self._tell({"do": "end"})
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._gone.wait(), SECONDS_TO_END)
        self._leave()
        for passage in self._passages:
            await passage.close()

    def _tell(self, message: Message, descriptors: tuple[int, ...] = ()) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, BlockingIOError):
            wire.send(self._channel, message, descriptors)

    async def _asked(self, message: Message, descriptors: tuple[int, ...] = ()) -> tuple[Message, list[int]]:
        if self._gone.is_set():
            raise OSError(_("the cell has ended"))
        self._number += 1
        key = self._number
        wire.send(self._channel, {**message, "id": key}, descriptors)
        try:
            return await asyncio.wait_for(self._answer(key), SECONDS_TO_ANSWER)
        except asyncio.TimeoutError:
            raise OSError(_("the cell does not answer")) from None

    def _answer(self, key: object) -> "asyncio.Future[tuple[Message, list[int]]]":
        self._answers[key] = self._loop.create_future()
        return self._answers[key]

    def _read(self) -> None:
        try:
            told = wire.receive(self._channel)
        except (BlockingIOError, InterruptedError):
            return
        except (OSError, ValueError):
            told = None
        if told is None:
            self._leave()
            return
        message, descriptors = told
        match message["did"]:
            case "exited":
                self._ended(message["pid"], message["code"], message["wanted"])
            case "exceeded":
                self.exceeded = self.exceeded or str(message["what"])
            case "ended":
                self._gone.set()
            case _:
                answer = self._answers.pop(message.get("id", "made"), None)
                if answer and not answer.done():
                    answer.set_result((message, descriptors))
                    return
        for descriptor in descriptors:
            os.close(descriptor)

    def _ended(self, pid: int, code: int, wanted: bool) -> None:
        process = self._running.pop(pid, None)
        if process:
            self.killed |= code == -signal.SIGKILL and not (wanted or self.exceeded or self._closing)
            process.ended(code, self.told if code in KILLED else None)
        else:
            self._over_early[pid] = code, wanted

    def _leave(self) -> None:
        """Nothing comes from the cell any more: all its processes are dead."""
        if self._channel.fileno() < 0:
            return
        self._loop.remove_reader(self._channel.fileno())
        self._channel.close()
        self._gone.set()
        self.lost = not self._closing
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(OSError(_("the cell has ended")))
                answer.exception()
        self._answers.clear()
        for pid in list(self._running):
            self._ended(pid, -signal.SIGKILL, wanted=True)
        for pipe in self._pipes:
            pipe.close()


class SandboxedProcess:
    """A worker in a cell; `pid` is its number there."""

    def __init__(self, cell: Cell, pid: int, reader: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.reason: str | None = None
        self.stdout = reader
        self._cell = cell
        self._transport = transport
        self._over = asyncio.Event()

    async def wait(self) -> int:
        await self._over.wait()
        assert self.returncode is not None
        return self.returncode

    def kill(self, *, wanted: bool = True) -> None:
        self._cell.kill(self.pid, wanted=wanted)

    def exceeded_output(self) -> None:
        self._cell.exceed("output")

    def ended(self, code: int, reason: str | None) -> None:
        self.returncode, self.reason = code, reason
        self._over.set()
        asyncio.get_running_loop().call_later(SECONDS_TO_READ_ON, self._transport.close)  # children may hold the pipe
