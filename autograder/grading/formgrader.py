"""nbgrader's formgrader on a course, in a Jupyter server of its own: loopback only, token on.

`python -m autograder.grading.formgrader` is that server: it runs until standard input ends.
"""

import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlencode

from autograder import jupyter
from autograder.grading.course import Course
from autograder.grading.gradebook import environment
from autograder.grading.nbgrader_config import EXCHANGE
from autograder.workarounds.nbgrader_arrows import skip_what_needs_nobody
from localcloud.loopback import LOOPBACK, free_port
from localcloud.messages import _
from localcloud.supervisor.ledger import write_json

SECONDS_TO_START = 120.0
SECONDS_TO_STOP = 10.0
LAST_WORDS = 2000


class FormgraderFailed(RuntimeError):
    """The server did not come up; the text is its last words."""


def run(course: Course, lab: str | None, opened: Callable[[str], None]) -> None:
    """Serves formgrader until Ctrl-C or SIGTERM; calls `opened` with its address once it answers: that of the lab's
    submissions, if there is a `lab`."""
    port, token = free_port(), secrets.token_hex(24)
    folder = course.root / ".jupyter"
    (course.root / EXCHANGE).mkdir(exist_ok=True)
    write_json(folder / "camp.json", jupyter.server(port, course.root))
    log = folder / "jupyter.log"
    with _until_asked_to_stop(), log.open("wb") as output, _server(course, folder, token, output) as server:
        try:
            _wait(server, f"http://{LOOPBACK}:{port}/api", log)
            opened(f"http://{LOOPBACK}:{port}/login?{urlencode({'token': token, 'next': _place(lab)})}")
            server.wait()
        except KeyboardInterrupt:
            return


def _place(lab: str | None) -> str:
    """Where formgrader lists the submissions of the lab, or all labs."""
    return f"/formgrader/gradebook/{lab}/{lab}" if lab else "/formgrader"


@contextmanager
def _server(course: Course, folder: Path, token: str, output: IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
    """JupyterLab, which ends with its standard input, so that it never outlives this process."""
    server = subprocess.Popen(
        [sys.executable, "-m", "autograder.grading.formgrader", f"--config={folder / 'camp.json'}"],
        cwd=course.root,
        env={
            **environment(),
            "JUPYTER_TOKEN": token,
            "JUPYTER_CONFIG_DIR": str(folder),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        },
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield server
    finally:
        assert server.stdin
        server.stdin.close()
        try:
            server.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def _until_asked_to_stop() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP what Ctrl-C is."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    kept = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    words = log.read_text("utf-8", "replace")[-LAST_WORDS:]
    raise FormgraderFailed(_("Formgrader does not come up. Its log ends with:\n{words}").format(words=words))


if __name__ == "__main__":
    skip_what_needs_nobody()
    jupyter.main()
