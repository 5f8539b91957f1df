"""The nursery of one grader, as a process that is started once and again if it dies."""

import contextlib
import io
import os
import re
import select
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO

from autograder import project
from autograder.appfolder import app_files
from autograder.sandbox import bubble
from autograder.sandbox.cell import Cell
from autograder.sandbox.inside import wire
from autograder.sandbox.limits import SandboxLimits
from localcloud.bubblewrap import SandboxUnavailable, explain, text_descriptor
from localcloud.messages import _

SECONDS_TO_START, LOOK_EVERY = 60.0, 0.1
USES_MORE = re.compile(rb"\b(aiohttp|async_client|slack_bolt|flask|starlette|fastapi|requests|httpx|cosmos|boto3)\b")


class Sandbox:
    """Use `start` and `close`, or a `with` block; `cell` makes a place for one app. With `warm=False` every worker is
    a fresh interpreter: slower, and otherwise the same."""

    def __init__(self, limits: SandboxLimits | None = None, *, python: Path | None = None, warm: bool = True) -> None:
        self.limits = limits or SandboxLimits()
        self._python = python or project.apps_python()
        self._warm = warm
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._said: IO[bytes] | None = None
        self._using = threading.Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the nursery; SandboxUnavailable when this computer cannot have one."""
        with self._using:
            self._start()

    def close(self) -> None:
        """Ends everything that ever ran in it."""
        with self._using:
            self._close()

    async def cell(self, app: Path) -> Cell:
        """A place of its own for a copy of the app in the folder `app`."""
        try:
            return await self._cell(app)
        except SandboxUnavailable:
            if self._process is None or self._process.poll() is None:
                raise
            return await self._cell(app)  # the nursery died of something else while it was asked

    async def _cell(self, app: Path) -> Cell:
        packed = _packed(app)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = {"do": "cell", "warm": self._warm, "more": _uses_more(app), "limits": asdict(self.limits)}
        try:
            self._ask(asked, (theirs.fileno(), packed))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(packed)
        return await Cell.on(ours, self.limits, self._warm)

    def _ask(self, message: wire.Message, descriptors: tuple[int, ...]) -> None:
        with self._using:
            for _attempt in range(2):
                if self._process is None or self._process.poll() is not None:
                    self._close()
                    self._start()
                assert self._channel
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    wire.send(self._channel, message, descriptors)
                    return
                self._close()
        raise SandboxUnavailable(_("The sandbox has ended, twice."))

    def _start(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed in _close
        texts = [(target, text_descriptor(text)) for target, text in bubble.TEXTS.items()]
        try:
            self._process = subprocess.Popen(
                bubble.command(self._python, theirs.fileno(), texts),
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                cwd="/",
                env=bubble.ENVIRON,
                pass_fds=[theirs.fileno(), *(descriptor for _target, descriptor in texts)],
                preexec_fn=os.setpgrp,  # a group of its own, in the session of whoever ends all that it has started
            )
        except BaseException:
            self._close()
            raise
        finally:
            theirs.close()
            for _target, descriptor in texts:
                os.close(descriptor)
        if not self._answers() or wire.receive(self._channel) is None:
            self._process.kill()
            said = self._words()
            self._close()
            raise SandboxUnavailable(explain(said))

    def _answers(self) -> bool:
        """Waits for its first message. A process that is killed while it starts may leave one that never answers."""
        assert self._process and self._channel
        deadline = time.monotonic() + SECONDS_TO_START
        while self._process.poll() is None and time.monotonic() < deadline:
            if select.select([self._channel], [], [], LOOK_EVERY)[0]:
                return True
        return False

    def _words(self) -> str:
        assert self._said and self._process
        self._process.wait()
        self._said.seek(0)
        return self._said.read(4_000).decode("utf-8", "replace")

    def _close(self) -> None:
        if self._channel:
            self._channel.close()
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._said:
            self._said.close()
        self._channel = self._process = self._said = None

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _uses_more(app: Path) -> bool:
    """Whether the app names a package that not every nursery has imported; wrong, it takes longer and no more."""
    return any(USES_MORE.search((app / name).read_bytes()) for name in app_files(app) if name.suffix == ".py")


def _packed(app: Path) -> int:
    """A descriptor of a tar file with the app."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        for name in app_files(app):
            entry = tarfile.TarInfo(name.as_posix())
            content = (app / name).read_bytes()
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    descriptor = os.memfd_create("app")
    os.write(descriptor, target.getbuffer())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
