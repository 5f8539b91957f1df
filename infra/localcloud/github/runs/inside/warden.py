"""Runs one job inside its sandbox and ends it when it uses too much. It needs nothing but Python's standard library.

It gets a socket. Over it comes first what to do, as one line of JSON; later `interrupt` (end this job in good order)
and `forget` (delete what it has read by now). Back go listening sockets, one for each port that leads out, and a line:
`{"exceeded": ...}` or `{"ended": code, "answer": ...}`.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

Task = Mapping[str, Any]

LOOK_EVERY = 0.1
SET_DUMPABLE, SET_CHILD_SUBREAPER = 4, 36
PAGE = resource.getpagesize()
ROOM_TO_NOTICE = 64
MOST_ANSWER = 1_000_000
PORTS_AT_ONCE = 16
STATE, PARENT, THREADS, RSS = 0, 1, 17, 21  # of /proc/PID/stat, behind the name


def main(descriptor: int) -> None:
    channel = socket.socket(fileno=descriptor)
    channel.set_inheritable(False)
    _hide()
    received = _Lines(channel)
    task = json.loads(received.one())
    listeners = [_listening(port) for port in task["ports"]]
    for first in range(0, len(listeners), PORTS_AT_ONCE):
        some = listeners[first : first + PORTS_AT_ONCE]
        socket.send_fds(channel, [b"s" * len(some)], [one.fileno() for one in some])
    for one in listeners:
        one.close()
    for path, text in task["files"].items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    for folder in task["folders"]:
        os.makedirs(folder, exist_ok=True)
    job = subprocess.Popen(
        task["command"],
        env=task["environment"],
        cwd=task["cwd"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: _limit(task["limits"]),
        start_new_session=True,
    )
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            _watch(job, task, received, channel)
    finally:
        if not task["limits"]["confined"]:  # otherwise all ends with this namespace of processes
            _end_descendants(job)
            shutil.rmtree(task["home"], ignore_errors=True)  # whoever started this may be gone


def _watch(job: "subprocess.Popen[bytes]", task: Task, received: "_Lines", channel: socket.socket) -> None:
    limits = task["limits"]
    ended, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes.fileno())
    while job.poll() is None:
        for line in received.come(LOOK_EVERY, ended):
            if line == b"interrupt":
                job.send_signal(signal.SIGINT)
            elif line == b"forget":
                _remove(task["forget"])
        if received.closed:
            return
        if what := _exceeded(limits, task["writable"]):
            _send(channel, {"exceeded": what})
            return
    _send(channel, {"ended": job.returncode, "answer": _answer(task["answer"])})


def _end_descendants(job: "subprocess.Popen[bytes]") -> None:
    """Ends what the job has left running: orphans come to this process, on Linux."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job.pid, signal.SIGKILL)
    while pids := _descendants():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def _descendants() -> list[int]:
    """All processes below this one, as far as /proc tells; those that have ended and wait for it are none."""
    try:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    facts = {int(pid): found for pid in pids if (found := _stat(pid))}
    below, new = set[int](), {os.getpid()}
    while new:
        new = {pid for pid, found in facts.items() if int(found[PARENT]) in new} - below
        below |= new
    return [pid for pid in below if facts[pid][STATE] != b"Z"]


def _send(channel: socket.socket, message: Mapping[str, object]) -> None:
    channel.sendall(json.dumps(message).encode() + b"\n")


def _answer(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MOST_ANSWER)
    except OSError:
        return ""


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)


class _Lines:
    """Lines that come over a socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._rest = b""
        self.closed = False

    def one(self) -> bytes:
        """The first line."""
        while b"\n" not in self._rest and not self.closed:
            self._receive()
        line, _newline, self._rest = self._rest.partition(b"\n")
        return line

    def come(self, seconds: float, sooner: socket.socket) -> list[bytes]:
        """Those that are there after waiting a while, or until there is something at the other socket."""
        ready = select.select([self._channel, sooner], [], [], seconds)[0]
        if sooner in ready:
            sooner.recv(64)
        if self._channel in ready:
            self._receive()
        *lines, self._rest = self._rest.split(b"\n")
        return lines

    def _receive(self) -> None:
        data = self._channel.recv(1 << 20)
        self.closed = not data
        self._rest += data


def _listening(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    listener.setblocking(False)
    return listener


def _hide() -> None:
    """Nobody may look into this process, and orphans come to it. Neither is there on every system."""
    with contextlib.suppress(AttributeError, OSError):
        prctl = ctypes.CDLL(None).prctl
        prctl(SET_DUMPABLE, 0, 0, 0, 0)
        prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _limit(limits: Mapping[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _at_most(resource.RLIMIT_FSIZE, limits["file_bytes"])
    _at_most(resource.RLIMIT_NOFILE, limits["open_files"])
    if limits["confined"] and _counts_processes_by_namespace():
        _at_most(resource.RLIMIT_NPROC, limits["processes"] + ROOM_TO_NOTICE)
    os.umask(0o022)


def _at_most(what: int, wanted: int) -> None:
    _soft, hard = resource.getrlimit(what)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (value, value))


def _counts_processes_by_namespace() -> bool:
    """Since Linux 5.14; before, all processes of this user on the machine count."""
    numbers = os.uname().release.split(".")
    with contextlib.suppress(ValueError, IndexError):
        return (int(numbers[0]), int(numbers[1].split("-")[0])) >= (5, 14)
    return False


def _exceeded(limits: Mapping[str, Any], writable: Iterable[str]) -> str | None:
    """What the job has too much of; None when all is well."""
    if not limits["confined"]:
        return None
    threads, memory = 0, 0
    pids: list[str] = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or name == "1":
            continue
        facts = _stat(name)
        if facts:
            pids.append(name)
            threads += int(facts[THREADS])
            memory += int(facts[RSS]) * PAGE
    if threads > limits["processes"]:
        return "processes"
    if memory > limits["memory_bytes"] and _proportional(pids) > limits["memory_bytes"]:
        return "memory"
    for folder in writable:
        seen = os.statvfs(folder)
        if seen.f_bfree * 50 < seen.f_blocks:
            return "disk"
        if seen.f_files - seen.f_ffree > limits["files"]:
            return "files"
    return None


def _stat(pid: str) -> list[bytes] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def _proportional(pids: Iterable[str]) -> int:
    """Memory, with what several processes share counted once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup") as file:
            total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    return total


if __name__ == "__main__":
    main(int(sys.argv[1]))
