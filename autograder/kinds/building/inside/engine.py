"""A process becomes one run of the engine: it reads what is asked for on its socket, writes the files, and is replaced.

What the engine prints goes to the socket, what it complains about to the standard error.
"""

import base64
import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
import traceback
from typing import Any

LENGTH = struct.Struct("!I")
NOT_STARTED = 70
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
MOST_ADDRESSES = 4096 << 20  # bytes; an engine that wants more says so, before the computer has none left


def main(descriptor: int) -> None:
    """Does not return: what goes wrong before the engine runs is told by the exit code."""
    try:
        _become(descriptor)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(NOT_STARTED)


def _become(descriptor: int) -> None:
    asked = _asked(descriptor)
    os.makedirs(asked["folder"], exist_ok=True)
    os.chdir(asked["folder"])
    for name, content in asked["files"].items():
        _write(name, content)
    if asked["parent"]:
        _die_with(asked["parent"])
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    os.dup2(descriptor, 1, inheritable=True)
    os.set_inheritable(descriptor, False)
    os.execve(asked["command"][0], asked["command"], {**os.environ, **asked["environment"]})


def _asked(descriptor: int) -> dict[str, Any]:
    (size,) = LENGTH.unpack(_read(descriptor, LENGTH.size))
    asked: dict[str, Any] = json.loads(_read(descriptor, size))
    return asked


def _read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = os.read(descriptor, size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _write(name: str, content: str | None) -> None:
    """Writes a file, whose content is base64; None takes it away."""
    if content is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        return
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(base64.b64decode(content))


def _die_with(parent: int) -> None:
    """Ends with the process `parent`, be that killed, on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":  # python engine.py <socket descriptor>
    main(int(sys.argv[1]))
