"""The learner's folder and its `origin`."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from localcloud.github.events import Event
from localcloud.github.forge import Forge
from localcloud.github.repository import Repository
from localcloud.github.working_copy import connect, take_first


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    return tmp_path / 'it\'s a "file"'


@pytest.fixture
async def folder(work: Any) -> Path:
    await work.git("remote", "remove", "origin")
    found: Path = work.folder
    return found


async def test_a_push_needs_no_password(
    forge: Forge, repository: Repository, work: Any, folder: Path, credentials: Path, events: list[Event]
) -> None:
    remote = f"{forge.url}/camp/bot.git"
    assert await connect(folder, remote, "camp", forge.token, credentials)
    assert stat.S_IMODE(os.stat(credentials).st_mode) == 0o600
    await work.git("push")
    assert len(events) == 1
    assert forge.token not in (folder / ".git" / "config").read_text()
    assert await connect(folder, remote, "camp", forge.token, credentials)
    assert await work.git("remote", "get-url", "origin") == remote


async def test_another_port_is_the_same_github(work: Any, folder: Path, credentials: Path) -> None:
    for port in (1, 2):
        assert await connect(folder, f"http://127.0.0.1:{port}/camp/bot.git", "camp", "x", credentials)
    assert await work.git("remote", "get-url", "origin") == "http://127.0.0.1:2/camp/bot.git"
    assert "127.0.0.1:1" not in (folder / ".git" / "config").read_text()


@pytest.mark.parametrize(
    "own", ["https://github.com/ada/bot.git", "git@github.com:ada/bot.git", "../bot.git", "http://["]
)
async def test_a_remote_of_the_learner_s_own_stays(work: Any, folder: Path, credentials: Path, own: str) -> None:
    await work.git("remote", "add", "origin", own)
    assert not await connect(folder, "http://127.0.0.1:1/camp/bot.git", "camp", "x", credentials)
    assert await work.git("remote", "get-url", "origin") == own


async def test_a_folder_without_git_is_left_alone(tmp_path: Path, credentials: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert not await connect(tmp_path / "plain", "http://127.0.0.1:1/camp/bot.git", "camp", "x", credentials)


async def test_an_empty_github_begins_with_what_the_folder_has(
    forge: Forge, repository: Repository, work: Any, folder: Path, credentials: Path, events: list[Event]
) -> None:
    await connect(folder, f"{forge.url}/camp/bot.git", "camp", forge.token, credentials)
    await take_first(repository, folder)
    assert (await repository.refs()) == {"refs/heads/main": await work.head()}
    assert "up to date" in await work.git("status")
    assert events == []
    await work.commit("Next")
    await take_first(repository, folder)
    await work.git("push")
    assert len(events) == 1
