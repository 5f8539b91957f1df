import asyncio
import inspect
import json
import textwrap
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from autograder import project
from localcloud.functions.host import FunctionsHost
from localcloud.storage import Azurite

HEAD = "import azure.functions as func\napp = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n"


class Running:
    """A host with an app, and a client."""

    def __init__(self, host: FunctionsHost, http: aiohttp.ClientSession) -> None:
        self.host = host
        self.http = http

    async def ask(self, path: str, method: str = "GET", **options: Any) -> tuple[int, bytes, Any]:
        """Status, body and headers."""
        async with self.http.request(method, self.host.url + path, **options) as answer:
            return answer.status, await answer.read(), answer.headers

    async def text(self, path: str, method: str = "GET", **options: Any) -> str:
        status, body, _headers = await self.ask(path, method, **options)
        assert status == 200, (status, body, list(self.host.log.lines))
        return body.decode()

    @property
    def lines(self) -> str:
        return "\n".join(self.host.log.lines)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [entry.facts for entry in self.host.journal.entries if entry.kind == kind]


RunApp = Callable[..., Awaitable[Running]]


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Waits until a condition (a function, or a coroutine function) is true; what it waits for happens elsewhere."""

    async def wait(condition: Callable[[], Any], seconds: float = 20) -> None:
        async def look() -> None:
            while True:
                found = condition()
                if await found if inspect.isawaitable(found) else found:
                    return
                await asyncio.sleep(0.01)

        await asyncio.wait_for(look(), seconds)

    return wait


def write_app(folder: Path, code: str, files: dict[str, str] | None = None, host_json: Any = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function_app.py").write_text(code, encoding="utf-8")
    (folder / "host.json").write_text(json.dumps(host_json or {"version": "2.0"}))
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
async def run_app(tmp_path: Path) -> AsyncIterator[RunApp]:
    """`await run_app(code, ...)`: code after the usual two lines (`head=False`: all of it) on a host of its own."""
    made: list[Running] = []

    async def run(
        code: str,
        *,
        head: bool = True,
        files: dict[str, str] | None = None,
        host_json: Any = None,
        settings: dict[str, str] | None = None,
        below: str = "",
        **options: Any,
    ) -> Running:
        folder = tmp_path / below / f"app é {len(made)}"
        write_app(folder, (HEAD if head else "") + textwrap.dedent(code), files, host_json)
        host = FunctionsHost(folder, settings=settings or {}, python=project.apps_python(), **options)
        http = aiohttp.ClientSession()
        made.append(Running(host, http))
        await host.start()
        return made[-1]

    yield run
    for one in made:
        await one.http.close()
        await one.host.stop()


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The connection string of an Azurite of this test process."""
    with Azurite(memory=True) as azurite:
        yield azurite.connection_string()


@pytest.fixture
def queue(storage: str) -> Iterator[Callable[[str], QueueClient]]:
    """The SDK's client of a queue."""
    made: list[QueueClient] = []

    def client(name: str) -> QueueClient:
        made.append(QueueClient.from_connection_string(storage, name, message_encode_policy=TextBase64EncodePolicy()))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def container(storage: str) -> Iterator[ContainerClient]:
    """The SDK's client of a container of the test's own, which is there."""
    with ContainerClient.from_connection_string(storage, f"c{uuid.uuid4().hex[:12]}") as client:
        client.create_container()
        yield client


@pytest.fixture
def table(storage: str) -> Iterator[TableClient]:
    """The SDK's client of a table of the test's own, which is not there yet."""
    with TableClient.from_connection_string(storage, f"T{uuid.uuid4().hex[:12]}") as client:
        yield client
