"""A worker that has loaded its app and serves nobody: the workers that come after it are copies of it.

The app has it in its hands, so it may do nothing that a worker may not, and nothing that it says is believed. Its
control socket brings the descriptors of one new worker after another; it answers with the copy's process id, or first
with 0 when the app is fit to be copied.
"""

import importlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import kernel
from .confined import SOCKET
from .wire import MOST_DESCRIPTORS

FIT = 0
IMPORT = "<frozen importlib"
HARMLESS: dict[str, frozenset[str]] = {
    "posix": frozenset({"fspath", "getcwd", "_path_normpath"}),
    "_thread": frozenset({"allocate_lock", "RLock", "acquire", "release", "__enter__", "__exit__", "get_ident"}),
}
IN_EVERY_COPY_ANEW = frozenset(
    {
        "time", "random", "_random", "posix", "_posixsubprocess", "_thread", "_socket", "socket", "select", "_ssl",
        "ssl", "_io", "io", "mmap", "signal", "_signal", "fcntl", "_sqlite3", "sqlite3", "_uuid", "_ctypes", "ctypes",
        "_multiprocessing", "_posixshmem", "_asyncio", "_contextvars", "resource", "gc", "faulthandler",
    }
)  # fmt: skip
OF_LOADING = frozenset({"chdir", "stat", "listdir"})
OF_NOW = frozenset({"now", "utcnow", "today"})


class Unfit(BaseException):
    """What the app does while it is imported differs from worker to worker, so each must import it."""


class Outlet:
    """Where log frames go: nowhere in the original, whose app is unfit if it says something; to its host in a copy."""

    send: Callable[..., None] | None = None
    said = False

    def __call__(self, header: dict[str, Any], blob: bytes = b"") -> None:
        if self.send:
            self.send(header, blob)
        else:
            self.said = True


def serve(descriptor: int) -> None:
    """In a confined process: loads the app, then makes copies until the keeper is gone."""
    control = socket.socket(fileno=descriptor)
    outlet = Outlet()
    loaded = load(Path.cwd(), outlet)
    if loaded is None:
        return
    control.send(str(FIT).encode())
    while True:
        _data, descriptors, _flags, _address = socket.recv_fds(control, 16, MOST_DESCRIPTORS)
        if len(descriptors) != 2:
            return
        if (pid := kernel.fork_sibling()) == 0:
            control.detach()
            become_copy(descriptors, outlet, loaded)
        control.send(str(pid).encode())
        for one in descriptors:
            os.close(one)


def become_copy(descriptors: list[int], outlet: Outlet, loaded: list[Any]) -> None:
    """In the copy: the worker that its host has asked for."""
    channel, output = descriptors
    os.setsid()
    for target in (1, 2):
        os.dup2(output, target)
    os.dup2(channel, SOCKET)
    os.closerange(SOCKET + 1, max(channel, output) + 1)
    worker = importlib.import_module("camp_worker.serve").Worker(SOCKET, loaded)
    outlet.send = worker.send
    worker.run()


def load(app: Path, outlet: Outlet) -> list[Any] | None:
    """The app's functions; None when a copy would not be what a fresh worker is."""
    importlib.import_module("camp_worker.logs").set_up(outlet)
    before = _held()
    sys.setprofile(_watch)
    try:
        loaded: list[Any] = importlib.import_module("camp_worker.loading").load(app)
    except BaseException:
        return None
    finally:
        watched = sys.getprofile() is _watch
        sys.setprofile(None)
    fit = watched and not outlet.said and threading.active_count() == 1 and _held() == before
    return loaded if fit else None


def _watch(frame: Any, event: str, called: Any) -> None:
    if event != "c_call" or frame.f_code.co_filename.startswith(IMPORT):
        return
    owner = getattr(called, "__self__", None)
    place = called.__module__ or (owner if isinstance(owner, type) else type(owner)).__module__
    name = called.__name__
    if place == "datetime":
        differs = name in OF_NOW
    else:
        differs = place in IN_EVERY_COPY_ANEW and name not in HARMLESS.get(place, ())
    if differs and not (name in OF_LOADING and _is_ours(frame)):
        raise Unfit


def _is_ours(frame: Any) -> bool:
    """Whether our loading does it, and not the app that it imports."""
    while frame and not frame.f_code.co_filename.startswith(IMPORT):
        if frame.f_globals.get("__name__") == "camp_worker.loading":
            return True
        frame = frame.f_back
    return False


def _held() -> tuple[list[str], list[str], list[str]]:
    """Descriptors, threads and shared memory."""
    with open("/proc/self/maps") as file:
        shared = [line for line in file if line.split(None, 2)[1].endswith("s")]
    return sorted(os.listdir("/proc/self/fd")), os.listdir("/proc/self/task"), shared
