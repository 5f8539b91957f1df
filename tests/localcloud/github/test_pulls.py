"""Pull requests: trial merges, conflicts, merging, closing."""

from typing import Any

import pytest

from localcloud.github import merging
from localcloud.github.events import Event
from localcloud.github.repository import Repository
from localcloud.github.writing import BadChange


async def two_sides(repository: Repository, ours: bytes = b"1", theirs: bytes = b"1") -> None:
    await repository.commit("main", {"a.txt": b"1", "b.txt": b"1"}, "Base")
    await repository.commit("side", {"b.txt": theirs + b"!"}, "Theirs")
    await repository.commit("main", {"a.txt": b"2", "b.txt": ours}, "Ours")


async def test_a_pull_request_is_merged_on_trial(repository: Repository, events: list[Event], work: Any) -> None:
    await two_sides(repository)
    pull = await repository.open_pull("side", "main", "  A change  ")
    refs = await repository.refs()
    assert refs["refs/pull/1/head"] == refs["refs/heads/side"] == pull.head_sha
    assert refs["refs/pull/1/merge"] == pull.merge_sha
    assert await repository.read(pull.merge_sha or "", "a.txt") == b"2"
    assert await repository.read(pull.merge_sha or "", "b.txt") == b"1!"
    opened = events[-1]
    assert (opened.name, opened.ref, opened.sha) == ("pull_request", "refs/pull/1/merge", pull.merge_sha)
    assert opened.payload["action"] == "opened" and opened.payload["number"] == 1
    assert opened.payload["pull_request"]["head"]["ref"] == "side"
    assert opened.payload["pull_request"]["base"]["sha"] == refs["refs/heads/main"]
    assert pull.title == "A change"
    await work.git("fetch", "origin", "refs/pull/1/merge")


async def test_a_push_to_the_head_is_a_synchronize_event(repository: Repository, events: list[Event]) -> None:
    await two_sides(repository)
    pull = await repository.open_pull("side", "main", "x")
    before = pull.head_sha
    head = await repository.commit("side", {"c": b"c"}, "More")
    assert [event.name for event in events[-2:]] == ["push", "pull_request"]
    payload = events[-1].payload
    assert (payload["action"], payload["before"], payload["after"]) == ("synchronize", before, head)
    assert events[-1].sha == pull.merge_sha == (await repository.refs())["refs/pull/1/merge"]


async def test_a_conflict_has_no_merge_commit_and_no_event(repository: Repository, events: list[Event]) -> None:
    await two_sides(repository, ours=b"ours", theirs=b"theirs")
    pull = await repository.open_pull("side", "main", "x")
    assert pull.merge_sha is None and pull.conflicts == ("b.txt",)
    assert events[-1].name == "push" and "refs/pull/1/merge" not in await repository.refs()
    with pytest.raises(BadChange, match=r"conflicts with main in b\.txt"):
        await repository.merge(1)
    await repository.commit("side", {"b.txt": b"1", "d": b"d"}, "Resolve")
    assert pull.merge_sha and events[-1].payload["action"] == "synchronize"


async def test_an_older_git_merges_as_well(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "ARGUMENTS", ("merge-tree", "--no-such-option"))
    await two_sides(repository, theirs=b"new")
    pull = await repository.open_pull("side", "main", "x")
    assert await repository.read(pull.merge_sha or "", "b.txt") == b"new!"
    assert await repository.read(pull.merge_sha or "", "a.txt") == b"2"
    await repository.commit("main", {"b.txt": b"else"}, "Conflict")
    assert pull.merge_sha is None and pull.conflicts == ("b.txt",)


async def test_merging_moves_the_base_and_closes(repository: Repository, events: list[Event]) -> None:
    await two_sides(repository)
    pull = await repository.open_pull("side", "main", "A change")
    sha = await repository.merge(1)
    assert (await repository.refs())["refs/heads/main"] == sha
    assert (await repository.git("log", "-1", "--format=%B", sha)).split("\n")[
        0
    ] == "Merge pull request #1 from camp/side"
    pushed, closed = events[-2:]
    assert (pushed.name, pushed.after) == ("push", sha)
    assert closed.payload["action"] == "closed" and closed.payload["pull_request"]["merged"]
    assert pull.merged and pull.merge_sha == sha
    with pytest.raises(BadChange, match="not open"):
        await repository.merge(1)


async def test_a_merge_by_hand_closes_it(repository: Repository, work: Any, events: list[Event]) -> None:
    await work.push()
    await work.git("switch", "--quiet", "--create", "side")
    await work.commit("x", {"x": "x"})
    await work.push("side")
    pull = await repository.open_pull("side", "main", "x")
    await work.push("side:main")
    assert pull.merged and events[-1].payload["action"] == "closed"


async def test_a_deleted_head_closes_it(repository: Repository) -> None:
    await two_sides(repository)
    pull = await repository.open_pull("side", "main", "x")
    await repository.set_ref("refs/heads/side", None)
    assert (pull.state, pull.merged) == ("closed", False)
    with pytest.raises(BadChange, match="no branch side"):
        await repository.reopen(1)


async def test_closed_and_reopened(repository: Repository, events: list[Event]) -> None:
    await two_sides(repository)
    pull = await repository.open_pull("side", "main", "x")
    await repository.close(1)
    await repository.commit("side", {"y": b"y"}, "y")
    assert events[-1].name == "push"
    await repository.reopen(1)
    assert [event.payload["action"] for event in events if event.name == "pull_request"] == [
        "opened",
        "closed",
        "reopened",
    ]
    assert pull.head_sha == (await repository.refs())["refs/heads/side"]


async def test_nothing_to_merge_is_said(repository: Repository) -> None:
    await two_sides(repository)
    await repository.set_ref("refs/heads/same", "refs/heads/main")
    for head, base, why in [
        ("same", "main", "No commits between"),
        ("nope", "main", "no branch nope"),
        ("main", "main", "No commits"),
    ]:
        with pytest.raises(BadChange, match=why):
            await repository.open_pull(head, base, "x")
    await repository.open_pull("side", "main", "x")
    with pytest.raises(BadChange, match="already exists"):
        await repository.open_pull("side", "main", "x")
