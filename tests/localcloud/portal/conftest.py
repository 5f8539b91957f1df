import asyncio
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from autograder import project
from localcloud.cosmos.emulator import EMULATOR_KEY
from localcloud.functions.host import FunctionsHost
from localcloud.storage import Azurite

HERE = Path(__file__).parent
TOKEN = "xoxb-portal-test"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
BOT = """
import json
import logging
import os
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    event = req.get_json()["event"]
    if event["type"] == "app_mention":
        logging.info("mentioned with %s", event["text"])
        answer = {"channel": event["channel"], "text": "*Hello*, <@%s>!" % event["user"]}
        if event.get("thread_ts"):
            answer["thread_ts"] = event["thread_ts"]
        head = {"Authorization": "Bearer " + os.environ["SLACK_BOT_TOKEN"], "Content-Type": "application/json",
                "traceparent": req.headers["traceparent"]}
        url = os.environ["SLACK_API_URL"] + "chat.postMessage"
        with urlopen(Request(url, json.dumps(answer).encode(), head)) as reply:
            assert json.load(reply)["ok"]
    return func.HttpResponse("")


@app.route(route="slack/commands", methods=["POST"])
def commands(req: func.HttpRequest) -> func.HttpResponse:
    form = parse_qs(req.get_body().decode())
    if form["command"] == ["/count"]:
        raise ValueError("I cannot count")
    text = "report on " + form.get("text", ["nothing"])[0]
    return func.HttpResponse(json.dumps({"text": text}), mimetype="application/json")
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests of this folder, so that they can share a browser."""
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Portal:
    """A portal process; its host comes and goes."""

    url: str
    slack_url: str
    functions_port: int
    process: subprocess.Popen[bytes]
    http: aiohttp.ClientSession
    journal: Path
    storage: str
    cosmos: str

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        heads = {"X-Camp": "1"} if headers is None else headers
        async with self.http.post(self.url + path, data=io.BytesIO(content), headers=heads) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
        async with self.http.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers

    async def json(self, path: str) -> Any:
        status, content, _headers = await self.get(path)
        assert status == 200, content
        return json.loads(content)

    async def state(self) -> Any:
        return json.loads((await self.get("api/state"))[1])

    async def restart(self) -> None:
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 10)
        assert self.process.stdin
        self.process.stdin.close()
        port, slack = (int(url.split(":")[2].split("/")[0]) for url in (self.url, self.slack_url))
        self.process = start(port, slack, self.functions_port, self.journal, self.storage, self.cosmos)
        await self.answers()

    async def answers(self) -> None:
        for _try in range(200):
            try:
                if (await self.get("healthz"))[0] == 200:
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


def start(port: int, slack: int, functions: int, journal: Path, storage: str, cosmos: str) -> subprocess.Popen[bytes]:
    """A portal process on these ports."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "localcloud.portal", "--port", str(port), "--slack-port", str(slack)),
            *("--functions-url", f"http://127.0.0.1:{functions}", "--journal-dir", str(journal)),
        ],
        stdin=subprocess.PIPE,
        env={
            **os.environ,
            "CAMP_SLACK_BOT_TOKEN": TOKEN,
            "AzureWebJobsStorage": storage,
            "CosmosDbConnection": cosmos,
            "PYTHONUNBUFFERED": "1",
        },
    )


@pytest.fixture(scope="session")
def connection() -> Iterator[str]:
    """The connection string of an Azurite of this test process."""
    with Azurite(memory=True) as azurite:
        yield azurite.connection_string()


class Cosmos:
    """An emulator in a process of its own, in memory: it comes back empty on its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}/"
        self.connection = f"AccountEndpoint={self.endpoint};AccountKey={EMULATOR_KEY};"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "localcloud.cosmos", "--memory", "--lifeline", "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for _try in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


Running = tuple[subprocess.Popen[bytes], tuple[int, int, int], Path]


@pytest.fixture(scope="session")
def cosmos() -> Iterator[Cosmos]:
    """The emulator of this test process."""
    running = Cosmos()
    yield running
    running.stop()


@pytest.fixture
def own_cosmos() -> Iterator[Cosmos]:
    """One for a single test, which may stop it; it comes back on its port."""
    running = Cosmos()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, connection: str, cosmos: Cosmos) -> Iterator[Running]:
    """A portal's process, its ports (pages, Slack, functions) and its journal, for tests that leave it alone."""
    ports, journal = (free_port(), free_port(), free_port()), tmp_path_factory.mktemp("journal")
    process = start(*ports, journal, connection, cosmos.connection)
    yield process, ports, journal
    process.terminate()
    assert process.stdin
    process.stdin.close()
    process.wait(10)


@pytest_asyncio.fixture(loop_scope="session")
async def shared(running: Running, connection: str, cosmos: Cosmos) -> AsyncIterator[Portal]:
    """The portal of this test process."""
    process, (port, slack, functions), journal = running
    async with aiohttp.ClientSession() as http:
        url, slack_url = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{slack}/api/"
        made = Portal(url, slack_url, functions, process, http, journal, connection, cosmos.connection)
        await made.answers()
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def portal(tmp_path: Path, connection: str, cosmos: Cosmos) -> AsyncIterator[Portal]:
    port, slack, functions = free_port(), free_port(), free_port()
    journal = tmp_path / "journal"
    process = start(port, slack, functions, journal, connection, cosmos.connection)
    async with aiohttp.ClientSession() as http:
        url, slack_url = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{slack}/api/"
        made = Portal(url, slack_url, functions, process, http, journal, connection, cosmos.connection)
        await made.answers()
        yield made
    made.process.terminate()
    assert made.process.stdin
    made.process.stdin.close()
    try:
        assert made.process.wait(10) == 0
    finally:
        made.process.kill()


RunBot = Callable[..., Awaitable[FunctionsHost]]


@pytest_asyncio.fixture(loop_scope="session")
async def run_bot(portal: Portal, tmp_path: Path) -> AsyncIterator[RunBot]:
    """`await run_bot()`: a host with the bot, where the portal looks for it."""
    hosts: list[FunctionsHost] = []

    async def run(code: str = BOT, visibility: str = "00:00:00", **options: Any) -> FunctionsHost:
        folder = tmp_path / f"app {len(hosts)}"
        folder.mkdir()
        (folder / "function_app.py").write_text(code)
        queues = {"visibilityTimeout": visibility, "maxPollingInterval": "00:00:01"}
        (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"queues": queues}}))
        settings = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": portal.slack_url, "AzureWebJobsStorage": portal.storage}
        options = {"enforce_keys": False, **options}
        host = FunctionsHost(
            folder, settings=settings, python=project.apps_python(), port=portal.functions_port, **options
        )
        hosts.append(host)
        await host.start()
        return host

    yield run
    for host in hosts:
        await host.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this test process."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The browser, in which nothing of an earlier test is left."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose script errors and CSP violations fail the test."""
    opened = await browser.new_page(viewport={"width": 1280, "height": 800})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    await opened.close()
    assert wrong == []
