"""A worker process on its way from the keeper's child to learner code: everything taken away that it has no use for."""

import os
import resource
import signal
import sys
import time
from typing import Any

from . import kernel
from .wire import Message

SOCKET, PYTHON = 3, "/opt/python/bin/python"
START = {
    "worker": ("/opt/worker/start.py", "3"),
    "notebook": ("/opt/answers/start.py", "3", "/opt/worker"),
    "lambda": ("/opt/lambda/start.py", "3", "/opt/worker"),
    "engine": ("/opt/engine/engine.py", "3"),
}
FLAGS = ("-B", "-s", "-X", "utf8")
ROOM_TO_NOTICE = 64


def become_worker(message: Message, limits: dict[str, Any], channel: int, output: int, worker: Any) -> None:
    """Runs in a fresh child and does not return. `worker` serves on a socket; None: a cold interpreter does."""
    start = START[message["program"]]
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL if worker is None else signal.SIG_IGN)
    os.setsid()
    _only_these_descriptors(channel, output)
    _limit(limits)
    kernel.drop_capabilities()
    kernel.refuse_system_calls()
    kernel.set_dumpable(True)
    os.chdir(message["app"])
    os.umask(0o022)
    if worker is None:
        os.execve(PYTHON, [PYTHON, *FLAGS, *start], message["environ"])
    os.environ.clear()
    os.environ.update(message["environ"])
    time.tzset()
    sys.argv[:] = start
    worker(SOCKET)


def _only_these_descriptors(channel: int, output: int) -> None:
    nothing = os.open("/dev/null", os.O_RDONLY)
    high = [os.dup(one) for one in (nothing, output, channel)]
    for _number in range(8):  # above everything that they are put on
        high = [os.dup(one) if one <= SOCKET else one for one in high]
    for source, target in zip((high[0], high[1], high[1], high[2]), (0, 1, 2, SOCKET), strict=True):
        os.dup2(source, target, inheritable=True)
    os.closerange(SOCKET + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _limit(limits: dict[str, Any]) -> None:
    kernel.limit(resource.RLIMIT_CORE, 0, 0)
    kernel.limit(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 2)
    kernel.limit(resource.RLIMIT_AS, limits["address_bytes"])
    kernel.limit(resource.RLIMIT_FSIZE, limits["tmpfs_bytes"])
    kernel.limit(resource.RLIMIT_NOFILE, limits["open_files"])
    if kernel.counts_processes_by_namespace():
        kernel.limit(resource.RLIMIT_NPROC, limits["processes"] + ROOM_TO_NOTICE)
    kernel.limit(resource.RLIMIT_MEMLOCK, 65_536)
    kernel.limit(resource.RLIMIT_RTPRIO, 0, 0)
    kernel.limit(resource.RLIMIT_MSGQUEUE, 0, 0)
