"""`camp deploy` speaks to the Azure of the camp that is open."""

import asyncio
import io
import json
import os
import random
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner, Result

from autograder import localcamp, project
from autograder.cli import camp
from localcloud.azure.admin import application
from localcloud.azure.azure import Azure
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.serving import Server
from localcloud.supervisor.ledger import Entry, Ledger, born

APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello")
"""


async def plain(_folder: Path) -> Launcher:
    return PLAIN


@pytest.fixture
async def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Azure]:
    """One that runs in this process, of a camp that is open."""
    state = tmp_path / ".camp"
    state.mkdir()
    monkeypatch.setattr(project, "state", lambda: state)
    azure = Azure(
        state / "azure", Journal(), random.Random(1), project.apps_python(),
        settings=dict, launcher_for=plain, fast=True,
    )  # fmt: skip
    await azure.start()
    token = localcamp.keys(state, lambda _text: None)["azure_token"]
    server = Server(application(azure, token))
    await server.start()
    (state / "azure" / "outside.json").write_text(json.dumps({"admin": server.url}))
    ledger = Ledger(tmp_path / "services.json")
    ledger.write([Entry("azure", os.getpid(), server.url, "ready", born(os.getpid()) or 0.0)], {})
    monkeypatch.setattr(localcamp, "ledger", lambda: ledger)
    yield azure
    await server.stop()
    await azure.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An app, with what does not belong into a package."""
    folder = tmp_path / "app"
    files = {
        "host.json": '{"version": "2.0"}', "function_app.py": APP, "local.settings.json": "{}", ".git/config": "token",
        "tests/test_app.py": "", "notes.ipynb": "{}", ".funcignore": "# not deployed\ntests\n*.md\n", "README.md": "",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, camp, ["deploy", *arguments])


async def hello(azure: Azure, slot: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(azure.site.slot(slot).url + "/api/hello") as answer:
        return answer.status


async def test_a_folder_goes_to_production(azure: Azure, folder: Path) -> None:
    result = await run(str(folder))
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Deployment successful.")
    assert await hello(azure, "production") == 200
    [deployment] = azure.site.slot("production").deployments
    assert deployment.files == [".funcignore", "function_app.py", "host.json"]
    assert deployment.by == "camp deploy"


async def test_a_zip_file_goes_to_staging(azure: Azure, tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", APP)
    (tmp_path / "app.zip").write_bytes(target.getvalue())
    assert (await run(str(tmp_path / "app.zip"), "--slot", "staging")).exit_code == 0
    assert [await hello(azure, slot) for slot in ("staging", "production")] == [200, 404]


async def test_a_typo_takes_production_down_and_is_named(azure: Azure, folder: Path) -> None:
    await run(str(folder))
    (folder / "function_app.py").write_text(APP + "\napp = (\n")
    result = await run(str(folder))
    assert result.exit_code == 1
    assert "function_app.py, line" in result.output
    assert "production does not answer any more" in result.output
    assert await hello(azure, "production") == 404


async def test_what_is_no_package_leaves_production_as_it_was(azure: Azure, folder: Path, tmp_path: Path) -> None:
    await run(str(folder))
    (tmp_path / "app.zip").write_bytes(b"no zip")
    result = await run(str(tmp_path / "app.zip"))
    assert result.exit_code == 1
    assert "not a zip file" in result.output
    assert "production is as it was" in result.output
    assert await hello(azure, "production") == 200


async def test_it_says_so_while_something_else_is_deployed(azure: Azure, folder: Path) -> None:
    azure.site.slot("production").begin("somebody")
    result = await run(str(folder))
    assert result.exit_code == 3
    assert "under way" in result.output


def test_without_an_open_camp_it_says_how_to_open_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localcamp, "ledger", lambda: Ledger(tmp_path / "none.json"))
    result = CliRunner().invoke(camp, ["deploy", str(folder)])
    assert result.exit_code == 3
    assert "camp up --lab" in result.output
