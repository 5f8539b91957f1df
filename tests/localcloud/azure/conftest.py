import asyncio
import io
import random
import ssl
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from localcloud.azure import resources
from localcloud.azure.azure import Azure
from localcloud.azure.credentials import publish_user
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal

HOST_JSON = '{"version": "2.0"}'
BOT = """
import os
from pathlib import Path
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
WORD = (Path(__file__).parent / "greeting.txt").read_text(encoding="utf-8").strip()


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(WORD)


@app.route(route="setting/{name}")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.route_params["name"], "-"))
"""


def bot(word: str, **more: str) -> bytes:
    """The package of an app that answers with a word."""
    files = {
        "host.json": HOST_JSON,
        "function_app.py": BOT,
        "greeting.txt": word,
        "requirements.txt": "azure-functions",
    }
    return package({**files, **more})


def package(files: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


async def plain(_folder: Path) -> Launcher:
    return PLAIN


def made(folder: Path, seed: int = 1, **settings: str) -> Azure:
    from autograder import project

    given = {"GREETED_BY": "camp", **settings}
    return Azure(
        folder, Journal(), random.Random(seed), project.apps_python(),
        settings=lambda: given, launcher_for=plain, fast=True,
    )  # fmt: skip


@pytest.fixture
async def azure(tmp_path: Path) -> AsyncIterator[Azure]:
    azure = made(tmp_path / "azure")
    await azure.start()
    yield azure
    await azure.stop()


Answer = tuple[int, Any, Mapping[str, str]]


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    for _number in range(int(seconds / 0.02)):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to be")


class Client:
    """What a job in a workflow can do: requests through the gate, with the authority trusted."""

    def __init__(self, http: aiohttp.ClientSession, azure: Azure) -> None:
        self._http = http
        self._azure = azure
        self._context = ssl.create_default_context(cafile=str(azure.authority))
        self.token = ""

    async def ask(self, method: str, url: str, **more: Any) -> Answer:
        """Status, JSON or text, and headers."""
        proxy = self._azure.outside().environment["HTTPS_PROXY"]
        async with self._http.request(method, url, proxy=proxy, ssl=self._context, **more) as answer:
            found = await (answer.json() if answer.content_type == "application/json" else answer.text())
            return answer.status, found, answer.headers

    async def kudu(
        self, method: str, path: str, slot: str = "staging", as_slot: str | None = None, **more: Any
    ) -> Answer:
        """With the publish profile of the slot (or that of `as_slot`), unless headers are given."""
        one, user = self._azure.site.slot(slot), self._azure.site.slot(as_slot or slot)
        known = basic(publish_user(user), self._azure.known.publish_passwords[user.name])
        return await self.ask(method, f"https://{one.scm_host_name}{path}", **{"headers": known, **more})

    async def sign_in(self, **fields: str) -> tuple[int, Any]:
        known = self._azure.credentials()
        form = {
            "client_id": known["clientId"], "grant_type": "client_credentials", "client_info": "1",
            "scope": "https://management.core.windows.net//.default", "client_secret": known["clientSecret"], **fields,
        }  # fmt: skip
        form = {name: value for name, value in form.items() if value}
        url = f"https://login.microsoftonline.com/{known['tenantId']}/oauth2/v2.0/token"
        status, found, _headers = await self.ask("POST", url, data=form)
        self.token = found.get("access_token", "")
        return status, found

    async def arm(self, method: str, path: str, **more: Any) -> Answer:
        """With the token; `path` may be below the app's."""
        if not path.startswith("/subscriptions"):
            path = resources.id_of(self._azure.site.slot("production"), self._azure.known) + path
        mark = "&" if "?" in path else "?"
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"https://management.azure.com{path}{mark}api-version=2024-11-01"
        return await self.ask(method, url, headers=headers, **more)

    async def word(self, slot: str = "production") -> str:
        _status, text, _headers = await self.ask("GET", f"https://{self._azure.site.slot(slot).host_name}/api/hello")
        return str(text)


@pytest.fixture
async def client(azure: Azure) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, azure)
