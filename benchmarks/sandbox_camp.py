"""A camp of its own for a benchmark: the project's content, with another `.camp/` and other ports."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder import project

CONTENT = ("labs", "notebooks", "solutions", "node_modules", ".venv-apps", ".venv", "requirements-apps.lock")
CLOUD = ("azurite", "portal", "functions")
START_SECONDS = 120.0


@contextmanager
def camp_root() -> Iterator[Path]:
    """A folder that `CAMP_ROOT` can name; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name in CONTENT:
            (Path(folder) / name).symlink_to(project.root() / name)
        yield Path(folder)


def answers(url: str) -> bool:
    """Whether any HTTP answer comes from `url`, an error status included."""
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def cloud_answers(root: Path) -> bool:
    """Whether every service of the local cloud of `root` is there and answers."""
    try:
        ledger = json.loads((root / ".camp" / "services.json").read_text())
    except (OSError, ValueError):
        return False
    return all(name in ledger and answers(ledger[name]["url"]) for name in CLOUD)


@contextmanager
def running(root: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """`camp up` in `root`: its process, and the seconds until every service of the local cloud answered."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "autograder.cli", "up", "--headless"]
    log = (root / "up.log").open("wb")
    camp = subprocess.Popen(command, env={**os.environ, "CAMP_ROOT": str(root)}, stdout=log, stderr=log, cwd=root)
    try:
        while not cloud_answers(root):
            if camp.poll() is not None or time.perf_counter() - started > START_SECONDS:
                raise RuntimeError(f"camp up did not come up:\n{(root / 'up.log').read_text()[-2000:]}")
            time.sleep(0.01)
        yield camp, time.perf_counter() - started
    finally:
        camp.send_signal(signal.SIGINT)
        camp.wait(30)
        log.close()
