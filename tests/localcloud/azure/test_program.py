"""The local Azure as `camp up` runs it: a process that the portal and `camp deploy` control with its token."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from autograder import project

from .conftest import BOT, HOST_JSON, bot, until

TOKEN = "t0ken"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
SECONDS_TO_START = 60.0


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What it writes down for others, once it answers."""
    app = tmp_path / "app"
    app.mkdir()
    for name, content in {"host.json": HOST_JSON, "function_app.py": BOT, "greeting.txt": "first"}.items():
        (app / name).write_text(content)
    settings = {"CAMP_AZURE_TOKEN": TOKEN, "CAMP_AZURE_APP_SETTINGS": json.dumps({"GREETED_BY": "camp"})}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "localcloud.azure", "--folder", str(tmp_path / "azure"), "--app", str(app)),
        *("--python", str(project.apps_python())),
        *(part for name in ("gate", "front", "staging", "admin") for part in (f"--{name}-port", "0")),
        env={**os.environ, **settings},
    )
    file = tmp_path / "azure" / "outside.json"

    async def answers() -> bool:
        return file.is_file() and not json.loads(file.read_text())["admin"].endswith(":0")

    await until(answers, SECONDS_TO_START)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    yield json.loads(file.read_text())
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_it_is_seen_and_controlled_with_its_token(outside: dict[str, Any]) -> None:
    admin = outside["admin"]
    async with aiohttp.ClientSession() as http:

        async def state() -> dict[str, Any]:
            async with http.get(f"{admin}/admin/state", headers=AUTHORIZED) as answer:
                return dict(await answer.json())

        async def word(slot: str) -> str:
            url = {one["name"]: one["url"] for one in (await state())["slots"]}[slot]
            async with http.get(f"{url}/api/hello") as answer:
                return await answer.text()

        async with http.get(f"{admin}/admin/state") as answer:
            assert answer.status == 401
        async with http.get(f"{admin}/healthz") as answer:
            assert answer.status == 200
        assert [await word(slot) for slot in ("production", "staging")] == ["first", "first"]
        url = f"{admin}/admin/deploy?slot=staging&by=portal&message=bot.zip"
        async with http.post(url, data=bot("second"), headers=AUTHORIZED) as answer:
            done = await answer.json()
            assert (done["ok"], done["by"], done["package"]) == (True, "portal", "bot.zip")
        async with http.post(f"{admin}/admin/swap", headers=AUTHORIZED) as answer:
            assert (await answer.json())["swap"]["by"] == "camp deploy"
        assert await word("production") == "second"
        async with http.post(f"{admin}/admin/deploy?slot=elsewhere", data=b"", headers=AUTHORIZED) as answer:
            assert (answer.status, "elsewhere" in (await answer.json())["error"]) == (400, True)
        async with http.get(f"{admin}/admin/deployments/{done['id']}", headers=AUTHORIZED) as answer:
            assert "function_app.py" in (await answer.json())["names"]
        slots = {one["name"]: one for one in (await state())["slots"]}
        assert slots["production"]["deployed"] == done["id"]
        assert "GREETED_BY" in slots["production"]["settings"]
        async with http.get(f"{admin}/admin/journal", headers=AUTHORIZED) as answer:
            assert "azure.swapped" in [entry["kind"] for entry in await answer.json()]


def test_others_learn_what_a_workflow_needs(outside: dict[str, Any]) -> None:
    assert set(outside["secrets"]) >= {"AZURE_CREDENTIALS", "AZURE_FUNCTIONAPP_PUBLISH_PROFILE"}
    assert set(outside["variables"]) >= {"FUNCTIONAPP_NAME", "RESOURCE_GROUP"}
    assert outside["environment"]["HTTPS_PROXY"] == f"http://127.0.0.1:{outside['ports'][0]}"
    assert Path(outside["files"][0]).read_text().startswith("-----BEGIN CERTIFICATE-----")
