"""Submissions of a repository, from `camp submit` to a grade. With `--all` the whole story is played in the sandbox."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder import bundle, project
from autograder.grading.grade import grade
from autograder.kinds import kind
from autograder.lab import find_lab
from autograder.mutants import copy_solution
from autograder.sandbox import Sandbox
from autograder.submission import submit
from autograder.verdict import FAILED

WHOLE = int(os.environ.get("CAMP_SEEDS", "1")) > 1


def solved() -> Path:
    """The learner's folder of Lab 3, whose solution is committed."""
    lab = find_lab("3")
    shutil.copytree(lab.starter, lab.work, ignore=shutil.ignore_patterns("lab.toml"))
    kind("repository").laid_out(lab.work)
    copy_solution(lab, lab.work)
    bundle.git(lab.work, "add", "--all")
    bundle.git(lab.work, *bundle.AUTHOR, "commit", "--quiet", "--message", "Ship it")
    return lab.work


@pytest.fixture
def submitted(learner: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What `camp submit 3` packs of the solution; from here on the project is ours again, as it is for who grades."""
    folder = solved()
    (folder / "greeting.txt").write_text("not committed\n")
    done = submit(find_lab("3"))
    assert done.notes == ("Not committed on main, so it does not count: greeting.txt.",)
    data = done.path.read_bytes()
    monkeypatch.delenv("CAMP_ROOT")
    project.root.cache_clear()
    return data


@pytest.mark.skipif(not WHOLE, reason="plays nine pushes; --all does")
def test_what_camp_submit_packs_of_the_solution_earns_everything(submitted: bytes) -> None:
    lab = find_lab("3")
    with Sandbox() as sandbox:
        graded = grade(submitted, lab, 1, sandbox=sandbox)
    assert (graded.verdict.points, graded.reason) == (lab.points, None), graded.verdict


def test_few_objects_that_are_billions_of_files_earn_nothing_and_break_nothing(handins: Any, tmp_path: Path) -> None:
    lab = find_lab("3")
    (tmp_path / "greeting.txt").write_text("Hello\n")
    bundle.make(tmp_path, "Begin")
    tree = bundle.git(tmp_path, "rev-parse", "HEAD^{tree}").decode().strip()
    for _level in range(10):
        entries = "".join(f"040000 tree {tree}\tf{number}\n" for number in range(10))
        tree = bundle.git(tmp_path, "mktree", given=entries.encode()).decode().strip()
    bomb = bundle.git(tmp_path, *bundle.AUTHOR, "commit-tree", "-m", "bomb", tree).decode().strip()
    bundle.git(tmp_path, "update-ref", f"refs/heads/{bundle.BRANCH}", bomb)
    data = bundle.git(tmp_path, "bundle", "create", "--quiet", "-", "--branches")
    graded = grade(handins.zip({f"{lab.name}/{bundle.FILE}": data, f"{lab.name}/host.json": b"{}"}), lab, 1)
    assert graded.verdict.outcomes() == {FAILED} and graded.verdict.points == 0
    assert all("holds 1000000000 files" in str(one.seen) for one in graded.verdict.checks), graded.verdict
    assert all("'camp submit'" in str(one.next) for one in graded.verdict.checks)
