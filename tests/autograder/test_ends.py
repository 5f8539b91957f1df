"""However a check ends, nothing of it stays among the system's temporary files."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import environment, passing, project
from autograder.environment import Environment
from autograder.lab import Lab

from .conftest import TINY_CHECKS, TINY_SOLUTION

SLOW = TINY_SOLUTION.replace("    ### BEGIN SOLUTION\n", "    ### BEGIN SOLUTION\n    import time; time.sleep(60)\n")
PATIENCE = 60.0
Check = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def camp(tiny: Lab, temporary: Path) -> Check:
    """Starts a command of the camp in the tiny lab's project."""
    checks = project.root() / "autograder" / "checks"
    checks.mkdir(parents=True)
    (checks / "tiny.py").write_text(TINY_CHECKS)

    def start(*arguments: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", *arguments],
            env={**os.environ, "TMPDIR": str(temporary), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def wait_for(there: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("app", "environ", "says"),
    [
        (TINY_SOLUTION, {}, "1 passed"),
        (TINY_SOLUTION.replace("Hello", "Bye"), {}, "1 failed"),
        ("def (\n", {}, "SyntaxError"),
        ("import os\nos._exit(3)\n", {}, "does not load"),
        ("link", {}, "is a link"),
        (TINY_SOLUTION, {"CAMP_APPS_PYTHON": "/bin/false"}, "1.1"),
    ],
    ids=["passes", "fails", "does not load", "ends its worker", "cannot be copied", "is ours to mend"],
)
def test_a_check_that_ends_by_itself_leaves_nothing(
    camp: Check, tiny: Lab, temporary: Path, app: str, environ: dict[str, str], says: str
) -> None:
    main = tiny.work / "function_app.py"
    main.write_text(app)
    if app == "link":
        (tiny.work / "link").symlink_to("/etc/hosts")
    output, _nothing = camp("check", "1.1", **environ).communicate(timeout=PATIENCE)
    assert says in output
    assert os.listdir(temporary) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", ["check", "watch"])
def test_a_check_that_is_stopped_leaves_nothing(
    camp: Check, tiny: Lab, temporary: Path, number: signal.Signals, command: str
) -> None:
    (tiny.work / "function_app.py").write_text(SLOW)
    process = camp(command, "1" if command == "watch" else "1.1")
    wait_for(lambda: list(temporary.glob("camp-check-*/app/host.json")), process)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert os.listdir(temporary) == []


def test_an_impatient_second_ctrl_c_leaves_nothing(camp: Check, tiny: Lab, temporary: Path) -> None:
    (tiny.work / "function_app.py").write_text(SLOW)
    process = camp("check", "1.1")
    wait_for(lambda: list(temporary.glob("camp-check-*/app/host.json")), process)
    for _time in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    process.communicate(timeout=PATIENCE)
    assert os.listdir(temporary) == []


def test_what_a_killed_check_left_goes_with_the_next_one(camp: Check, tiny: Lab, temporary: Path) -> None:
    (tiny.work / "function_app.py").write_text(SLOW)
    process, other = camp("check", "1.1"), camp("check", "1.1")
    for one in (process, other):
        wait_for(lambda: len(list(temporary.glob("camp-check-*/app/host.json"))) == 2, one)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert len(os.listdir(temporary)) == 2
    (tiny.work / "function_app.py").write_text(TINY_SOLUTION)
    last = camp("check", "1.1")
    output, _nothing = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, output
    assert len(os.listdir(temporary)) == 1, "that of the check that still runs"
    other.send_signal(signal.SIGTERM)
    other.communicate(timeout=PATIENCE)
    assert os.listdir(temporary) == []


async def test_an_interrupt_while_the_app_is_copied_leaves_nothing(
    tiny: Lab, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, begun = environment.copy_app, threading.Event()

    def slow(source: Path, target: Path) -> None:
        assert target.is_relative_to(temporary)
        begun.set()
        time.sleep(0.3)
        copy(source, target)

    monkeypatch.setattr(passing, "gettempdir", lambda: str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(environment, "copy_app", slow)
    starting = asyncio.create_task(Environment.start(tiny, tiny.work, "1"))
    await asyncio.to_thread(begun.wait)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.sleep(0.5)
    assert os.listdir(temporary) == []


def test_nobody_elses_folder_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that another user put there leads nowhere; what is held stays, and so does what never had a lock."""
    monkeypatch.setattr(passing, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "precious").mkdir()
    (tmp_path / "camp-x-link").symlink_to(tmp_path / "precious")
    for name in ("camp-x-left", "camp-x-older"):
        (tmp_path / name).mkdir()
    (tmp_path / "camp-x-left" / passing.LOCK).touch()
    with passing.folder("camp-x-") as held:
        passing.sweep("camp-x-")
        assert sorted(os.listdir(tmp_path)) == sorted([held.name, "camp-x-link", "camp-x-older", "precious"])
    assert os.listdir(tmp_path / "precious") == []
