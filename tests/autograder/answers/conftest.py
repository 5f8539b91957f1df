"""A lab whose questions are answered in cells: three checks, a starter, a solution, an alternative and mutants."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import project
from autograder.lab import Lab, find_lab
from autograder.sandbox import Sandbox, SandboxLimits

HERE = Path(__file__).parents[3]

TOML = """
number = 1
title = "Cells"
minutes = 5
services = []

[[check]]
id = "1.1"
points = 2
hints = ["Messages of one team belong together."]
cell = "key"
[[check]]
id = "1.2"
points = 3
hints = []
cell = "total"
[[check]]
id = "1.3"
points = 1
hints = []
cell = "shout"

[[alternative]]
name = "imported"
description = "With an import and a helper."

[[mutant]]
name = "by-channel"
misconception = "A channel is enough."
check = "1.1"
[[mutant]]
name = "never-refuses"
misconception = "Numbers below zero are numbers, too."
check = "1.2"
[[mutant]]
name = "whispers"
misconception = "Nobody reads what is printed."
check = "1.3"
"""

CHECKS = '''
from autograder.checks import NotebookCamp, check, fail


@check("1.1")
async def test_the_key(camp: NotebookCamp) -> None:
    """A partition for each team"""
    team, channel = camp.word(), camp.word()
    found = await camp.notebook.call("key", {"team": team, "channel": channel})
    if found != team:
        fail(seen=found, expected=team, next="What do all messages of a team share?")


@check("1.2")
async def test_the_total(camp: NotebookCamp) -> None:
    """It adds up, and refuses what is less than nothing"""
    numbers = [camp.rng.randrange(1000) for _number in range(5)]
    found = await camp.notebook.call("total", numbers)
    if type(found) is not int or found != sum(numbers):
        fail(seen=found, expected=sum(numbers), next="Add them.")
    raised = await camp.notebook.raised("total", [*numbers, -1])
    if not (raised and raised.is_a("ValueError")):
        fail(seen=raised, expected="a ValueError", next="Refuse numbers below zero.")


@check("1.3")
async def test_it_shouts(camp: NotebookCamp) -> None:
    """It shouts"""
    printed = await camp.notebook.printed()
    if printed.strip() != "HELLO":
        fail(seen=printed, expected="HELLO", next="Print it in capital letters.")
    if (await camp.notebook.value("volume")) != 11:
        fail(seen="another volume", expected=11, next="Louder.")
'''

SOLUTION = """# %% key
def key(message):
    return message["team"]

# %% total
async def total(numbers):
    if min(numbers) < 0:
        raise ValueError("below zero")
    return sum(numbers)

# %% shout
print(GREETING.upper())
volume = 11
"""
ALTERNATIVE = """# %% key
from operator import itemgetter
key = itemgetter("team")

# %% total
class Negative(ValueError): ...

def total(numbers):
    result = 0
    for number in numbers:
        if number < 0:
            raise Negative
        result += number
    return result

# %% shout
%time
volume = 5 + 6
!echo no shell here
print("HELLO")
"""


def code(id: str, source: str, *, grade: bool = False, solution: bool = False, points: int = 0) -> dict[str, Any]:
    role = {
        "grade_id": id,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "schema_version": 3,
        "task": False,
    }
    role |= {"points": points} if grade else {}
    cell = {"cell_type": "code", "execution_count": None, "id": id, "outputs": [], "source": source}
    return {**cell, "metadata": {"nbgrader": role}}


def markdown(id: str, text: str, **role: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {"nbgrader": role} if role else {}, "source": text}


TO_DO = "# YOUR CODE HERE\nraise NotImplementedError"
REFLECTION = {"grade_id": "reflection", "grade": True, "solution": True, "locked": False, "points": 2}
CELLS = [
    markdown("head", "# Cells"),
    {**code("camp", "from autograder.notebook import check"), "metadata": {}},
    code("given", 'GREETING = "hello"'),
    code("key", "def key(message):\n    " + TO_DO.replace("\n", "\n    "), solution=True),
    code("check-1-1", 'check("1.1")', grade=True, points=2),
    code("total", TO_DO, solution=True),
    code("check-1-2", 'check("1.2")', grade=True, points=3),
    code("shout", TO_DO, solution=True),
    code("check-1-3", 'check("1.3")', grade=True, points=1),
    markdown("reflection", "Why?", **REFLECTION, schema_version=3, task=False),
]
NOTEBOOK: dict[str, Any] = {"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
PATCHES = {
    "by-channel": ('message["team"]', 'message["channel"]'),
    "never-refuses": ("min(numbers) < 0", "not numbers"),
    "whispers": ("GREETING.upper()", "GREETING"),
}


def patch(old: str, new: str) -> str:
    """A patch of the one line of answers.py that holds `old`."""
    lines = SOLUTION.splitlines()
    place = next(number for number, line in enumerate(lines) if old in line)
    changed = lines[place].replace(old, new)
    return (
        f"--- a/answers.py\n+++ b/answers.py\n@@ -{place},3 +{place},3 @@\n"
        f" {lines[place - 1]}\n-{lines[place]}\n+{changed}\n {lines[place + 1]}\n"
    )


def files() -> dict[str, str]:
    return {
        "labs/1-cells/lab.toml": TOML,
        "notebooks/1-cells/1-cells.ipynb": json.dumps(NOTEBOOK),
        "solutions/1-cells/answers.py": SOLUTION,
        "solutions/1-cells/alternatives/imported/answers.py": ALTERNATIVE,
        **{f"solutions/1-cells/mutants/{name}.patch": patch(*words) for name, words in PATCHES.items()},
        "autograder/checks/cells.py": CHECKS,
    }


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The lab in a project folder of its own, with work/ for a learner."""
    root = tmp_path / "cells"
    for name, text in files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / "work" / "1-cells").mkdir(parents=True)
    monkeypatch.setenv("CAMP_ROOT", str(root))
    monkeypatch.setenv("CAMP_LANG", "en")
    monkeypatch.setenv("CAMP_APPS_PYTHON", str(HERE / ".venv-apps" / "bin" / "python"))
    project.root.cache_clear()
    sys.modules.pop("cells", None)
    yield find_lab("1")
    project.root.cache_clear()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxLimits(cpu_seconds=10, wall_seconds=40.0)) as running:
        yield running
