"""The first process of a cell: it makes the cell, starts workers in it, and watches what they use.

A cell has users, processes, files, network and everything else of its own. Its end is the end of all that runs in it.
"""

import contextlib
import io
import os
import select
import shutil
import signal
import socket
import sys
import tarfile
import time
from collections.abc import Callable
from typing import Any

from . import kernel
from .confined import become_worker
from .copies import Copies, end
from .usage import Usage, connections, is_ending, others, proportional
from .wire import Message, receive, send

SITE, APP = "/home/site", "/home/site/wwwroot"
WRITABLE = {"home": "/home/app", "tmp": "/tmp", "shm": "/dev/shm"}
COPIED = "worker"
DEAF_TO = (signal.SIGINT, signal.SIGPIPE)
LOOK_EVERY = 0.05
SECONDS_TO_END, SECONDS_TO_SETTLE = 2.0, 0.2

Serve = Callable[[int], None]
Programs = dict[str, Serve]


class Keeper:
    """Serves one grader on `channel` until it says end, or is gone."""

    def __init__(
        self, channel: socket.socket, limits: dict[str, Any], programs: Programs | None, written: "Written"
    ) -> None:
        self._channel = channel
        self._written = written
        self._limits = limits
        self._programs = programs
        self._workers: set[int] = set()
        self._doomed: set[int] = set()  # those of them whose end the grader wanted while they lived
        self._usage = Usage(_resident() if programs else 0)
        self._copies = Copies(limits) if programs else None
        self._watched = select.poll()
        self._exceeded: str | None = None
        self._woken, wake = socket.socketpair()
        for one in (self._woken, wake):
            one.setblocking(False)
        self._wake = wake
        for number in DEAF_TO:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        for one in (self._channel, self._woken, *([self._copies.socket] if self._copies else [])):
            self._watched.register(one, select.POLLIN)
        looked = time.monotonic()
        while True:
            ready = dict(self._watched.poll(LOOK_EVERY * 1000))
            if self._woken.fileno() in ready:
                self._woken.recv(4096)
                self._bury()
            if self._copies and (self._copies.is_late or self._copies.socket.fileno() in ready):
                self._hear(self._copies)
            if self._channel.fileno() in ready and not self._obey():
                return
            if (now := time.monotonic()) - looked >= LOOK_EVERY:
                looked = now
                self._watch()

    def _obey(self) -> bool:
        """Does what the grader asks for; False at the end."""
        asked = receive(self._channel)
        if asked is None:
            return False
        message, descriptors = asked
        match message["do"]:
            case "start":
                self._start(message, descriptors)
            case "listen":
                self._listen(message)
            case "kill":
                self._kill(message["pid"], message["wanted"])
            case "settle":
                self._settle(message)
            case "forget":
                self._end_daemons()
                self._written.forget()
                self._tell({"did": "forgotten", "id": message["id"]})
            case "exceeded":
                self._stop_all(message["what"])
            case "end":
                self._end()
                return False
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _start(self, message: Message, descriptors: list[int]) -> None:
        if self._exceeded:
            self._tell({"did": "refused", "id": message["id"], "why": self._exceeded})
        elif not (self._copies and message["program"] == COPIED and self._copies.start(message, descriptors)):
            self._start_anew(message, descriptors)

    def _start_anew(self, message: Message, descriptors: list[int]) -> None:
        program = self._programs[message["program"]] if self._programs and not message["cold"] else None
        try:
            pid = os.fork()
        except OSError as error:
            self._tell({"did": "refused", "id": message["id"], "why": str(error)})
            return
        if pid == 0:
            try:
                become_worker(message, self._limits, descriptors[0], descriptors[1], program)
            finally:
                os._exit(70)
        self._started(message, pid)

    def _started(self, message: Message, pid: int) -> None:
        self._workers.add(pid)
        self._tell({"did": "started", "id": message["id"], "pid": pid})

    def _hear(self, copies: Copies) -> None:
        """Takes note of a copy that was made; what is not made as it should be is started otherwise, now and later."""
        try:
            if copies.is_late:
                raise ValueError("late")
            if made := copies.hear(self._workers):
                self._started(made[0].message, made[1])
                made[0].close()
        except (OSError, ValueError):
            self._watched.unregister(copies.socket)
            self._copies = None
            for owed in copies.give_up():
                self._start(owed.message, owed.descriptors)
                owed.close()

    def _listen(self, message: Message) -> None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", message["port"]))
            listener.listen(64)
            self._tell({"did": "listening", "id": message["id"]}, (listener.fileno(),))

    def _kill(self, pid: int, wanted: bool) -> None:
        if pid in self._workers:
            if wanted and not is_ending(pid):
                self._doomed.add(pid)
            end(pid)

    def _settle(self, message: Message) -> None:
        """Answers when the workers that are about to end have ended, and the grader has been told of them; one whose
        first thread alone has ended is not waited for."""
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while True:
            self._bury()
            if time.monotonic() > deadline or not any(map(is_ending, self._workers)):
                break
            time.sleep(0.001)
        self._tell({"did": "settled", "id": message["id"]})

    def _bury(self) -> None:
        """Takes note of every process that has ended; orphans of learner code are among them."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                self._stop_all("cpu")
            if self._copies and pid == self._copies.pid:
                self._copies.pid = None
            if pid in self._workers:
                self._workers.discard(pid)
                code, wanted = os.waitstatus_to_exitcode(status), pid in self._doomed
                self._tell({"did": "exited", "pid": pid, "code": code, "wanted": wanted})
                self._doomed.discard(pid)

    def _watch(self) -> None:
        if self._exceeded or not (self._workers or (self._copies and self._copies.pid)):
            return
        self._usage.look()
        limits = self._limits
        if self._usage.processes + self._usage.threads > limits["processes"]:
            self._stop_all("processes")
        elif self._usage.memory > limits["memory_bytes"] and proportional(others()) > limits["memory_bytes"]:
            self._stop_all("memory")
        elif self._usage.cpu_seconds > limits["cpu_seconds"]:
            self._stop_all("cpu")
        elif connections() > limits["connections"]:
            self._stop_all("connections")

    def _stop_all(self, what: str) -> None:
        """Ends every process of the cell; what is started from now on is refused."""
        if self._exceeded is None:
            self._exceeded = what
            self._tell({"did": "exceeded", "what": what})
        _kill_others()

    def _end_daemons(self) -> None:
        """Ends the processes that workers have started in sessions of their own: on another computer there are none."""
        while self._copies and self._copies.is_copying:  # a copy that is being made is in no known session yet
            if self._copies.is_late or select.select([self._copies.socket], [], [], LOOK_EVERY)[0]:
                self._hear(self._copies)
        known = self._workers | ({self._copies.pid} if self._copies and self._copies.pid else set())
        for pid in others():
            with contextlib.suppress(ProcessLookupError):
                if pid not in known and os.getsid(pid) not in known:
                    os.kill(pid, signal.SIGKILL)

    def _end(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_END
        while others() and time.monotonic() < deadline:
            _kill_others()
            self._bury()
            time.sleep(0.001)
        self._tell({"did": "ended", "left": len(others())})

    def _tell(self, message: Message, descriptors: tuple[int, ...] = ()) -> None:
        try:
            send(self._channel, message, descriptors)
        except OSError:
            os._exit(0)  # the grader is gone


def keep(channel: socket.socket, limits: dict[str, Any], app: int, programs: Programs | None) -> None:
    """Runs as the first process of fresh namespaces, and does not return."""
    _furnish(limits)
    with os.fdopen(app, "rb") as file:
        written = Written(file.read())
    written.lay_out()
    kernel.set_dumpable(False)
    send(channel, {"did": "ready"})
    Keeper(channel, limits, programs, written).run()
    os._exit(0)


class Written:
    """What stands in the cell's files, made of the hand-in's `archive`, a tar file."""

    def __init__(self, archive: bytes) -> None:
        self._archive = archive
        self._laid_out: dict[str, tuple[int, int]] = {}

    def lay_out(self) -> None:
        """Writes the hand-in where nothing is. A file that is there already is left alone: whoever made it meanwhile
        may have put a pipe there."""
        with tarfile.open(fileobj=io.BytesIO(self._archive), mode="r:") as archive:
            for member in archive:
                path, source = os.path.join(APP, member.name), archive.extractfile(member)
                if source is None:
                    continue
                with contextlib.suppress(OSError):
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode & 0o777)
                    with os.fdopen(made, "wb") as file:
                        shutil.copyfileobj(source, file)
        self._laid_out = _standing()

    def forget(self) -> None:
        """Removes what the app has written: another computer would not have it."""
        for folder in WRITABLE.values():
            _empty(folder)
        os.chmod(APP, 0o755)
        if _standing() != self._laid_out:
            _empty(APP)
            self.lay_out()


def _standing() -> dict[str, tuple[int, int]]:
    """Every file and folder of the app by its path, with what tells that it was changed; an app can set a file's
    modification time, and not its ctime."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, names in os.walk(APP):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            with contextlib.suppress(FileNotFoundError):  # gone meanwhile: then it differs
                facts = os.lstat(path)
                found[path] = facts.st_ctime_ns, facts.st_ino
    return found


def _empty(folder: str) -> None:
    """Removes all that is in a folder; links are removed and not followed."""
    os.chmod(folder, 0o755)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def _furnish(limits: dict[str, Any]) -> None:
    """Files, processes and network of this cell alone. All that can be written on has one common size limit."""
    kernel.mount("none", "/", None, kernel.PRIVATE | kernel.RECURSIVE)
    kernel.mount("proc", "/proc", "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    size = f"size={limits['tmpfs_bytes']},nr_inodes={limits['files']},mode=0755"
    kernel.mount("site", SITE, "tmpfs", kernel.NOSUID | kernel.NODEV, size)
    os.mkdir(APP)
    kernel.mount(APP, APP, None, kernel.BIND)
    for name, target in WRITABLE.items():
        os.mkdir(f"{SITE}/{name}")
        kernel.mount(f"{SITE}/{name}", target, None, kernel.BIND)
    # Nothing is written but below the mounts above, none of which can be renamed or taken away.
    kernel.mount("none", SITE, None, kernel.BIND | kernel.REMOUNT | kernel.READ_ONLY | kernel.NOSUID | kernel.NODEV)
    kernel.loopback_up()
    socket.sethostname("app")


def _kill_others() -> None:
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def fail(channel: socket.socket, error: BaseException) -> None:
    """Tells the grader why there is no cell."""
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    send(channel, {"did": "failed", "why": f"{type(error).__name__}: {error}"})
