"""Stock nbgrader beside `camp grade`, on the same questions: one notebook of twelve cells, six answers and six tests of
them (two with hidden tests), 15 points. Both with their start; nbgrader with 20 students, the camp with ten times as
many.

`CAMP_BENCH_CLASS` sets another number of students for the camp.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder import project
from autograder.grading.unpacking import packed
from benchmarks.figure import Figure

STOCK_CLASS = 20
CLASS = int(os.environ.get("CAMP_BENCH_CLASS", "200"))
LAB, POINTS = "1-trivial", (2, 2, 3, 3, 2, 3)
ANSWERS = {
    "double": "def double(number):\n    return 2 * number",
    "total": "def total(numbers):\n    return sum(numbers)",
    "longest": "def longest(words):\n    return max(words, key=len)",
    "reverse": "def reverse(text):\n    return text[::-1]",
    "is_even": "def is_even(number):\n    return number % 2 == 0",
    "count": "def count(words):\n    return {word: words.count(word) for word in words}",
}
TESTS = {
    "double": "assert double(2) == 4\nassert double(-1) == -2",
    "total": "assert total([1, 2, 3]) == 6\n### BEGIN HIDDEN TESTS\nassert total([]) == 0\n### END HIDDEN TESTS",
    "longest": 'assert longest(["a", "abc", "ab"]) == "abc"',
    "reverse": 'assert reverse("ab") == "ba"\n### BEGIN HIDDEN TESTS\nassert reverse("") == ""\n### END HIDDEN TESTS',
    "is_even": "assert is_even(2)\nassert not is_even(3)",
    "count": 'assert count(["a", "b", "a"]) == {"a": 2, "b": 1}',
}
CHECKS = {  # what is asked, and what must come back
    "double": ("number", "camp.rng.randrange(10_000)", "2 * number"),
    "total": ("numbers", "camp.rng.choices(range(100), k=5)", "sum(numbers)"),
    "longest": ("words", "[camp.word(length) for length in (3, 9, 5)]", "words[1]"),
    "reverse": ("text", "camp.word()", "text[::-1]"),
    "is_even": ("number", "camp.rng.randrange(10_000)", "number % 2 == 0"),
    "count": ("words", '[camp.word(), "x"] * 2', "dict.fromkeys(words, 2)"),
}
TOML = 'number = 1\ntitle = "Trivial"\nminutes = 5\nservices = []\n'


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        stock, (camp, wrong) = stock_seconds(Path(folder) / "stock"), camp_seconds(Path(folder) / "camp")
    beside = f"the trivial notebook: `camp grade` ({camp * 1000:.0f} ms each) beside nbgrader ({stock * 1000:,.0f} ms)"
    return [
        Figure(beside, stock / camp, "x", ">=", 20),
        Figure(f"the trivial notebook, {CLASS} submissions: points that are not right", wrong, "students", "<=", 0),
    ]


def stock_seconds(root: Path) -> float:
    """Seconds that `nbgrader autograde` takes for each of a class's submissions, all of them right."""
    write(root / "source" / LAB / f"{LAB}.ipynb", notebook(TESTS, solved=True))
    nbgrader(root, "generate_assignment", LAB)
    for number in range(STOCK_CLASS):
        write(root / "submitted" / f"student-{number}" / LAB / f"{LAB}.ipynb", _answered(root))
    started = time.perf_counter()
    nbgrader(root, "autograde", LAB)
    return (time.perf_counter() - started) / STOCK_CLASS


def camp_seconds(root: Path) -> tuple[float, int]:
    """The same for `camp grade`, half of whose submissions have one answer wrong; and how many points are not right."""
    lay_out(root)
    right, wrong = zipped(ANSWERS), zipped({**ANSWERS, "double": "def double(number):\n    return 3"})
    for number in range(CLASS):
        write(root / "in" / f"student-{number}.zip", wrong if number % 2 else right)
    camp(root, "course", "new", "course")
    camp(root, "release", "1", "--course", "course")
    started = time.perf_counter()
    done = camp(root, "grade", "in", "--lab", "1", "--course", "course", "--json")
    seconds = (time.perf_counter() - started) / CLASS
    points = {row["student"]: row["verdict"]["points"] for row in json.loads(done)["students"]}
    wanted = {f"student-{number}": sum(POINTS) - (POINTS[0] if number % 2 else 0) for number in range(CLASS)}
    return seconds, sum(points.get(student) != these for student, these in wanted.items())


def lay_out(root: Path) -> None:
    """A project folder with this one lab, whose questions are answered in cells."""
    facts, checks = TOML, "from autograder.checks import NotebookCamp, check, fail\n"
    for number, (name, points) in enumerate(zip(ANSWERS, POINTS, strict=True), 1):
        facts += f'\n[[check]]\nid = "1.{number}"\npoints = {points}\nhints = []\ncell = "{name}"\n'
        argument, value, wanted = CHECKS[name]
        checks += (
            f'\n\n@check("1.{number}")\nasync def test_{name}(camp: NotebookCamp) -> None:\n    """{name}"""\n'
            f'    {argument} = {value}\n    found = await camp.notebook.call("{name}", {argument})\n'
            f"    wanted = {wanted}\n    if found != wanted:\n"
            "        fail(seen=found, expected=wanted, next='Look again.')\n"
        )
    write(root / "labs" / LAB / "lab.toml", facts)
    write(root / "autograder" / "checks" / "trivial.py", checks)
    tests = {name: f'check("1.{number}")' for number, name in enumerate(TESTS, 1)}
    write(root / "notebooks" / LAB / f"{LAB}.ipynb", notebook(tests, solved=False))


def zipped(answers: dict[str, str]) -> bytes:
    made = json.loads(notebook({name: "" for name in TESTS}, solved=True))
    for cell in made["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        cell["source"] = answers.get(name, cell["source"])
    return packed({f"{LAB}/{LAB}.ipynb": json.dumps(made).encode()})


def notebook(tests: dict[str, str], *, solved: bool) -> str:
    cells = []
    for number, (name, points) in enumerate(zip(ANSWERS, POINTS, strict=True), 1):
        answer = f"### BEGIN SOLUTION\n{ANSWERS[name]}\n### END SOLUTION" if solved else "raise NotImplementedError"
        cells.append(cell(name, answer, solution=True, locked=False, grade=False))
        cells.append(cell(f"check-1-{number}", tests[name], solution=False, locked=True, grade=True, points=points))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def cell(id: str, source: str, **role: Any) -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": id, "schema_version": 3, "task": False, **role}}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": id,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def nbgrader(root: Path, *arguments: str) -> None:
    """Runs the command as it comes, without anything of ours."""
    write(root / "nbgrader_config.py", "")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    _run(root, [sys.executable, "-m", "nbgrader", *arguments], {**os.environ, "PATH": path})


def camp(root: Path, *arguments: str) -> str:
    apps = {"CAMP_ROOT": str(root), "CAMP_APPS_PYTHON": str(project.apps_python())}
    return _run(root, [sys.executable, "-m", "autograder.cli", *arguments], {**os.environ, **apps})


def _answered(root: Path) -> str:
    made = json.loads((root / "release" / LAB / f"{LAB}.ipynb").read_text("utf-8"))
    for one in made["cells"]:
        name = one["metadata"]["nbgrader"]["grade_id"]
        one["source"] = ANSWERS.get(name, one["source"])
    return json.dumps(made)


def _run(root: Path, command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])}: {done.stderr[-2000:]}")
    return done.stdout
