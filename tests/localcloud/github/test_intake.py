"""Hand-ins: bundles and folders that nobody trusts."""

import os
from pathlib import Path
from typing import Any

import pytest

from localcloud.github import git
from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.intake import BadHandIn, Bounds, Intake
from localcloud.github.models import Status
from localcloud.github.repository import Repository


@pytest.fixture
def other(forge: Forge) -> Repository:
    return forge.create("handed-in")


async def bundle(work: Any, *arguments: str) -> Path:
    path: Path = work.folder.parent / "x.bundle"
    await work.git("bundle", "create", "--quiet", str(path), *(arguments or ("--branches", "--tags")))
    return path


async def test_a_bundle_brings_branches_and_tags(work: Any, other: Repository, events: list[Event]) -> None:
    await work.git("branch", "side/ü")
    await work.git("tag", "-a", "v1", "-m", "x")
    await other.import_bundle(await bundle(work))
    assert set(await other.refs()) == {"refs/heads/main", "refs/heads/side/ü", "refs/tags/v1"}
    assert await other.read("main", "greeting.txt") == b"hello\n"
    await work.git("branch", "-D", "side/ü")
    await other.import_bundle(await bundle(work))
    assert set(await other.refs()) == {"refs/heads/main", "refs/tags/v1"}
    assert events == []


async def test_a_part_of_the_history_is_refused(work: Any, other: Repository) -> None:
    await work.commit("x", {"x": "x"})
    with pytest.raises(BadHandIn, match="a part of the history"):
        await other.import_bundle(await bundle(work, "main~1..main"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"# v2 git bundle\n",
        b"# v2 git bundle\nzzz\n\n",
        b"# v3 git bundle\n@filter=blob:none\n\n",
        b"# v2 git bundle\n" + b"1" * 40 + b" refs/heads/main\n\nPACK",
        b"# v2 git bundle\n" + b"1" * 40 + b" refs/heads/../x\n\nPACK",
        b"# v2 git bundle\n" + b"1" * 40 + b" HEAD\n\nPACK",
        b"# v2 git bundle\n" + b"".join(b"1" * 40 + b" refs/heads/b%d\n" % n for n in range(500)) + b"\n",
        b"# v2 git bundle\n" + b"x" * 10_000,
    ],
)
async def test_what_is_no_bundle_is_refused(other: Repository, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.bundle"
    path.write_bytes(content)
    with pytest.raises(BadHandIn):
        await other.import_bundle(path)
    assert await other.refs() == {}


async def test_a_bundle_that_is_a_link_or_a_folder_is_refused(other: Repository, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("link", "missing", "."):
        with pytest.raises(BadHandIn):
            await other.import_bundle(tmp_path / name)


async def test_a_broken_object_is_refused(work: Any, other: Repository) -> None:
    blob = await work.git("rev-parse", "HEAD:greeting.txt")
    tree = await work.git("mktree", input=f"100644 blob {blob}\t.GIT\n".encode())
    await work.git("update-ref", "refs/heads/bad", await work.git("commit-tree", "-m", "bad", tree))
    with pytest.raises(BadHandIn, match="hasDotgit"):
        await other.import_bundle(await bundle(work))


async def test_a_damaged_pack_is_refused(work: Any, other: Repository) -> None:
    path = await bundle(work)
    content = bytearray(path.read_bytes())
    content[-30] ^= 255
    path.write_bytes(content)
    with pytest.raises(BadHandIn, match="broken object"):
        await other.import_bundle(path)


async def test_few_objects_that_are_billions_of_files_are_refused(work: Any, other: Repository) -> None:
    tree = await work.git("rev-parse", "HEAD^{tree}")
    for _level in range(10):
        lines = "".join(f"040000 tree {tree}\tf{number}\n" for number in range(10))
        tree = await work.git("mktree", input=lines.encode())
    await work.git("update-ref", "refs/heads/bomb", await work.git("commit-tree", "-m", "bomb", tree))
    with pytest.raises(BadHandIn, match="holds 1000000000 files"):
        await other.import_bundle(await bundle(work))


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        (Bounds(bundle=200), "MB is the most"),
        (Bounds(commits=2), "more than 2 commits"),
        (Bounds(objects=3), "more than 3 files and folders"),
        (Bounds(unpacked=500), "unpacks to more"),
        (Bounds(files=1), "holds 2 files"),
        (Bounds(size=10), "holds 1 files|holds 2 files"),
        (Bounds(depth=0), "levels of folders"),
        (Bounds(refs=1), "more than 1 branches"),
    ],
)
async def test_each_bound_is_named(work: Any, other: Repository, bounds: Bounds, why: str) -> None:
    await work.git("branch", "side")
    for number in range(3):
        await work.commit("x", {"folder/x": str(number) * 300})
    with pytest.raises(BadHandIn, match=why):
        await Intake(other, bounds).bundle(await bundle(work))


async def test_configuration_submodules_filters_and_lfs_do_nothing(
    work: Any, other: Repository, tmp_path: Path
) -> None:
    await work.git("config", "filter.evil.clean", f"touch '{tmp_path}/ran'; cat")
    files = {".gitattributes": "*.bin filter=lfs\n", "x.bin": "version https://git-lfs.github.com/spec/v1\n"}
    await work.commit("x", {**files, ".gitmodules": '[submodule "a"]\n\tpath = a\n\turl = ../a\n'})
    head = await work.head()
    await work.git("update-index", "--add", "--cacheinfo", f"160000,{head},a")
    await work.git("commit", "--quiet", "-m", "submodule")
    await other.import_bundle(await bundle(work))
    assert (await other.read("main", "x.bin")).startswith(b"version")
    assert not (tmp_path / "ran").exists()


async def test_a_folder_is_one_commit(other: Repository, tmp_path: Path, events: list[Event]) -> None:
    folder = tmp_path / "ein Ordner"
    (folder / "tests é").mkdir(parents=True)
    (folder / "tests é" / "test_a.py").write_text("x")
    (folder / ".gitignore").write_text("local.settings.json\n.venv/\n")
    (folder / "local.settings.json").write_text("{}")
    (folder / "host.json").write_text("{}")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "x").write_text("x")
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]\n\tfsmonitor = touch /tmp/never\n")
    (folder / "nested" / ".git").mkdir(parents=True)
    (folder / "nested" / "HEAD").write_text("x")
    await other.import_folder(folder)
    entries = await other.entries("main", recursive=True)
    found = {entry.path for entry in entries if entry.type == "blob"}
    assert found >= {"tests é/test_a.py", ".gitignore", "host.json"}
    assert not found & {"local.settings.json", ".venv/x", "link", "pipe", ".git/config"}
    assert (await other.git("rev-list", "--count", "main")).strip() == "1" and events == []


async def test_a_large_folder_is_refused(other: Repository, tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "data.bin").touch()
    os.truncate(tmp_path / "large" / "data.bin", 10**12)
    with pytest.raises(BadHandIn, match=r"more than 50 MB; data\.bin"):
        await other.import_folder(tmp_path / "large")


async def test_an_import_takes_the_place_of_all(work: Any, other: Repository) -> None:
    sha = await other.commit("main", {"a": b"1"}, "x")
    await other.commit("side", {"a": b"2"}, "y")
    await other.open_pull("side", "main", "x")
    other.set_status(sha, Status("test", "success"))
    await other.import_bundle(await bundle(work))
    assert set(await other.refs()) == {"refs/heads/main"} and other.pulls == {} and other.statuses == {}


async def test_trees_that_are_too_long_to_be_counted_are_refused(
    work: Any, other: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "MOST_OUTPUT", 100)
    monkeypatch.setitem(git.output.__kwdefaults__, "most", 100)
    with pytest.raises(BadHandIn, match="cannot be read"):
        await other.import_bundle(await bundle(work))


async def test_an_empty_folder_is_refused(other: Repository, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing"):
        with pytest.raises(BadHandIn):
            await other.import_folder(tmp_path / name)
