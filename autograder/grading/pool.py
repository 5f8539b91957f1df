"""Grader processes kept warm: so many submissions are graded at once, and one that dies takes no other along."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from autograder import passing, project
from autograder.grading.grade import COLD, TRUSTED, Graded, fault
from autograder.lab import Lab
from autograder.sandbox import SandboxUnavailable
from localcloud.extras import NEVER
from localcloud.functions.worker.frames import FrameError, FrameReader, frame
from localcloud.messages import _
from localcloud.supervisor.process import end_session

ATTEMPTS = 3
SECONDS = 300.0
SECONDS_TO_START = 60.0
USES = 100  # then a fresh process takes over, so that nothing can pile up in one
PREFIX = "camp-grading-"
LOG = "grader.log"
CHUNK = 1 << 16
LAST_WORDS = 2000


class GraderGone(RuntimeError):
    """A grader process died, or took too long and was ended; the text says which."""


class Grader:
    """One process; it is started when it is first asked, and again after it died or served `USES` times."""

    def __init__(self, folder: Path, seconds: float, trusted: bool, cold: bool) -> None:
        self._folder = folder
        self._trusted = trusted
        self._cold = cold
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._frames = FrameReader()
        self._used = 0

    async def ask(self, header: dict[str, Any], submission: bytes) -> dict[str, Any]:
        """The process's answer; GraderGone when there is none. Afterwards it can be asked again."""
        if self._used >= USES:
            await self.end()
        try:
            if self._process is None:
                await asyncio.wait_for(self._start(), SECONDS_TO_START)
            self._used += 1
            return await asyncio.wait_for(self._exchange(header, submission), self._seconds)
        except asyncio.TimeoutError:
            await self.end()
            text = _("Time-out: it was not graded within {seconds:g} seconds.")
            raise GraderGone(text.format(seconds=self._seconds)) from None
        except (OSError, FrameError, EOFError) as error:
            words = self._last_words() or str(error)
            await self.end()
            raise GraderGone(_("The grader process died. {words}").format(words=words).strip()) from error
        except BaseException:
            await self.end()
            raise

    async def end(self) -> None:
        """Ends the process, whatever it has started, and what it left on disk."""
        process, self._process, self._used = self._process, None, 0
        if self._streams:
            self._streams[1].close()
            self._streams = None
        if process is None:
            return
        await asyncio.to_thread(end_session, process.pid)
        await process.wait()
        if process.stdin:
            process.stdin.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return (self._folder / LOG).read_text("utf-8", "replace")[-LAST_WORDS:]
        return ""

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._frames = FrameReader()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with (self._folder / LOG).open("wb") as log:
                self._process = await self._spawn(theirs.fileno(), log)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._streams = await asyncio.open_connection(sock=ours)
        hello = await self._answer()
        if why := hello.get("unavailable"):
            raise SandboxUnavailable(why)

    async def _spawn(self, descriptor: int, log: IO[bytes]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "autograder.grading.grader", str(descriptor)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
            env={**os.environ, "TMPDIR": str(self._folder), "CAMP_ROOT": str(project.root())}
            | {TRUSTED: str(int(self._trusted)), COLD: str(int(self._cold)), NEVER: "1"},
            pass_fds=[descriptor],
            start_new_session=True,
        )

    async def _exchange(self, header: dict[str, Any], submission: bytes) -> dict[str, Any]:
        assert self._streams
        self._streams[1].write(frame(header, submission))
        await self._streams[1].drain()
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._streams
        while data := await self._streams[0].read(CHUNK):
            for header, _blob in self._frames.feed(data):
                return header
        raise EOFError


class Pool:
    """Graders for a batch; `grade` waits for one that is free. Make it with `pool`."""

    def __init__(self, graders: list[Grader]) -> None:
        self.capacity = len(graders)
        self._sandboxed = False
        self._free: asyncio.Queue[Grader] = asyncio.Queue()
        for grader in graders:
            self._free.put_nowait(grader)

    async def grade(self, submission: bytes, lab: Lab, seed: int) -> Graded:
        """The verdict. What is a fault of ours is tried again, and told as such when it stays. SandboxUnavailable,
        before anything is graded, when submissions cannot be kept apart here."""
        for _attempt in range(ATTEMPTS):
            grader = await self._free.get()
            try:
                graded = Graded.from_json(await grader.ask({"lab": lab.name, "seed": seed}, submission))
                self._sandboxed = True
            except GraderGone as gone:
                graded = fault(lab, seed, gone)
            except SandboxUnavailable as error:
                if not self._sandboxed:
                    raise
                graded = fault(lab, seed, error)
            finally:
                self._free.put_nowait(grader)
            if not graded.broken:
                break
        return graded


@asynccontextmanager
async def pool(
    workers: int, seconds: float = SECONDS, trusted: bool = False, cold: bool = False
) -> AsyncIterator[Pool]:
    """A pool of so many graders, each of which may take so many seconds for a submission; nothing of them is left.
    Apps run in a sandbox unless they are trusted, with fresh interpreters if it is to be cold."""
    with passing.folder(PREFIX) as root:
        graders = [Grader(root / str(number), seconds, trusted, cold) for number in range(workers)]
        try:
            yield Pool(graders)
        finally:
            await asyncio.gather(*(grader.end() for grader in graders))


def usual_workers(busy: bool = False) -> int:
    """Several for each core: most of a check's time is spent waiting for silence. Where checks are `busy`, one."""
    return (1 if busy else 5) * (os.cpu_count() or 1)
