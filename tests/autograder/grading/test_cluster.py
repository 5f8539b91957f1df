"""Grading on a real Dask cluster: a scheduler and two workers in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import cluster, record
from autograder.grading.course import Course
from autograder.lab import Lab
from localcloud import extras

WHOLE = int(os.environ.get("CAMP_SEEDS", "1")) > 1
LAB = "1-slack-bot"
POINTS = {"alice": 18, "bob": 15, "carol": 0, "no app": 0}
MUTANTS = {"bob": "always-hello"}


def dask(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments, "--no-dashboard"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, start_new_session=True, **silent)  # type: ignore[call-overload,no-any-return]


def kill(process: "subprocess.Popen[bytes]") -> None:
    """At once, with all that it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Cluster:
    def __init__(self, folder: Path) -> None:
        place = folder / "scheduler.json"
        self.scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place))
        while not place.exists():
            time.sleep(0.05)
        self.address = json.loads(place.read_text())["address"]
        local = str(folder / "dask")
        self.workers = [dask("worker", self.address, "--nthreads", "2", "--local-directory", local) for _ in range(2)]

    def end(self) -> None:
        for one in (*self.workers, self.scheduler):
            kill(one)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.end()


def handed_in(folder: Path, handins: Any) -> Path:
    solution = handins.app(handins.lab.solution)
    files = {"alice": solution, "carol": handins.app(handins.lab.starter), "no app": {"readme.txt": b"x"}}
    files |= {student: handins.mutant(mutant) for student, mutant in MUTANTS.items()}
    folder.mkdir()
    for student, one in files.items():
        (folder / f"{student}.zip").write_bytes(handins.zip(one))
    return folder


def camp_grade(course: Course, folder: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "autograder.cli", "grade", str(folder), "--lab", "1", "--json", *options]
    command += ["--course", str(course.root), "--seed", "5"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def verdicts(course: Course) -> set[str]:
    return {path.stem for path in course.root.glob(f"verdicts/{LAB}/*.json") if not path.name.startswith(".")}


def wait_for_a_verdict(course: Course) -> None:
    deadline = time.monotonic() + 60
    while not verdicts(course) and time.monotonic() < deadline:
        time.sleep(0.05)


def points(told: str) -> dict[str, int]:
    return {row["student"]: row["verdict"]["points"] for row in json.loads(told)["students"]}


def test_a_lost_worker_loses_nothing(course: Course, handins: Any, running: Cluster, tmp_path: Path) -> None:
    folder = handed_in(tmp_path / "handed in", handins)
    grading = camp_grade(course, folder, "--dask", running.address)
    wait_for_a_verdict(course)
    kill(running.workers[0])
    told, said = grading.communicate()
    assert (grading.returncode, points(told)) == (0, POINTS), said
    assert not any(row["broken"] for row in json.loads(told)["students"])


async def test_a_worker_without_the_tools_of_a_lab_says_what_to_type_there(
    handins: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "extras", ("moto",))
    monkeypatch.setattr(extras, "_roots", lambda: [tmp_path])
    checks = record.digest_of(handins.lab)
    with pytest.raises(RuntimeError, match=r"The worker on .* cannot grade: moto .* type: (\./)?camp setup moto"):
        await cluster.graded_here(b"", handins.lab.name, checks, 1, 9.0, True, False)


@pytest.mark.skipif(not WHOLE, reason="camp test --all")
def test_a_lost_scheduler_loses_nothing(course: Course, handins: Any, running: Cluster, tmp_path: Path) -> None:
    folder = handed_in(tmp_path / "handed in", handins)
    grading = camp_grade(course, folder, "--dask", running.address)
    wait_for_a_verdict(course)
    kept = verdicts(course)
    kill(running.scheduler)
    told, said = grading.communicate()
    assert grading.returncode == 3 and "scheduler is gone" in said and "Traceback" not in said
    assert kept and kept <= verdicts(course)
    grading = camp_grade(course, folder)
    told, said = grading.communicate()
    assert (grading.returncode, points(told)) == (0, POINTS), said


def test_a_scheduler_that_is_not_there_is_told(course: Course, handins: Any, tmp_path: Path) -> None:
    grading = camp_grade(course, handed_in(tmp_path / "handed in", handins), "--dask", "nonsense://127.0.0.1:9")
    _told, said = grading.communicate()
    assert grading.returncode == 3 and "No Dask scheduler answers at nonsense://127.0.0.1:9" in said
    assert "Traceback" not in said
