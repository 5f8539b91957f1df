"""A portal in this process, with a host, a workspace and an engine whose faults it injects."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio

from autograder import project
from localcloud.engine.engine import Engine
from localcloud.functions.host import FunctionsHost
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.serving import Server

APP = """
import json, os, urllib.request
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("ask")
def ask(req: func.HttpRequest) -> str:
    body = json.dumps({"topic": "cats"}).encode()
    with urllib.request.urlopen(os.environ["REPORT_ENGINE_URL"] + "/reports", body, timeout=15) as answer:
        return answer.read().decode()


@app.queue_trigger("message", "portal-faults", "AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None: ...
"""
TOKEN = "engine-t0ken"


@dataclass
class Cloud:
    url: str
    host: FunctionsHost
    engine: Engine
    http: aiohttp.ClientSession

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        sent = self.http.post(f"{self.url}/api/{path}", json=body or {}, headers={"X-Camp": "1"})
        async with sent as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.url}/api/{path}") as answer:
            assert answer.status == 200
            return await answer.json()

    async def source(self, of: str) -> Any:
        return next(one for one in await self.get("faults/all") if one["of"] == of)


@pytest_asyncio.fixture(loop_scope="session")
async def cloud(tmp_path: Path, connection: str) -> AsyncIterator[Cloud]:
    engine = Engine(rng=random.Random(1), admin_token=TOKEN)
    await engine.start()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "function_app.py").write_text(APP)
    (tmp_path / "app" / "host.json").write_text(json.dumps({"version": "2.0"}))
    settings = {"AzureWebJobsStorage": connection, "REPORT_ENGINE_URL": engine.url}
    host = FunctionsHost(tmp_path / "app", settings=settings, python=project.apps_python(), fast=True)
    await host.start()
    settings = {**settings, "CAMP_ENGINE_TOKEN": TOKEN, "CAMP_FUNCTIONS_URL": host.url}
    server = Server(application(Connections(settings, tmp_path)))
    await server.start()
    async with aiohttp.ClientSession() as http:
        yield Cloud(server.url, host, engine, http)
    await server.stop()
    await host.stop()
    await engine.stop()
    await asyncio.sleep(0)
