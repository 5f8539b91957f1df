import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import project, workspace
from localcloud.storage import node_modules

CampCommand = Callable[..., "subprocess.CompletedProcess[str]"]
TINY_LAB = """
number = 1
title = "Tiny"
minutes = 5

[[check]]
id = "1.1"
points = 2
"""
LOCKED, SOLVED = {"grade_id": "check-1-1", "grade": True, "locked": True, "points": 2}, {"grade_id": "answer"}


def nbgrader_cell(source: str, **role: object) -> dict[str, object]:
    usual = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    metadata = {"nbgrader": {**usual, **role}}
    return {"cell_type": "code", "execution_count": 1, "metadata": metadata, "outputs": [], "source": source}


def tiny_notebook() -> dict[str, object]:
    cells = [
        nbgrader_cell("### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION", **SOLVED, solution=True),
        nbgrader_cell("check('1.1')\n### BEGIN HIDDEN TESTS\nassert answer == 42\n### END HIDDEN TESTS", **LOCKED),
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


@pytest.fixture(scope="session")
def student_notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny lab's notebook as students get it, made once: nbgrader is slow to import."""
    folder = tmp_path_factory.mktemp("student notebook")
    (folder / "source.ipynb").write_text(json.dumps(tiny_notebook()))
    workspace.make_student_notebook(folder / "source.ipynb", folder / "1-tiny.ipynb")
    return folder / "1-tiny.ipynb"


@pytest.fixture
def with_notebook(camp_root: Path, student_notebook: Path) -> Path:
    """The small project; the student's notebook is in its work folder already."""
    work = camp_root / "work" / "1-tiny"
    work.mkdir(parents=True)
    shutil.copy(student_notebook, work)
    return camp_root


@pytest.fixture
def camp_root(tmp_path: Path) -> Path:
    """A small project folder, in a path with a space and an accent, with one lab."""
    root = tmp_path / "mein cämp"
    lab = root / "labs" / "1-tiny"
    notebooks = root / "notebooks" / "1-tiny"
    for folder in (lab / "__pycache__", notebooks):
        folder.mkdir(parents=True)
    (lab / "lab.toml").write_text(TINY_LAB)
    (lab / "function_app.py").write_text("import azure.functions as func\n\napp = func.FunctionApp()\n")
    (lab / "host.json").write_text('{"version": "2.0"}\n')
    (lab / "__pycache__" / "left.pyc").write_bytes(b"x")
    (notebooks / "1-tiny.ipynb").write_text(json.dumps(tiny_notebook()))
    (root / "node_modules").symlink_to(node_modules())
    return root


@pytest.fixture
def environment(camp_root: Path) -> dict[str, str]:
    python = str(project.apps_python())
    return {**os.environ, "CAMP_ROOT": str(camp_root), "CAMP_LANG": "en", "CAMP_APPS_PYTHON": python}


@pytest.fixture
def camp_command(camp_root: Path, environment: dict[str, str]) -> CampCommand:
    """Runs `camp` in the small project."""

    def run(*arguments: str, **options: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from autograder.cli import main; main()", *arguments]
        return subprocess.run(
            command, cwd=camp_root, env=environment, capture_output=True, text=True, timeout=60, **options
        )

    return run
