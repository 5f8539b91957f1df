"""The shapes of submissions, found in a process apart: parsing what is hostile may take its memory, its time or its
life, and then it is one row with a reason. `python -m autograder.grading.shaping DESCRIPTOR` is that process."""

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from autograder.grading.fingerprint import MOST_BYTES, Fingerprint, Unreadable, fingerprint
from localcloud.messages import _

SECONDS = 20.0
SECONDS_TO_START = 60.0
MEMORY = 1_500_000_000
MOST_FILES = 200
MOST_OF_ALL = 4_000_000


class Shaper:
    """One process; it is started when it is first asked, and again after it died."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def shape(self, files: Mapping[str, bytes]) -> Fingerprint:
        """The fingerprint; Unreadable says why there is none."""
        try:
            if self._connection is None:
                self._start()
            assert self._connection
            self._connection.send(files)
            if not self._connection.poll(self._seconds):
                self.end()
                raise Unreadable(_("Time-out: it was not read within {seconds:g} s.").format(seconds=self._seconds))
            found = self._connection.recv()
        except (EOFError, OSError):
            self.end()
            raise Unreadable(_("the parser died of it")) from None
        if isinstance(found, str):
            raise Unreadable(found)
        assert isinstance(found, Fingerprint)
        return found

    def end(self) -> None:
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._connection = None

    def _start(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-m", "autograder.grading.shaping", str(theirs.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        if not self._connection.poll(SECONDS_TO_START):
            raise EOFError
        self._connection.recv()


@contextmanager
def shaper() -> Iterator[Shaper]:
    """A shaper, of which nothing is left."""
    made = Shaper()
    try:
        yield made
    finally:
        made.end()


def python_in(folder: Path) -> dict[str, bytes]:
    """The Python files in a folder, links not followed; of one that is too long only so much as shows it."""
    found: dict[str, bytes] = {}
    left = MOST_OF_ALL
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix == ".py" and path.is_file() and not path.is_symlink() and len(found) < MOST_FILES and left:
                with path.open("rb") as file:
                    content = file.read(min(MOST_BYTES + 1, left))
                left -= len(content)
                found[path.relative_to(folder).as_posix()] = content
    return found


def _serve(connection: Connection) -> None:
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(_shaped(connection.recv()))


def _shaped(files: Mapping[str, bytes]) -> Fingerprint | str:
    try:
        return fingerprint(files)
    except Unreadable as why:
        return str(why)
    except MemoryError:
        return _("it takes too much memory")


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
