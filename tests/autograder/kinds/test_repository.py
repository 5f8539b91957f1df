import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import bundle
from autograder.appfolder import AppProblem
from autograder.kinds import kind
from autograder.lab import Lab
from autograder.submission import read, submit


@pytest.fixture
def lab(tiny: Lab) -> Lab:
    """A lab whose hand-in is a repository, laid out."""
    (tiny.work / ".gitignore").write_text("*.ipynb\n")
    (tiny.work / "1-tiny.ipynb").write_text("{}")
    kind("repository").laid_out(tiny.work)
    return replace(tiny, kinds=("repository",))


def test_the_learners_folder_becomes_a_repository_once(lab: Lab) -> None:
    head = bundle.git(lab.work, "rev-parse", "main")
    (lab.work / "function_app.py").write_text("# changed\n")
    kind("repository").laid_out(lab.work)
    assert bundle.git(lab.work, "rev-parse", "main") == head
    assert bundle.git(lab.work, "ls-files").decode().split() == [".gitignore", "function_app.py", "host.json"]


def test_a_submission_is_a_bundle_the_files_of_main_and_the_notebook(lab: Lab) -> None:
    (lab.work / "function_app.py").write_text("# not committed\n")
    done = submit(lab)
    with zipfile.ZipFile(done.path) as archive:
        names = sorted(archive.namelist())
        assert b"not committed" not in archive.read("1-tiny/function_app.py")
    inside = [".gitignore", "1-tiny.ipynb", "function_app.py", "host.json", bundle.FILE]
    assert names == [*(f"1-tiny/{name}" for name in inside), "manifest.json"]
    assert done.notes == ("Not committed on main, so it does not count: function_app.py.",)


def test_a_folder_without_git_is_handed_in_as_it_is(lab: Lab) -> None:
    (lab.work / ".git").rename(lab.work.parent / "git")
    assert bundle.FILE not in "".join(read(lab).files)
    assert kind("repository").packed(lab.work) is None


def test_a_repository_without_a_commit_says_what_to_do(lab: Lab, tmp_path: Path) -> None:
    bundle.git(lab.work, "branch", "--move", "trunk")
    with pytest.raises(AppProblem, match="no commit on the branch main"):
        read(lab)
