"""Commits without a work tree, and what is kept beside git."""

import random
import stat
from pathlib import Path
from typing import Any

import pytest

from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.models import Status
from localcloud.github.repository import NotThere, Repository
from localcloud.github.writing import BadChange
from localcloud.journal import Journal


async def test_a_commit_without_a_work_tree(repository: Repository, events: list[Event]) -> None:
    first = await repository.commit("main", {"a b/ü.txt": b"1", 'quote".txt': b"q", "c.txt": b"c"}, "First\n\nWhy é")
    second = await repository.commit(
        "main", {"a b/ü.txt": b"2", "c.txt": None}, "Second", author=("Bo <x>", "b@localhost")
    )
    assert await repository.read("main", "a b/ü.txt") == b"2"
    assert {entry.path for entry in await repository.entries(second, recursive=True) if entry.type == "blob"} == {
        "a b/ü.txt",
        'quote".txt',
    }
    assert [event.after for event in events] == [first, second]
    assert (await repository.git("log", "-1", "--format=%an <%ae>", second)).strip() == "Bo x <b@localhost>"
    assert await repository.read(first, "c.txt") == b"c"


async def test_a_file_that_may_be_executed_stays_one(repository: Repository, work: Any) -> None:
    await work.commit("Script", {"run.sh": "#!/bin/sh\n"})
    await work.git("update-index", "--chmod=+x", "run.sh")
    await work.git("commit", "--quiet", "-m", "x")
    await work.push()
    sha = await repository.commit("main", {"run.sh": b"#!/bin/sh\nexit\n"}, "Change")
    assert [entry.mode for entry in await repository.entries(sha, ["run.sh"])] == ["100755"]


async def test_a_new_branch_begins_at_the_default_branch(repository: Repository) -> None:
    main = await repository.commit("main", {"a": b"a"}, "A")
    side = await repository.commit("side/ü", {"b": b"b"}, "B")
    assert await repository.is_ancestor(main, side)


@pytest.mark.parametrize("path", ["", "/a", "../a", "a/../b", ".git/config", "a/.GIT/x", "a//b", "a\nb", "x" * 2_000])
async def test_a_path_that_is_none_is_refused(repository: Repository, path: str) -> None:
    with pytest.raises(BadChange, match="no path"):
        await repository.commit("main", {path: b""}, "x")
    assert await repository.refs() == {}


@pytest.mark.parametrize("branch", ["", "-x", "a..b", "a b", "refs\n", ".a", "a.lock", "a/", "@", "x" * 300])
async def test_a_branch_s_name_that_is_none_is_refused(repository: Repository, branch: str) -> None:
    with pytest.raises(BadChange, match="no name of a branch"):
        await repository.commit(branch, {"a": b""}, "x")


async def test_no_file_takes_the_place_of_a_folder(repository: Repository) -> None:
    await repository.commit("main", {"a/b": b"1"}, "x")
    with pytest.raises(BadChange, match="a is a folder"):
        await repository.commit("main", {"a": b"2"}, "y")
    with pytest.raises(BadChange, match="a/b is a file"):
        await repository.commit("main", {"a/b/c/d": b"2"}, "y")
    await repository.commit("main", {"a/b": None, "a/b/c": b"2"}, "y")
    assert await repository.read("main", "a/b/c") == b"2"


async def test_a_branch_that_has_moved_is_not_overwritten(repository: Repository) -> None:
    first = await repository.commit("main", {"a": b"1"}, "x")
    await repository.commit("main", {"a": b"2"}, "y", expected=first)
    with pytest.raises(BadChange, match="has moved"):
        await repository.commit("main", {"a": b"3"}, "z", expected=first)


async def test_what_is_not_there_is_named(repository: Repository) -> None:
    await repository.commit("main", {"a": b"1"}, "x")
    for name in ("nope", "--help", "HEAD~5", "0" * 40, "x\0y", "refs/heads/nope"):
        with pytest.raises(NotThere):
            await repository.commit_of(name)
    with pytest.raises(NotThere, match="no file"):
        await repository.read("main", "b")


async def test_all_is_there_again_at_the_next_start(forge: Forge, repository: Repository) -> None:
    main = await repository.commit("main", {"a": b"1"}, "x")
    await repository.commit("side", {"a": b"2"}, "y")
    pull = await repository.open_pull("side", "main", "Two")
    repository.secrets["KEY"] = "s3cret"
    repository.environment("Staging").approval = True
    repository.set_status(main, Status("test", "pending"))
    repository.set_status(main, Status("test", "success"))
    again = Forge(forge.folder, Journal(), random.Random(2)).repositories["camp/bot"]
    assert again.pulls == {1: pull} and again.secrets == {"KEY": "s3cret"}
    assert again.environment("staging").approval and again.environment("staging").name == "Staging"
    assert again.statuses == {main: [Status("test", "success")]}
    book = forge.folder / "camp" / "bot.json"
    assert stat.S_IMODE(book.stat().st_mode) == 0o600


async def test_a_damaged_book_costs_no_commit(forge: Forge, repository: Repository) -> None:
    main = await repository.commit("main", {"a": b"1"}, "x")
    book = forge.folder / "camp" / "bot.json"
    for text in ("{", "[]", "{}", '{"created_at": 1}'):
        book.write_text(text)
        again = Forge(forge.folder, Journal(), random.Random(2)).repositories["camp/bot"]
        assert again.pulls == {} and await again.refs() == {"refs/heads/main": main}
        assert book.with_suffix(".damaged").read_text() == text


async def test_configuration_and_hooks_in_a_repository_do_nothing(
    repository: Repository, work: Any, tmp_path: Path
) -> None:
    """Nobody but us writes there; if somebody did, hooks would still not run."""
    hook = repository.path / "hooks" / "post-receive"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    await work.push()
    assert not (tmp_path / "ran").exists()
