"""Attacks from a notebook's cell, in the sandbox. In the ordinary run a few, with `--all` every one."""

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.answers.sources import notebook_of
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import ERRORED

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


HERE = Path(__file__).parent
apps = module("hostile_apps", HERE / "test_hostile.py")
lab = module("lab_of_cells", HERE.parent / "autograder" / "answers" / "conftest.py").lab
ALL = tomllib.loads((HERE / "cells.toml").read_text("utf-8"))["case"]
CASES = [case for case in ALL if apps.EVERYTHING or case.get("short")]
RIGHT = {
    "total": "def total(numbers):\n    if min(numbers) < 0:\n        raise ValueError\n    return sum(numbers)",
    "shout": 'volume = 11\nprint("HELLO")',
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_attack_from_a_cell_comes_to_nothing(
    case: dict[str, Any], lab: Lab, sandbox: Sandbox, tmp_path: Path
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    notebook = notebook_of(lab, {**RIGHT, "key": case["cell"]})
    verdict = run_checks(lab, app, seed=1, sandbox=sandbox, notebook=notebook)
    seen = "\n".join(str(result.seen) for result in verdict.checks if result.seen)
    assert ERRORED not in verdict.outcomes(), seen
    assert verdict.points == case.get("points", 4), seen
    assert re.search(case.get("says", ""), seen), seen
    assert "\x1b" not in seen and "\u202e" not in seen
    assert apps._left_over(sandbox) == []
    assert run_checks(lab, app, ["1.3"], 2, sandbox=sandbox, notebook=notebook_of(lab, RIGHT)).passed
