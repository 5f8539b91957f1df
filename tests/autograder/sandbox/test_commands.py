"""What the commands do with the sandbox, and without."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import project
from autograder.lab import Lab

CAMP = "from autograder.cli import main; main()"


def camp(*arguments: object, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "CAMP_LANG": "en", **({"PATH": path} if path else {})}
    command = [sys.executable, "-c", CAMP, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, cwd=project.root(), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "alice.zip").write_bytes(b"no zip")
    return folder


def test_a_check_in_the_sandbox(lab: Lab) -> None:
    done = camp("check", "1.1", "--app", lab.solution, "--sandbox", "--json")
    assert json.loads(done.stdout)["points"] == 2, done.stderr


def test_without_a_sandbox_nothing_is_graded(handed_in: Path, tmp_path: Path) -> None:
    course = tmp_path / "course"
    assert camp("course", "new", course).returncode == 0
    done = camp("grade", handed_in, "--lab", 1, "--course", course, path="/nowhere")
    assert done.returncode != 0
    assert "sudo apt-get install bubblewrap" in done.stderr and "--trusted" in done.stderr
    assert not list(course.glob("verdicts/*/*.json"))
