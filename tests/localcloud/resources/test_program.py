"""A subscription as `camp up` runs it: a process that keeps what was applied and deployed, also when it is killed."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from autograder import project
from localcloud.loopback import free_port

from .test_subscription import bot, said, until

TOKEN = "t0ken"
INPUTS = {"SLACK_BOT_TOKEN": "xoxb-very-secret"}
SECONDS_TO_START = 60.0


class Program:
    """The process, and what it writes down for others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port() for _number in range(3)]
        self.process: asyncio.subprocess.Process | None = None
        self.outside: dict[str, Any] = {}

    async def start(self) -> None:
        file = self.folder / "outside.json"
        file.unlink(missing_ok=True)
        names = ("provider", "gate", "app")
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "localcloud.resources", "--folder", str(self.folder)),
            *("--python", str(project.apps_python())),
            *(part for name, port in zip(names, self.ports, strict=True) for part in (f"--{name}-port", str(port))),
            env={**os.environ, "CAMP_RESOURCES_TOKEN": TOKEN, "CAMP_RESOURCES_INPUTS": json.dumps(INPUTS)},
        )

        async def answers() -> bool:
            return file.is_file()

        await until(answers, SECONDS_TO_START)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        self.outside = json.loads(file.read_text())

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.outside['token']}"}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.outside["url"] + path, headers=headers, **more) as answer,
        ):
            return answer.status, await answer.json() if answer.content_type == "application/json" else None


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    found = Program(tmp_path / "tofu")
    await found.start()
    yield found
    assert found.process
    if found.process.returncode is None:
        found.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(found.process.wait(), 20) == 0


async def test_what_was_applied_and_deployed_survives_a_kill(program: Program, ids_of: Callable[..., Any]) -> None:
    _status, me = await program.ask("GET", "/me")
    ids = ids_of(SimpleNamespace(subscription=me["subscriptionId"], tenant=me["tenantId"]))
    for id, body in ids.bodies().items():
        assert (await program.ask("PUT", id, json=body))[0] == 201
    _status, keys = await program.ask("POST", f"{ids.storage}/listKeys")
    called = f"http://127.0.0.1:{program.ports[2]}/api/hello"
    async with aiohttp.ClientSession() as http:
        assert "No function app" in await said(http, called)
        status, done = await program.ask("POST", "/deployments?app=func-campdev", data=bot("good morning"))
        assert (status, done["ok"], done["errors"]) == (200, True, [])
        assert [await said(http, url) for url in (called, done["url"] + "/api/hello")] == ["good morning"] * 2
        _status, account = await program.ask("GET", ids.storage)
        await program.kill()
        await program.start()
        assert await said(http, called) == "good morning"
        assert (await program.ask("GET", ids.queue))[0] == 200
        assert (await program.ask("POST", f"{ids.storage}/listKeys"))[1] == keys
        assert (await program.ask("GET", ids.storage))[1] == account
        for name in ("CAMP_RESOURCES_TOKEN", "CAMP_RESOURCES_INPUTS", "SLACK_BOT_TOKEN"):
            assert await said(http, f"{done['url']}/api/setting/{name}") == "-"


async def test_an_app_that_there_is_not_is_named(program: Program) -> None:
    status, answer = await program.ask("POST", "/deployments?app=func-none", data=b"")
    assert (status, "func-none" in answer["error"]["message"]) == (404, True)


async def test_a_second_one_on_the_same_folder_says_why_not(program: Program) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "localcloud.resources", "--folder", str(program.folder), "--python", "python"),
        *("--provider-port", "0", "--gate-port", "0", "--app-port", "0"),
        stderr=asyncio.subprocess.PIPE,
    )
    _out, error = await process.communicate()
    assert process.returncode == 1
    assert "in use by another camp" in error.decode()


def test_others_learn_what_an_apply_needs(program: Program) -> None:
    assert program.outside["inputs"] == INPUTS
    assert program.outside["environment"]["HTTPS_PROXY"] == f"http://127.0.0.1:{program.ports[1]}"
    assert set(program.outside["credentials"]) == {"clientId", "clientSecret", "tenantId", "subscriptionId"}
