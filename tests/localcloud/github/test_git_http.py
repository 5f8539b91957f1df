"""Real git against the forge: push, clone, fetch, and what is refused."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from localcloud.github import limits
from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.git import ZEROS
from localcloud.github.repository import Repository

from .conftest import Failed, WorkTree


async def test_a_push_is_there_and_is_announced(repository: Repository, events: list[Event], work: Any) -> None:
    first = await work.head()
    await work.push()
    assert (await repository.refs())["refs/heads/main"] == first
    second = await work.commit("Greet ü", {"greeting.txt": "ahoy\n", "ein Ordner/höflich.txt": "x"})
    await work.push()
    [created, pushed] = events
    assert (created.before, created.after, created.payload["created"]) == (ZEROS, first, True)
    assert (pushed.name, pushed.ref, pushed.before, pushed.after) == ("push", "refs/heads/main", first, second)
    assert pushed.sha == second and pushed.actor == "camp"
    [commit] = pushed.payload["commits"]
    assert commit["message"] == "Greet ü" and commit["modified"] == ["greeting.txt"]
    assert commit["added"] == ["ein Ordner/höflich.txt"] and commit["removed"] == []
    assert pushed.payload["head_commit"] == commit and not pushed.payload["forced"]
    assert pushed.payload["repository"]["full_name"] == "camp/bot"


async def test_a_clone_has_what_was_pushed(forge: Forge, work: Any, tmp_path: Path) -> None:
    await work.push()
    address = f"{forge.url}/Camp/BOT".replace("//", f"//x:{forge.token}@")
    await work.git("clone", "--quiet", address, str(tmp_path / "clone"))
    assert (tmp_path / "clone" / "greeting.txt").read_text() == "hello\n"


async def test_a_fetch_with_many_commits_of_its_own_works(work: Any, tmp_path: Path, repository: Repository) -> None:
    await work.push()
    stream = "".join(
        f"commit refs/heads/mine\ncommitter A <a@localhost> {number} +0000\ndata 1\nx\n" for number in range(3_000)
    )
    await work.git("fast-import", "--quiet", input=stream.encode())
    await repository.commit("main", {"b.txt": b"b"}, "On the server")
    await work.git("fetch", "origin")
    assert (await work.git("rev-parse", "origin/main")) == (await repository.refs())["refs/heads/main"]


@pytest.mark.parametrize("token", ["", "wrong", "ghp_ü"])
async def test_a_wrong_token_is_refused(forge: Forge, work: Any, token: str) -> None:
    said = await work.refused("push", f"{forge.url}/camp/bot.git".replace("//", f"//camp:{token}@"), "main")
    assert "camp github" in said
    assert "Authentication failed" in said or "could not read Password" in said


async def test_a_workflow_s_token_reads_and_does_not_push(forge: Forge, repository: Repository, work: Any) -> None:
    await work.push()
    address = f"{forge.url}/camp/bot.git".replace("//", f"//x:{forge.read_token(repository)}@")
    assert "refs/heads/main" in await work.git("ls-remote", address)
    assert "may only read" in await work.refused("push", address, "main:other")
    other = forge.create("other")
    address = f"{forge.url}/camp/bot.git".replace("//", f"//x:{forge.read_token(other)}@")
    assert "not found" in await work.refused("ls-remote", address)


async def test_actions_are_no_repositories(forge: Forge, work: Any) -> None:
    address = f"{forge.url}/actions/checkout"
    assert "could not read Username" in await work.refused("ls-remote", address)
    assert "not found" in await work.refused("ls-remote", address.replace("//", f"//camp:{forge.token}@"))


async def test_a_large_push_is_refused_with_a_reason(
    forge: Forge, repository: Repository, events: list[Event], work: Any
) -> None:
    await work.commit("Big", {"data.bin": os.urandom(25_000_000)})
    said = await work.refused("push", "origin", "main")
    assert "larger than 20 MB" in said and "Is an environment" in said
    assert await repository.refs() == {} and events == []
    assert [entry.facts["message"] for entry in forge.journal.entries if entry.kind == "github.refused"]
    await work.git("reset", "--quiet", "--hard", "HEAD~1")
    await work.push()
    assert len(events) == 1


@pytest.mark.skipif(int(os.environ.get("CAMP_SEEDS", "1")) == 1, reason="takes long: for camp test --all")
async def test_a_push_of_200_mb_ends_early_and_leaves_nothing(
    forge: Forge, repository: Repository, events: list[Event], work: Any
) -> None:
    for name, value in {"core.compression": "0", "core.bigFileThreshold": "1m"}.items():  # or git itself takes a minute
        await work.git("config", name, value)
    files = {f"data {number}.bin": random.Random(number).randbytes(10_000_000) for number in range(20)}
    await work.commit("Huge", files)
    assert "larger than 20 MB" in await work.refused("push", "origin", "main")
    assert await repository.refs() == {} and events == []
    left = [path.stat().st_size for path in forge.folder.rglob("*") if path.is_file()]
    assert sum(left) < 1_000_000


async def test_a_small_push_that_unpacks_to_a_large_file_is_refused(
    repository: Repository, events: list[Event], work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_FILE", 3_000_000)
    await work.push()
    await work.git("branch", "old")
    first = await work.head()
    await work.commit("Zeros", {"a folder/ü zeros": bytes(4_000_000)})
    said = await work.refused("push", "origin", "main", "main:new", "old")
    assert "zeros has 4 MB, and a file may have 3 MB" in said and "remote rejected" in said
    assert await repository.refs() == {"refs/heads/main": first} and len(events) == 1
    await work.commit("Gone", {"a folder/ü zeros": None})
    assert "a file may have" in await work.refused("push", "origin", "main")
    await work.git("reset", "--quiet", "--hard", first)
    await work.commit("Small", {"b": "b"})
    await work.push()


async def test_a_force_push_says_so(events: list[Event], work: Any) -> None:
    await work.push()
    await work.git("commit", "--amend", "--quiet", "-m", "Other")
    await work.refused("push", "origin", "main")
    await work.push("--force", "main")
    assert [event.payload["forced"] for event in events] == [False, True]


async def test_a_deleted_branch_is_an_event_without_a_commit(events: list[Event], work: Any) -> None:
    await work.push()
    await work.push("main:side")
    await work.push("--delete", "side")
    last = events[-1]
    assert (last.ref, last.after, last.payload["deleted"]) == ("refs/heads/side", ZEROS, True)
    assert last.payload["head_commit"] is None and last.payload["commits"] == []
    assert events[1].payload["commits"] == []  # all were on main already
    assert "deletion of the current branch prohibited" in await work.refused("push", "origin", "--delete", "main")


async def test_broken_objects_are_refused(repository: Repository, events: list[Event], work: Any) -> None:
    blob = await work.git("rev-parse", "HEAD:greeting.txt")
    tree = await work.git("mktree", input=f"100644 blob {blob}\t.GIT\n".encode())
    commit = await work.git("commit-tree", "-m", "bad", tree)
    said = await work.refused("push", "origin", f"{commit}:refs/heads/bad")
    assert "hasDotgit" in said and "an object in it is broken" in said
    assert await repository.refs() == {} and events == []


async def test_two_pushes_at_once_are_two_events(events: list[Event], work: Any, forge: Forge, tmp_path: Path) -> None:
    await work.push()
    names = [f"side{number}" for number in range(4)]
    await asyncio.gather(*(work.push(f"main:{name}") for name in names))
    assert sorted(event.ref for event in events[1:]) == [f"refs/heads/{name}" for name in names]


async def test_of_two_pushes_to_one_branch_at_once_git_lets_one_through(
    forge: Forge, repository: Repository, events: list[Event], work: Any, tmp_path: Path
) -> None:
    await work.push()
    address = f"{forge.url}/camp/bot.git".replace("//", f"//x:{forge.token}@")
    heads = {}
    for name in ("one", "two"):
        tree = WorkTree(tmp_path / name)
        await work.git("clone", "--quiet", address, str(tree.folder))
        heads[await tree.commit(name, {name: name})] = tree
    done = await asyncio.gather(*(tree.push() for tree in heads.values()), return_exceptions=True)
    [lost] = [one for one in done if isinstance(one, Failed)]
    assert "rejected" in str(lost) or "cannot lock ref" in str(lost)
    main = (await repository.refs())["refs/heads/main"]
    assert main in heads and [event.after for event in events[1:]] == [main]
    [late] = [tree for head, tree in heads.items() if head != main]
    await late.git("pull", "--quiet", "--rebase", "origin", "main")
    await late.push()
    assert {entry.path for entry in await repository.entries("main")} >= {"one", "two"}


async def test_a_tag_is_an_event(events: list[Event], work: Any) -> None:
    await work.git("tag", "-a", "v1", "-m", "One")
    await work.push("main", "v1")
    assert {event.ref for event in events} == {"refs/heads/main", "refs/tags/v1"}
    [tag] = [event for event in events if event.ref == "refs/tags/v1"]
    assert tag.payload["head_commit"]["id"] == await work.head()


async def test_refs_of_pull_requests_cannot_be_pushed(work: Any, repository: Repository) -> None:
    await work.push()
    assert "deny updating a hidden ref" in await work.refused("push", "origin", "main:refs/pull/1/head")


async def test_too_many_branches_at_once_are_refused(work: Any, events: list[Event]) -> None:
    await work.push()
    said = await work.refused("push", "origin", *(f"main:b{number}" for number in range(101)))
    assert "at most 100" in said and len(events) == 1


async def test_a_note_of_a_listener_is_told_to_who_pushes(forge: Forge, work: Any) -> None:
    async def listen(event: Event) -> None:
        event.notes.append("A run has begun: é")

    forge.listeners.append(listen)
    assert "remote: A run has begun: é" in await work.push()


async def test_a_new_branch_is_told_how_to_become_a_pull_request(work: Any) -> None:
    assert "pull request" not in await work.push()
    await work.git("switch", "--quiet", "--create", "side")
    await work.commit("x")
    assert "remote: Open a pull request: camp github pr open --head side" in await work.push("side")
    await work.commit("y")
    assert "pull request" not in await work.push("side")


async def test_a_listener_that_fails_loses_no_push(
    forge: Forge, repository: Repository, work: Any, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    async def listen(_event: Event) -> None:
        raise RuntimeError("broken")

    forge.listeners.insert(0, listen)
    await work.push()
    assert len(events) == 1 and "broken" in caplog.text


async def test_what_no_git_sends_gets_no_500(forge: Forge, repository: Repository) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {forge.token}"}) as session:
        where = f"{forge.url}/camp/bot.git"
        kind = {"Content-Type": "application/x-git-receive-pack-request"}
        random_bytes = random.Random(2).randbytes(1_000)
        for body in (b"", b"zzzz", b"0008abcd", random_bytes, b"0000", b"0000PACK", b"00050000"):
            async with session.post(f"{where}/git-receive-pack", data=body, headers=kind) as answer:
                assert answer.status < 500, (body, answer.status)
        kind = {"Content-Type": "application/x-git-upload-pack-request"}
        for body in (b"", b"zzzz", b"0000", random_bytes):
            async with session.post(f"{where}/git-upload-pack", data=body, headers=kind) as answer:
                assert answer.status < 500, (body, answer.status)
        gzip = {**kind, "Content-Encoding": "gzip"}
        async with session.post(f"{where}/git-upload-pack", data=b"no gzip", headers=gzip) as answer:
            assert answer.status < 500
        for path in ("info/refs", "info/refs?service=git-upload-archive", "HEAD", "objects/info/packs", "config"):
            async with session.get(f"{where}/{path}") as answer:
                assert 400 <= answer.status < 500
