"""One worker process, seen from the host: started, loaded, called, ended."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from localcloud.messages import _

from ..worker.frames import FrameError, FrameReader, frame
from .answers import checked
from .launching import LONGEST_LINE, PLAIN, Launched, Launcher

SECONDS_TO_START = 60.0
SECONDS_TO_END = 1.0

Frame = tuple[dict[str, Any], bytes]


class WorkerGone(RuntimeError):
    """The worker process ended, or cannot be started; the text says how."""


class WorkerCrashed(WorkerGone):
    """The worker process was killed on request."""


class LoadFailed(RuntimeError):
    """The app cannot be loaded; `report` holds type, message, file, line, text and traceback."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(str(report.get("message")))
        self.report = report


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is started with: `app` is where it finds the app. `load_seconds` bounds the app's import."""

    python: Path
    app: Path
    environ: Mapping[str, str]
    load_seconds: float = SECONDS_TO_START
    launcher: Launcher = PLAIN


class WorkerProcess(asyncio.Protocol):
    """Use `start`, then `load`. `on_log` gets the worker's log frames, `on_exit` this object once it has ended."""

    def __init__(
        self, spec: WorkerSpec, on_log: Callable[[dict[str, Any]], None], on_exit: Callable[["WorkerProcess"], None]
    ) -> None:
        self.spec = spec
        self.loaded = False
        self.expected_to_end = False
        self.injected = False
        self._on_log = on_log
        self._on_exit = on_exit
        self._bounds = spec.launcher.bounds
        self._reader = FrameReader(self._bounds.header_bytes, self._bounds.blob_bytes)
        self._output = 0
        self._calls: dict[str, asyncio.Future[Frame]] = {}
        self._ready: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._loading: asyncio.Future[Frame] | None = None
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._disconnected = asyncio.Event()
        self._refused = False  # whether it has sent what is no frame: what comes after that counts for nothing
        self._process: Launched | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.idle = asyncio.Event()
        self.idle.set()

    async def start(self) -> None:
        """Starts the process; returns when it is ready to load. WorkerGone when it does not come up."""
        self._socket, theirs = socket.socketpair()
        try:
            spec = self.spec
            self._process = await spec.launcher.launch(spec.python, spec.app, spec.environ, theirs)
        except OSError as error:
            raise WorkerGone(_("The worker cannot be started: {error}").format(error=error)) from error
        finally:
            theirs.close()
            if self._process is None:
                self._socket.close()
        self._tasks = [asyncio.create_task(self._echo()), asyncio.create_task(self._wait())]
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, sock=self._socket)
            await self._within(self._ready, SECONDS_TO_START)
        except BaseException:
            await self.end()
            raise

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def spawned(self) -> bool:
        """Whether there is, or was, a process."""
        return self._process is not None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None and not self.expected_to_end

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode if self._process else None

    @property
    def in_flight(self) -> int:
        return len(self._calls)

    async def load(self) -> dict[str, Any]:
        """Imports the app: `functions` and the `imported` modules. LoadFailed with the app's error, WorkerGone."""
        self._loading = asyncio.get_running_loop().create_future()
        self._send({"t": "load", "app": str(self.spec.app), "imported": self.spec.launcher.spares})
        header, _blob = await self._within(self._loading, self.spec.load_seconds)
        if header["t"] == "failed":
            raise LoadFailed(header["error"])
        self.loaded = True
        return header

    def import_ahead(self, names: Sequence[str]) -> None:
        """Has installed modules imported before the app is loaded."""
        with contextlib.suppress(WorkerGone):  # whoever wants it next finds out
            self._send({"t": "import", "names": list(names)})

    async def call(self, header: dict[str, Any], blob: bytes) -> Frame:
        """One invocation; the worker's answer. WorkerGone when the process ends meanwhile."""
        if not self.alive or self._disconnected.is_set():
            raise WorkerGone(self.how_it_ended())
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._calls[header["id"]] = answer
        self.idle.clear()
        try:
            self._send({"t": "invoke", **header}, blob)
            return await answer
        finally:
            self._calls.pop(header["id"], None)
            if not self._calls:
                self.idle.set()

    async def retire(self, seconds: float) -> None:
        """Ends the worker once its calls are through, or after so many seconds."""
        self.loaded = False
        with contextlib.suppress(asyncio.TimeoutError):  # what still runs then is lost, as on Azure
            await asyncio.wait_for(self.idle.wait(), seconds)
        await self.end()

    async def end(self) -> None:
        """Ends the process now."""
        self.expected_to_end = True
        self.kill()
        if self._tasks:
            await asyncio.wait(self._tasks)  # which, unlike gather, leaves them alone when this is cancelled
        if self._socket and not self._transport:
            self._socket.close()

    def kill(self, *, wanted: bool = True) -> None:
        """SIGKILL to the worker and to whatever it has started. Not `wanted`: it is of no use any more, for whatever
        reason."""
        if self._process and self._process.returncode is None:
            self._process.kill(wanted=wanted)

    def how_it_ended(self) -> str:
        """`python exited with code 139 (0x8B)`, in the host's words."""
        code = self.exit_code
        if self._process and self._process.reason:
            return self._process.reason
        if code is None:
            return "python worker process is not running"
        shown = 128 - code if code < 0 else code
        return f"python exited with code {shown} (0x{shown:X})"

    async def _within(self, answer: "asyncio.Future[Frame]", seconds: float) -> Frame:
        try:
            return await asyncio.wait_for(answer, seconds)
        except asyncio.TimeoutError:
            self.expected_to_end = True
            self.kill()
            raise LoadFailed(
                {
                    "type": "TimeoutError",
                    "message": _("The app was not loaded after {seconds:g} seconds.").format(seconds=seconds),
                }
            ) from None

    def _send(self, header: dict[str, Any], blob: bytes = b"") -> None:
        assert self._transport
        if self._transport.is_closing():
            raise WorkerGone(self.how_it_ended())
        self._transport.write(frame(header, blob))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of another class

    def connection_lost(self, error: Exception | None) -> None:
        """A worker that nobody can talk to any more is none: an app may have closed its socket."""
        self._disconnected.set()
        self.kill(wanted=False)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        try:
            for header, blob in self._reader.feed(data):
                self._take(checked(header, len(blob)), blob)
        except (FrameError, KeyError, TypeError, ValueError) as error:
            self._on_log(
                log_line("ERROR", _("The worker sent what is no frame ({error}); it is ended.").format(error=error))
            )
            self._refused = True  # the connection stays: without it the worker might end by itself before it is killed
            self.kill(wanted=False)

    def _take(self, header: dict[str, Any], blob: bytes) -> None:
        kind = header["t"]
        if kind == "done":
            answer = self._calls.get(header["id"])
        elif kind == "log":
            self._log(header)
            return
        else:
            answer = self._ready if kind == "ready" else self._loading
        if answer and not answer.done():
            answer.set_result((header, blob))

    def _log(self, header: dict[str, Any]) -> None:
        if self._may_say(len(header["message"])):
            self._on_log(header)

    def _may_say(self, characters: int) -> bool:
        """Whether so much more may be logged; a worker that never ends its output is ended."""
        self._output += characters
        most = self._bounds.output_bytes
        if most is None or self._output <= most:
            return True
        if self._process and self._process.returncode is None:
            self._process.exceeded_output()
        return False

    async def _echo(self) -> None:
        """What the process writes past Python's own streams."""
        assert self._process
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                self._may_say(LONGEST_LINE)  # a line longer than the limit: asyncio has dropped it
                continue
            if not line:
                return
            self._log(log_line("INFO", line.decode("utf-8", "replace").rstrip()))

    async def _wait(self) -> None:
        assert self._process
        await self._process.wait()
        self.loaded = False
        gone = WorkerGone(self.how_it_ended())
        for answer in [*self._calls.values(), self._ready, *([self._loading] if self._loading else [])]:
            if not answer.done():
                answer.set_exception(gone)
                answer.exception()  # whoever waits for it gets it; nobody need
        self._on_exit(self)
        if self._transport:
            self._transport.close()
            await self._disconnected.wait()


def log_line(level: str, message: str) -> dict[str, Any]:
    """A line of the host's half of the worker, as if the worker had sent it."""
    return {"t": "log", "id": None, "level": level, "message": message, "system": True}
