import subprocess
from pathlib import Path

import pytest

from autograder import bundle
from autograder.appfolder import AppProblem, TooMuch
from autograder.intake import Policy

ANY = Policy()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one commit, a file that is ignored and a notebook that is not."""
    made = tmp_path / "my wörk"
    made.mkdir()
    (made / "greeting.txt").write_text("Hello\n")
    (made / ".gitignore").write_text("secret.json\n*.ipynb\n")
    (made / "secret.json").write_text("{}")
    (made / "lab.ipynb").write_text("{}")
    bundle.make(made, "Start")
    return made


def cloned(data: bytes, tmp_path: Path) -> Path:
    (tmp_path / "handed-in.bundle").write_bytes(data)
    subprocess.run(["git", "clone", "-q", "handed-in.bundle", "clone"], cwd=tmp_path, check=True)
    return tmp_path / "clone"


def commit(folder: Path, message: str) -> None:
    bundle.git(folder, "add", "--all")
    bundle.git(folder, *bundle.AUTHOR, "commit", "--quiet", "--message", message)


def test_a_hand_in_holds_every_branch_and_tag_and_the_files_of_main(folder: Path, tmp_path: Path) -> None:
    bundle.git(folder, "switch", "--quiet", "--create", "idea")
    (folder / "idea.txt").write_text("x")
    commit(folder, "An idea")
    bundle.git(folder, "tag", "v1")
    packed = bundle.packed(folder, ANY)
    assert sorted(packed) == [".gitignore", "greeting.txt", bundle.FILE]
    assert packed["greeting.txt"] == b"Hello\n"
    refs = bundle.git(cloned(packed[bundle.FILE], tmp_path), "for-each-ref", "--format=%(refname)").decode()
    assert {"refs/remotes/origin/idea", "refs/remotes/origin/main", "refs/tags/v1"} <= set(refs.split())


def test_the_same_repository_gives_the_same_files(folder: Path) -> None:
    assert bundle.packed(folder, ANY) == bundle.packed(folder, ANY)


def test_nothing_that_git_is_told_to_run_is_run(folder: Path) -> None:
    ran = folder / "ran"
    for name, value in (("core.fsmonitor", f"touch {ran}"), ("filter.x.clean", f"touch {ran}; cat")):
        bundle.git(folder, "config", name, value)
    (folder / ".git" / "hooks").mkdir(exist_ok=True)
    hook = folder / ".git" / "hooks" / "post-index-change"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    (folder / ".gitattributes").write_text("* filter=x\n")
    (folder / "greeting.txt").write_text("Ahoj\n")
    assert bundle.packed(folder, ANY) and bundle.notes(folder)
    assert not ran.exists()


def test_what_is_not_committed_is_said(folder: Path) -> None:
    assert bundle.notes(folder) == ()
    (folder / "greeting.txt").write_text("Ahoj\n")
    (folder / "new.txt").write_text("new")
    assert bundle.notes(folder) == ("Not committed on main, so it does not count: greeting.txt, new.txt.",)


def test_line_endings_of_windows_are_no_change(folder: Path) -> None:
    (folder / "greeting.txt").write_bytes(b"Hello\r\n")
    assert bundle.notes(folder) == ()


def test_another_branch_is_said(folder: Path) -> None:
    bundle.git(folder, "switch", "--quiet", "--create", "idea")
    assert bundle.notes(folder) == ("You are on the branch idea: the last commit of main counts.",)


def test_a_repository_without_main_is_refused(folder: Path) -> None:
    bundle.git(folder, "branch", "--move", "master")
    with pytest.raises(AppProblem, match="no commit on the branch main"):
        bundle.packed(folder, ANY)
    assert bundle.notes(folder) == ()


def test_a_history_that_holds_too_much_is_refused(folder: Path) -> None:
    (folder / "big.bin").write_bytes(bytes(range(256)) * 400)
    commit(folder, "Too much")
    (folder / "big.bin").unlink()
    commit(folder, "Away with it")
    with pytest.raises(TooMuch, match=r"largest file is repository\.bundle"):
        bundle.packed(folder, Policy(bytes=500))
