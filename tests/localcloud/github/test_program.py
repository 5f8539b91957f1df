"""`python -m localcloud.github`, as `camp up` runs it."""

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from localcloud.cloud import Opened
from localcloud.github.service import SERVICE
from localcloud.loopback import free_port
from localcloud.registry import service

MOST_MEMORY = 60_000_000


@pytest.fixture
async def opened(tmp_path: Path, work: Any) -> Opened:
    await work.git("remote", "remove", "origin")
    return Opened(
        services=("portal", "github"),
        ports={"github": free_port(), "portal": 7070},
        secrets={"github_token": "ghp_" + "x" * 36},
        state=tmp_path / ".camp",
        app=work.folder.rename(work.folder.with_name("3-ship-it")),
        python=Path(sys.executable),
        prepared={"github": None},
    )


async def answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _try in range(900):
            try:
                async with session.get(url + "/healthz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("it does not answer")


@pytest.fixture
async def process(opened: Opened) -> AsyncIterator[asyncio.subprocess.Process]:
    outside = opened.state / "azure" / "outside.json"
    outside.parent.mkdir(parents=True)
    outside.write_text(json.dumps({"variables": {"FUNCTIONAPP_NAME": "bot"}, "secrets": {"AZURE_CLIENT_ID": "1"}}))
    [declared] = SERVICE.processes(opened)
    for folder in declared.folders:
        folder.mkdir(parents=True)
    running = await asyncio.create_subprocess_exec(
        *declared.argv, env={**os.environ, **declared.env}, stdin=asyncio.subprocess.PIPE
    )
    await answers(declared.url)
    yield running
    assert running.stdin
    running.stdin.close()
    assert await asyncio.wait_for(running.wait(), 20) == 0


async def test_the_folder_pushes_to_it(opened: Opened, work: Any, process: asyncio.subprocess.Process) -> None:
    work.folder = opened.app
    remote = opened.state / "github" / "remote.json"
    assert "up to date" in await work.git("status")
    facts = json.loads(remote.read_text())
    assert facts["repository"] == "camp/3-ship-it" and stat.S_IMODE(os.stat(remote).st_mode) == 0o600
    await work.commit("Second", {"greeting.txt": "ahoy\n"})
    await work.git("push")
    headers = {"Authorization": f"Bearer {facts['token']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        where = f"{facts['url']}/api/v3/repos/camp/3-ship-it"
        async with session.get(f"{where}/commits") as answer:
            assert [one["commit"]["message"] for one in await answer.json()] == ["Second", "First"]
        async with session.get(f"{where}/actions/variables") as answer:
            assert (await answer.json())["variables"] == [{"name": "FUNCTIONAPP_NAME", "value": "bot"}]
        for path, page in [
            ("", "repository"),
            ("/actions/runs/7", "runs?run=7"),
            ("/actions", "runs"),
            ("/pull/2/files", "repository?tab=pulls&pull=2"),
            ("/blob/main/a%20b/c.txt", "repository?branch=main&path=a+b/c.txt"),
            ("/commit/12345678", "repository?tab=commits&sha=12345678"),
        ]:
            async with session.get(f"{facts['url']}/camp/3-ship-it{path}", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, f"http://127.0.0.1:7070/{page}")
        for path in ("/camp/none", "/camp/3-ship-it/nothing", "/camp"):
            async with session.get(facts["url"] + path, allow_redirects=False) as answer:
                assert answer.status == 404
    used = psutil.Process(process.pid).memory_info().rss
    assert used <= MOST_MEMORY, used


def test_a_git_without_a_server_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text('#!/bin/sh\ntest "$1" = --version && echo git version 2.40.1 || echo /nowhere\n')
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = SERVICE.findings()[0]
    assert not finding.ok and "git-http-backend" in finding.seen
    (tmp_path / "git").unlink()
    finding = SERVICE.findings()[0]
    assert not finding.ok and "not found" in finding.seen


def test_the_service_gives_the_portal_what_it_needs(opened: Opened) -> None:
    assert service("github") is SERVICE
    options = SERVICE.portal(opened)
    assert options.environment["CAMP_GITHUB_REPOSITORY"] == "camp/3-ship-it"
    assert options.environment["CAMP_GITHUB_TOKEN"] == "ghp_" + "x" * 36
    assert SERVICE.data(opened.state) == opened.state / "github" / "repositories"
    assert SERVICE.secrets["github_token"]().startswith("ghp_") and SERVICE.settings(opened) == {}
    assert ("git", True) in [(finding.what, finding.ok) for finding in SERVICE.findings()]
    [process] = SERVICE.processes(opened)
    assert process.needs == () and "s3cret" not in " ".join(process.argv)
