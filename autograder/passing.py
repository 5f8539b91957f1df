"""Folders that pass with the run that made them. What a run leaves that was killed, a later one removes."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

LOCK = ".lock"
TRIES = 10
_swept: set[str] = set()


@contextlib.contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A folder among the system's temporary ones, whose name begins with `prefix`; the first one of a process removes
    what killed processes have left."""
    if prefix not in _swept:
        _swept.add(prefix)
        sweep(prefix)
    with contextlib.ExitStack() as stack:
        yield _made(prefix, stack)


def sweep(prefix: str) -> None:
    """Removes this user's folders whose processes are gone. One without a lock is another program's, such as an older
    camp's."""
    for left in Path(gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if not left.is_symlink() and left.stat().st_uid == os.getuid() and (left / LOCK).is_file():
                with held(left):
                    shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a folder's lock, which ends with the process; BlockingIOError when a living one has it."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _made(prefix: str, stack: contextlib.ExitStack) -> Path:
    """A new folder, held. Another process may take it for one that is left before that: then there is another one."""
    for _try in range(TRIES):
        made = Path(stack.enter_context(TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)))
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            stack.enter_context(held(made))
            if made.is_dir():
                return made
    raise FileNotFoundError(f"{prefix}* is removed by another program as soon as it is made")
