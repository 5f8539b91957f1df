"""`camp github`, with a GitHub that runs."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from autograder import localcamp, project
from autograder.cli.github import github
from localcloud.github.forge import Forge
from localcloud.github.repository import Repository
from localcloud.journal import Journal


@pytest.fixture
async def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Repository]:
    forge = Forge(tmp_path / "forge", Journal(), random.Random(1))
    await forge.start()
    facts = {
        "url": forge.url,
        "repository": "camp/bot",
        "remote": f"{forge.url}/camp/bot.git",
        "token": forge.token,
    }
    (tmp_path / "github").mkdir()
    (tmp_path / "github" / "remote.json").write_text(json.dumps(facts))
    monkeypatch.setattr(project, "state", lambda: tmp_path)
    entries = {"github": SimpleNamespace(alive=True)}
    monkeypatch.setattr(localcamp, "ledger", lambda: SimpleNamespace(entries=lambda: entries))
    yield forge.create("bot")
    await forge.stop()


async def typed(*arguments: str, code: int = 0, **given: Any) -> str:
    """What it prints."""
    result = await asyncio.to_thread(CliRunner().invoke, github, arguments, **given)
    assert result.exit_code == code, result.output
    return result.output


async def test_it_prints_the_remote_and_the_token(repository: Repository) -> None:
    said = await typed()
    assert "camp/bot.git" in said and "ghp_" in said


async def test_a_pull_request_from_opening_to_merging(repository: Repository) -> None:
    await repository.commit("main", {"a": b"1\n"}, "x")
    assert "No pull request is open" in await typed("pr")
    assert "no branch side" in await typed("pr", "open", "--head", "side", code=2)
    await repository.commit("side", {"a": b"2\n"}, "y")
    assert "#1  open  side -> main  Two" in await typed("pr", "open", "--head", "side", "--title", "Two")
    assert "a  +1 -1" in await typed("pr", "view", "1")
    assert "Merged as" in await typed("pr", "merge", "1")
    assert "#1  merged" in await typed("pr", "--all")
    assert "not open" in await typed("pr", "merge", "1", code=2)
    assert "no pull request 7" in await typed("pr", "view", "7", code=2)


async def test_a_conflict_is_said(repository: Repository) -> None:
    await repository.commit("main", {"a": b"1\n"}, "x")
    await repository.commit("side", {"a": b"2\n"}, "y")
    await repository.commit("main", {"a": b"3\n"}, "z")
    assert "conflicts with main" in await typed("pr", "open", "--head", "side")
    assert "Conflicts in a." in await typed("pr", "view", "1")
    assert "#1  closed" in await typed("pr", "close", "1")


async def test_secrets_variables_and_approval(repository: Repository) -> None:
    await typed("secret", "set", "API_KEY", input="s3cret\n")
    await typed("secret", "set", "API_KEY", "other", "--env", "staging")
    assert (await typed("secret", "list")).split() == ["API_KEY"]
    assert repository.secrets == {"API_KEY": "s3cret"}
    assert repository.environment("staging").secrets == {"API_KEY": "other"}
    for value in ("1", "2"):
        await typed("variable", "set", "App", value)
    assert await typed("variable", "list") == "APP=2\n"
    await typed("approval", "production", "on")
    assert repository.environment("production").approval
    await typed("variable", "delete", "APP")
    await typed("secret", "delete", "API_KEY")
    assert "begin with a digit" in await typed("secret", "set", "1x", "v", code=2)


async def test_without_runs_it_is_said(repository: Repository) -> None:
    assert "No workflows run here" in await typed("runs", code=2)


async def test_no_github_no_answer(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localcamp, "ledger", lambda: SimpleNamespace(entries=dict))
    assert "camp up --lab NUMBER" in await typed("pr", code=3)
