"""The keeper's side of an original (see `original`): it asks for copies, and does without when it does not get them."""

import os
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any

from .confined import become_worker
from .original import FIT, serve
from .wire import Message

STARTS_BEFORE = 1
LONGEST_PID = 8
SECONDS_TO_LOAD, SECONDS_TO_COPY = 10.0, 1.0


@dataclass
class Wanted:
    """A worker that was asked for; its descriptors are open until it has started."""

    message: Message
    descriptors: list[int]
    until: float

    def close(self) -> None:
        for one in self.descriptors:
            os.close(one)


class Copies:
    """Makes the original of a cell once so many workers were started, for their like will be wanted again. What it says
    comes on `socket`, until it is given up."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.pid: int | None = None
        self.socket, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.setblocking(False)
        self._limits = limits
        self._starts = 0
        self._made_with: Message = {}
        self._loaded_by: float | None = None
        self._ready = False
        self._wanted: list[Wanted] = []

    def start(self, message: Message, descriptors: list[int]) -> bool:
        """Asks for a copy; False when the worker must be started otherwise."""
        self._starts += 1
        if self._starts > STARTS_BEFORE and not self._made_with:
            self._made_with = message
            self._make()
        if not self._ready or not _alike(message, self._made_with):
            return False
        try:
            socket.send_fds(self.socket, [b"copy"], descriptors)
        except OSError:
            return False
        kept = [os.dup(one) for one in descriptors]
        self._wanted.append(Wanted(message, kept, time.monotonic() + SECONDS_TO_COPY))
        return True

    def hear(self, workers: set[int]) -> tuple[Wanted, int] | None:
        """A copy that the original has made; OSError or ValueError when it is to be given up."""
        pid = int(self.socket.recv(LONGEST_PID))
        if self._loaded_by and pid == FIT:
            self._loaded_by, self._ready = None, True
            return None
        if not self._wanted or pid in workers or pid == self.pid or not _is_child(pid):
            raise ValueError(pid)
        return self._wanted.pop(0), pid

    @property
    def is_copying(self) -> bool:
        """Whether a copy is being made."""
        return bool(self._wanted)

    @property
    def is_late(self) -> bool:
        """Whether the original has not done in time what it is there for."""
        due = self._loaded_by or (self._wanted[0].until if self._wanted else None)
        return due is not None and time.monotonic() > due

    def give_up(self) -> list[Wanted]:
        """Ends the original for good; the workers that it owes, to be started otherwise."""
        self.socket.close()
        if self.pid:
            end(self.pid)
        owed, self._wanted = self._wanted, []
        self._loaded_by, self._ready = None, False
        return owed

    def _make(self) -> None:
        try:
            self.pid = os.fork()
        except OSError:
            return
        if self.pid == 0:
            try:
                nothing = os.open("/dev/null", os.O_WRONLY)
                become_worker(self._made_with, self._limits, self._theirs.fileno(), nothing, serve)
            finally:
                os._exit(70)
        self._theirs.close()
        self._loaded_by = time.monotonic() + SECONDS_TO_LOAD


def end(pid: int) -> None:
    """SIGKILL to a child of this process and to whatever it has started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)  # it is not the head of its group yet


def _alike(one: Message, other: Message) -> bool:
    return (one["app"], one["environ"]) == (other["app"], other["environ"])


def _is_child(pid: int) -> bool:
    """Whether it lives, or lived until now, as a child of this process; waits for nothing."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except OSError:
        return False
    return True
