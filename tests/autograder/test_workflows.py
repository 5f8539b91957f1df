"""Every workflow of a lab is one that GitHub takes as it is: two programs read it as GitHub would."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.lab import labs
from localcloud import extras
from localcloud.storage import node

SCRIPT = Path(__file__).with_name("languageservice.mjs")
SECONDS = 60
BROKEN = (
    "on: {push: {branch: [main]}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ x.y }}'}]\n"
)


def repositories() -> list[Path]:
    """Starters, solutions and alternatives that have workflows."""
    folders = [folder for lab in labs() for folder in (lab.starter, lab.solution, *alternatives_of(lab.solution))]
    return [folder for folder in folders if (folder / ".github").is_dir()]


def alternatives_of(solution: Path) -> list[Path]:
    return sorted((solution / "alternatives").glob("*/"))


every_repository = pytest.mark.parametrize("folder", repositories(), ids=lambda one: one.name)


def said(files: Sequence[Path]) -> list[str]:
    """What GitHub's language service finds in them."""
    installed = extras.ensure("languageservice", print).place
    command = [str(node()), str(SCRIPT), *map(str, files)]
    done = subprocess.run(command, cwd=installed, capture_output=True, text=True, timeout=SECONDS, check=True)
    found = map(json.loads, done.stdout.splitlines())
    return [f"{one['path']}:{one['line']}: {one['message']}" for one in found]


def test_githubs_language_service_finds_nothing_in_workflows_and_actions() -> None:
    files = [file for folder in repositories() for file in sorted((folder / ".github").rglob("*.yml"))]
    assert len(files) > 10
    assert said(files) == []


def test_githubs_language_service_finds_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / "broken é.yml").write_text(BROKEN)
    unknown_key, unknown_name = said([tmp_path / "broken é.yml"])
    assert unknown_key.endswith("broken é.yml:1: Unexpected value 'branch'")
    assert unknown_name.endswith("broken é.yml:5: Unrecognized named-value: 'x'")


@every_repository
def test_actionlint_finds_nothing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / ".github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # for actionlint the root, from which files name each other
    workflows = [str(file.relative_to(folder)) for file in (folder / ".github" / "workflows").glob("*.yml")]
    program = extras.ensure("actionlint", print).command("actionlint", "-no-color", "-shellcheck=", "-pyflakes=")
    done = subprocess.run([*program, *workflows], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
