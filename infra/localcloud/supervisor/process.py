"""One run of a service: the process, its log file and its last words."""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from pathlib import Path

from .service_process import ServiceProcess

LAST_WORDS = 12
LOG_BYTES = 2_000_000
LINE_BYTES = 1_000_000


class LogFile:
    """`.camp/logs/<name>.log`; the older half moves to `<name>.log.1` at 2 MB, and a deleted folder is made again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last: deque[str] = deque(maxlen=LAST_WORDS)

    def write(self, line: bytes) -> None:
        """Appends one line as it came; remembers it among the last words."""
        self.last.append(line.decode("utf-8", "replace").rstrip())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as log:
            log.write(line)
            full = log.tell() > LOG_BYTES
        if full:
            self.path.replace(self.path.with_suffix(".log.1"))


class Run:
    """A started service. Its standard input is a pipe that only we hold: the lifeline."""

    def __init__(self, service: ServiceProcess, process: asyncio.subprocess.Process, log: LogFile) -> None:
        self.service = service
        self.process = process
        self.log = log
        self.started = time.monotonic()
        self._pump = asyncio.create_task(self._write_log(), name=f"log of {service.name}")

    @classmethod
    async def start(cls, service: ServiceProcess, log: LogFile) -> "Run":
        """Starts the process in a group of its own; raises OSError when it cannot be started."""
        for folder in service.folders:
            folder.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *service.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=service.cwd,
            env={**os.environ, **service.env},
            start_new_session=True,
            limit=LINE_BYTES,
        )
        return cls(service, process, log)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def _write_log(self) -> None:
        stdout = self.process.stdout
        assert stdout
        while True:
            try:
                line = await stdout.readline()
            except ValueError:  # a line longer than LINE_BYTES: asyncio has dropped it
                line = b"(a line too long to keep was left out)\n"
            if not line:
                return
            try:
                self.log.write(line)
            except OSError as error:  # disk full: keep serving, keep the last words in memory
                self.log.last.append(f"(not written to {self.log.path.name}: {error})")

    async def wait(self) -> int:
        """Waits until it has ended and its log is written; returns the exit code."""
        code = await self.process.wait()
        # A grandchild may still hold the output open: give the log a moment, never wait for it.
        await asyncio.wait([self._pump], timeout=1.0)
        return code

    async def stop(self) -> None:
        """Ends the whole process group: asks, and after `stop_seconds` kills."""
        if self.alive:
            self._signal(signal.SIGTERM)
            if self.process.stdin:
                self.process.stdin.close()
            try:
                await asyncio.wait_for(self.process.wait(), self.service.stop_seconds)
            except asyncio.TimeoutError:
                self.log.last.append(f"(did not end within {self.service.stop_seconds:g} s: killed)")
        self._signal(signal.SIGKILL)
        await self.process.wait()
        self._pump.cancel()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


def end_session(leader: int) -> None:
    """SIGKILL to every process of the session that `leader` made, whether it lives or not; to this one last."""
    import psutil  # slow to import, and seldom needed

    own, killed = os.getpid(), set[int]()
    while members := {pid for pid in psutil.pids() if _is_in(pid, leader)} - {own} - killed:
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= members
    if _is_in(own, leader):
        os.kill(own, signal.SIGKILL)


def _is_in(pid: int, leader: int) -> bool:
    try:
        return os.getsid(pid) == leader
    except (ProcessLookupError, PermissionError):
        return False
