"""Where one job runs: a bubblewrap of its own with a private network, or, for learners without bubblewrap, a folder."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from localcloud import bubblewrap
from localcloud.bubblewrap import Bind, SandboxUnavailable, base_of, explain, system_binds, system_links
from localcloud.messages import _
from localcloud.passage import Passage

MEBIBYTE = 1 << 20
USER = 1001  # as on GitHub's runners
HOME = "/home/runner"
CACHE, ARTIFACTS, WARDEN = f"{HOME}/_cache", f"{HOME}/_artifacts", "/opt/warden.py"
INSIDE = Path(__file__).parent / "inside" / "warden.py"
SECONDS_TO_START = 60.0
SECONDS_TO_END = 5.0
CONNECTIONS = 100
ACT_PRINTS = 4  # times what a job prints, act does: some 300 bytes around each line
LONGEST_LINE = 4 * MEBIBYTE
TEXTS = {
    "/etc/passwd": f"root:x:0:0:root:/root:/bin/sh\nrunner:x:{USER}:{USER}:runner:{HOME}:/bin/bash\n",
    "/etc/group": f"root:x:0:\nrunner:x:{USER}:\n",
    "/etc/hosts": "127.0.0.1 localhost runner\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/host.conf": "multi off\n",
}


@dataclass(frozen=True)
class Limits:
    """How much one job may use."""

    seconds: float = 120.0  # of the whole run
    memory_bytes: int = 1024 * MEBIBYTE
    disk_bytes: int = 512 * MEBIBYTE  # in memory, as nothing of it stays
    file_bytes: int = 256 * MEBIBYTE  # the largest file
    kept_bytes: int = 256 * MEBIBYTE  # what it may leave as artifacts and in caches
    files: int = 60_000
    processes: int = 256  # threads count too
    open_files: int = 1024
    output_bytes: int = 4 * MEBIBYTE

    def told(self, what: str) -> str:
        """What is said of a job that wanted more."""
        words = {
            "memory": _("Out of memory: the job used more than {limit} MB.").format(
                limit=self.memory_bytes // MEBIBYTE
            ),
            "disk": _("No space left: the job wrote more than {limit} MB.").format(limit=self.disk_bytes // MEBIBYTE),
            "kept": _("No space left: caches and artifacts have more than {limit} MB.").format(
                limit=self.kept_bytes // MEBIBYTE
            ),
            "files": _("Too many files: the job made more than {limit}.").format(limit=self.files),
            "processes": _("Too many processes: the job had more than {limit} processes and threads.").format(
                limit=self.processes
            ),
            "output": _("Too much output: the job printed more than {limit} MB.").format(
                limit=self.output_bytes // MEBIBYTE
            ),
            "wall": _("Time-out: the run took more than {limit:g} seconds.").format(limit=self.seconds),
        }
        return words.get(what, what)


@dataclass(frozen=True)
class Task:
    """What to run. Paths are those inside, which begin at `home`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: str
    files: Mapping[str, str]  # texts to write first
    forget: Sequence[str]  # of these, those to delete once the command has read them
    answer: str  # the file that is handed back at the end
    folders: Sequence[str] = ()  # to make first


@dataclass(frozen=True)
class Place:
    """What a job sees of this computer."""

    readable: Sequence[Path]
    cache: Path
    artifacts: Path
    ports: Sequence[int] = ()
    hidden: Sequence[Path] = ()  # folders of ours that lie below those of the system


@dataclass
class Jail:
    """One job. `async with`; then `lines`, and `ended` and `answer` after these."""

    place: Place
    limits: Limits
    confined: bool
    exceeded: str | None = None
    ended: int | None = None
    answer: str = ""
    home: str = HOME
    said: list[str] = field(default_factory=list)  # what bubblewrap itself says
    _process: asyncio.subprocess.Process | None = None
    _passages: list[Passage] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _channel: socket.socket | None = None
    _folder: Path | None = None

    @property
    def cache(self) -> str:
        return CACHE if self.confined else str(self.place.cache)

    @property
    def artifacts(self) -> str:
        return ARTIFACTS if self.confined else str(self.place.artifacts)

    async def __aenter__(self) -> "Jail":
        if not self.confined:
            self._folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="camp-job-"))
            self.home = str(self._folder)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def start(self, task: Task) -> None:
        """Starts the job; SandboxUnavailable."""
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._channel.setblocking(False)
        texts = [(target, bubblewrap.text_descriptor(text)) for target, text in TEXTS.items()] if self.confined else []
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(theirs.fileno(), texts),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                pass_fds=[theirs.fileno(), *(descriptor for _target, descriptor in texts)],
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        finally:
            theirs.close()
            for _target, descriptor in texts:
                os.close(descriptor)
        await self._send(json.dumps(self._asked(task)).encode())
        if self.confined and self.place.ports:
            await asyncio.wait_for(self._open_passages(), SECONDS_TO_START)
        self._tasks.append(asyncio.create_task(self._hear()))
        self._tasks.append(asyncio.create_task(self._weigh()))

    async def lines(self) -> AsyncIterator[bytes]:
        """What the job prints, line by line, until it has ended."""
        assert self._process and self._process.stdout
        taken = 0
        while line := await self._line(self._process.stdout):
            taken += len(line)
            if taken > self.limits.output_bytes * ACT_PRINTS:
                self.exceeds("output")
                return
            yield line
        await self._process.wait()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=2.0)

    async def interrupt(self) -> None:
        """Asks the job to end: steps that always run still do."""
        with contextlib.suppress(OSError):
            await self._send(b"interrupt")

    async def forget(self) -> None:
        """Deletes the files that the command has read by now."""
        with contextlib.suppress(OSError):
            await self._send(b"forget")

    def kill(self) -> None:
        """Ends everything in it at once."""
        if not self.confined and self._channel:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_RDWR)  # the warden then ends what the job has started
        elif self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Ends it; nothing of it stays, running or on disk."""
        self.kill()
        if self._process:
            try:
                await asyncio.wait_for(self._process.wait(), SECONDS_TO_END)
            except asyncio.TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                await self._process.wait()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for passage in self._passages:
            await passage.close()
        if self._channel:
            self._channel.close()
        if self._folder:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _line(self, output: asyncio.StreamReader) -> bytes:
        try:
            return await output.readline()
        except ValueError:  # longer than a line may be
            self.exceeds("output")
            return b""

    def exceeds(self, what: str) -> None:
        """Ends the job for something that it has too much of."""
        self.exceeded = self.exceeded or what
        self.kill()

    async def _send(self, line: bytes) -> None:
        assert self._channel
        await asyncio.get_running_loop().sock_sendall(self._channel, line + b"\n")

    async def _hear(self) -> None:
        """What the warden says."""
        assert self._channel
        loop, rest = asyncio.get_running_loop(), b""
        with contextlib.suppress(OSError, ValueError, KeyError):
            while (data := await loop.sock_recv(self._channel, 65_536)) and len(rest) < LONGEST_LINE:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    message = json.loads(line)
                    if "exceeded" in message:
                        self.exceeded = str(message["exceeded"])
                        self.kill()
                    else:
                        self.ended, self.answer = int(message["ended"]), str(message["answer"])

    async def _weigh(self) -> None:
        """Caches and artifacts lie on the disk: looks how much they are, and spends little time on it."""
        loop, pause = asyncio.get_running_loop(), 0.5
        while True:
            await asyncio.sleep(pause)
            began = loop.time()
            for folder in (self.place.cache, self.place.artifacts):
                if await asyncio.to_thread(_size, folder, self.limits.kept_bytes) > self.limits.kept_bytes:
                    self.exceeds("kept")
                    return
            pause = max(0.5, 10 * (loop.time() - began))

    async def _open_passages(self) -> None:
        assert self._channel
        listeners: list[socket.socket] = []
        loop = asyncio.get_running_loop()
        while len(listeners) < len(self.place.ports):
            ready = asyncio.Event()
            loop.add_reader(self._channel, ready.set)
            try:
                await ready.wait()
            finally:
                loop.remove_reader(self._channel)
            data, descriptors, _flags, _address = socket.recv_fds(self._channel, 16, 16)
            listeners += [socket.socket(fileno=one) for one in descriptors]
            if not data:
                raise SandboxUnavailable(explain(await self._words()))
        for listener, port in zip(listeners, self.place.ports, strict=True):
            passage = Passage(listener, port, CONNECTIONS)
            await passage.open()
            self._passages.append(passage)

    async def _words(self) -> str:
        assert self._process and self._process.stdout
        self.kill()
        return (await self._process.stdout.read(4_000)).decode("utf-8", "replace")

    def _asked(self, task: Task) -> dict[str, object]:
        limits = {**asdict(self.limits), "confined": self.confined}
        return {
            **asdict(task),
            "ports": list(self.place.ports) if self.confined else [],
            "limits": limits,
            "home": self.home,
            "writable": [HOME, "/tmp"],
        }

    def _command(self, descriptor: int, texts: Sequence[tuple[str, int]]) -> list[str]:
        python = os.path.realpath(sys.executable)
        start = [python, "-I", "-S", "-B", WARDEN if self.confined else str(INSIDE), str(descriptor)]
        if not self.confined:
            return start
        user = job_user() if os.geteuid() == 0 else None
        if user is not None:
            for folder in (self.place.cache, self.place.artifacts):
                _give(folder, user)
        binds = list(_binds(self.place, python))
        return bubblewrap.command(_options(self.limits), binds, _over(self.place, binds, texts), start, user)


def job_user() -> int:
    """The user that jobs are, where root runs them: not that of the sandbox of apps."""
    free = bubblewrap.free_user()
    return free + 1 if free != bubblewrap.NOBODY else free


def available() -> str | None:
    """Why there is no bubblewrap that works; None when there is one."""
    if sys.platform != "linux":
        return explain("")
    try:
        return _tried()
    except SandboxUnavailable as error:
        return str(error)


@cache
def _tried() -> str | None:
    options = [
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        *system_links(),
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    done = subprocess.run(
        bubblewrap.command([], list(system_binds()), options, ["true"]), capture_output=True, text=True, check=False
    )
    return explain(done.stderr) if done.returncode else None


def _options(limits: Limits) -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--uid", str(USER), "--gid", str(USER), "--hostname", "runner"]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    if "--disable-userns" in _help():
        options.append("--disable-userns")
    options += ["--dir", HOME, "--size", str(limits.disk_bytes), "--tmpfs", HOME]
    return [*options, "--size", str(limits.disk_bytes // 4), "--tmpfs", "/tmp"]


@cache
def _help() -> str:
    return subprocess.run([bubblewrap.program(), "--help"], capture_output=True, text=True, check=False).stdout


def _binds(place: Place, python: str) -> list[Bind]:
    binds = list(system_binds())
    seen = {bind.target for bind in binds}
    for path in (*place.readable, base_of(Path(python))):
        if not any(path.is_relative_to(one) for one in seen):
            seen.add(str(path))
            binds.append(Bind(path, str(path)))
    binds.append(Bind(INSIDE, WARDEN))
    return [*binds, Bind(place.cache, CACHE, writable=True), Bind(place.artifacts, ARTIFACTS, writable=True)]


def _over(place: Place, binds: Sequence[Bind], texts: Sequence[tuple[str, int]]) -> list[str]:
    options = system_links()
    for folder in place.hidden:
        if any(folder.is_relative_to(bind.target) and str(folder) != bind.target for bind in binds):
            options += ["--tmpfs", str(folder), "--remount-ro", str(folder)]
    for target, descriptor in texts:
        options += ["--ro-bind-data", str(descriptor), target]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(16 * MEBIBYTE), "--tmpfs", "/dev/shm"]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/"]


def _give(folder: Path, user: int) -> None:
    """Makes the user the owner of all in the folder."""
    for top, _folders, files in os.walk(folder):
        os.chown(top, user, user, follow_symlinks=False)
        for name in files:
            os.chown(os.path.join(top, name), user, user, follow_symlinks=False)


def _size(folder: Path, enough: int) -> int:
    """The bytes of all files in the folder; it stops at more than `enough`."""
    total = 0
    for top, _folders, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += max(os.lstat(os.path.join(top, name)).st_size, 1024)
        if total > enough:
            break
    return total
