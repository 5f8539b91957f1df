import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import psutil
import pytest

from autograder import project

CampCommand = Callable[..., "CompletedProcess[str]"]


class OpenCamp:
    """A `camp up --headless` in the small project, on free ports of its own."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        command = [sys.executable, "-c", "from autograder.cli import main; main()", "up", "--headless"]
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line.rstrip())

    def until(self, words: str) -> None:
        deadline = time.monotonic() + 60
        while not any(words in line for line in self.lines):
            assert self.process.poll() is None and time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.02)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def url(self, title: str) -> str:
        return next(line.split()[-1] for line in self.lines if line.startswith(title))

    def close(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        return code


@pytest.fixture
def open_camp(with_notebook: Path, environment: dict[str, str]) -> Iterator[OpenCamp]:
    environment["CAMP_APPS_PYTHON"] = str(project.apps_python())
    camp = OpenCamp(with_notebook, environment)
    yield camp
    camp.close()


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        status: int = answer.status
    return status


def test_up_prints_urls_that_answer_and_ctrl_c_stops_everything(open_camp: OpenCamp, camp_command: CampCommand) -> None:
    open_camp.until("JupyterLab is ready")
    for title in ("JupyterLab (your lab)", "Pages of the local cloud", "Functions host"):
        assert status_of(open_camp.url(title)) == 200, title
    services = {one["name"]: one for one in json.loads(camp_command("status", "--json").stdout)["services"]}
    assert set(services) == {"supervisor", "azurite", "portal", "functions", "jupyter"}
    assert {one["state"] for one in services.values()} == {"running"}
    assert all(one["memory"] > 1_000_000 for one in services.values())
    logs_are_shown_per_service(camp_command)
    family = open_camp.family()
    assert open_camp.close() == 0
    assert not psutil.wait_procs(family, timeout=10)[1]
    assert "The camp is closed." in open_camp.lines[-1]


def logs_are_shown_per_service(camp_command: CampCommand) -> None:
    assert "Azurite Queue service is successfully listening" in camp_command("logs", "azurite").stdout
    assert re.search(r"^camp: Starting the local cloud", camp_command("logs").stdout, re.MULTILINE)
    unknown = camp_command("logs", "nonesuch")
    assert unknown.returncode == 2
    assert "There is no log of nonesuch. There are: azurite, camp, functions" in unknown.stderr


def test_nothing_is_left_after_kill_9(open_camp: OpenCamp, camp_command: CampCommand) -> None:
    open_camp.until("The local cloud answers")
    family = open_camp.family()
    open_camp.process.kill()
    assert not psutil.wait_procs(family, timeout=20)[1]
    assert "gone" in camp_command("status").stdout


def test_down_stops_it_and_a_second_up_only_says_where_it_is(open_camp: OpenCamp, camp_command: CampCommand) -> None:
    open_camp.until("The local cloud answers")
    again = camp_command("up", "--headless")
    assert f"The camp is open already (process {open_camp.process.pid})." in again.stdout
    family = open_camp.family()
    assert camp_command("down").stdout == "The camp is closed.\n"
    assert not psutil.wait_procs(family, timeout=10)[1]
    assert open_camp.process.wait(10) == 0
    assert camp_command("down").stdout == "The camp is not open.\n"


def open_with_a_sleeper(root: Path, lab: str) -> "subprocess.Popen[bytes]":
    """A process that `camp` takes for the supervisor of an open camp with `lab`."""
    other = subprocess.Popen(["sleep", "60"])
    started = psutil.Process(other.pid).create_time()
    entry = {"pid": other.pid, "url": "", "state": "running", "started": started}
    (root / ".camp").mkdir(exist_ok=True)
    (root / ".camp" / "services.json").write_text(json.dumps({"supervisor": entry, "facts": {"lab": lab}}))
    threading.Thread(target=other.wait).start()  # so that it does not stay as a zombie of this process
    return other


@pytest.mark.parametrize(
    ("open_now", "words"),
    [
        ("1-tiny", "Lab 1 (Tiny) is open; closing it first. Your files stay in work/1-tiny."),
        ("7-removed", "The camp is open with something else; stopping it first ..."),
    ],
)
def test_another_lab_is_opened_after_saying_that_the_first_is_closed(
    camp_command: CampCommand, camp_root: Path, open_now: str, words: str
) -> None:
    other_lab = camp_root / "labs" / "2-other"
    other_lab.mkdir()
    lab = (camp_root / "labs" / "1-tiny" / "lab.toml").read_text()
    (other_lab / "lab.toml").write_text(lab.replace("1", "2").replace("Tiny", "Other"))
    other = open_with_a_sleeper(camp_root, open_now)
    done = camp_command("up", "--headless", "--lab", "2", "--no-jupyter", "--host", "func")
    assert done.stdout.splitlines()[0] == words
    assert other.wait(10) == -signal.SIGTERM
    assert done.returncode == 3  # there is no func on this machine's PATH, so nothing is opened instead


def test_what_is_not_open_is_said(camp_command: CampCommand) -> None:
    assert camp_command("status").stdout == "The camp is not open. Open it with: camp up\n"
    assert json.loads(camp_command("status", "--json").stdout) == {"lab": None, "services": []}
    assert camp_command("down").stdout == "The camp is not open.\n"


def test_a_process_id_that_now_means_another_process_is_left_alone(camp_command: CampCommand, camp_root: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        entry = {"pid": other.pid, "url": "", "state": "running", "started": time.time() - 1000}
        (camp_root / ".camp").mkdir()
        (camp_root / ".camp" / "services.json").write_text(json.dumps({"supervisor": entry}))
        assert camp_command("down").stdout == "The camp is not open.\n"
        assert other.poll() is None
        other.kill()


def test_an_unknown_lab_and_a_missing_func_are_clear_errors(camp_command: CampCommand) -> None:
    unknown = camp_command("up", "--headless", "--lab", "9")
    assert (unknown.returncode, "There is no lab 9. The labs are: 1-tiny." in unknown.stderr) == (2, True)
    tools = camp_command("up", "--headless", "--host", "func")
    assert tools.returncode == 3
    assert "Azure Functions Core Tools (func) is not on PATH" in tools.stderr
