"""Apps that are deployed in a run of checks: each has a cell of its own, and reaches the run's services alone."""

import io
import json
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from autograder import project
from autograder.private import PrivateCloud
from autograder.sandbox import Sandbox
from localcloud.azure.azure import Azure
from localcloud.registry import service
from localcloud.resources.local.subscription import Subscription

from ...localcloud.resources.conftest import Ids
from .conftest import LOOKING_APP

MARK = "open('/tmp/mark', 'x').close()\nresult = 'first here'"
CALL = """
import os, urllib.request
address = os.environ["SLACK_API_URL"] + "api.test"
result = urllib.request.urlopen(urllib.request.Request(address, b""), timeout=5).read().decode()
"""
CONNECT = "import socket\nresult = socket.create_connection(('127.0.0.1', {port}), 2) and 'connected'"


@pytest.fixture
async def cloud(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[PrivateCloud]:
    async with AsyncExitStack() as stack:
        cloud = PrivateCloud("seed", stack, tmp_path / "tmp", sandbox=sandbox)
        await cloud.start(("slack",), {"slack": service("slack").prepare({})})
        yield cloud


@pytest.fixture
async def azure(cloud: PrivateCloud, tmp_path: Path) -> AsyncIterator[Azure]:
    azure = Azure(
        tmp_path, cloud.journal, random.Random(1), project.apps_python(),
        settings=lambda: cloud.settings, launcher_for=cloud.launcher_for, fast=True,
    )  # fmt: skip
    await azure.start()
    yield azure
    await azure.stop()


def app(**more: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {
            "host.json": b'{"version": "2.0"}',
            "function_app.py": LOOKING_APP.encode(),
            **more,
        }.items():
            archive.writestr(name, content)
    return target.getvalue()


async def look(azure: Azure, code: str, slot: str = "staging") -> Any:
    url = azure.site.slot(slot).url + "/api/look"
    async with aiohttp.ClientSession() as http, http.post(url, data=code) as answer:
        return json.loads(await answer.text())


async def test_each_deployment_has_a_cell_of_its_own(cloud: PrivateCloud, azure: Azure) -> None:
    for slot in ("staging", "production", "staging"):
        deployment = await azure.site.slot(slot).deploy(app(), "a test")
        assert (deployment.status_text, deployment.errors) == ("", [])
        assert await look(azure, MARK, slot) == {"result": "first here"}
    assert (await look(azure, MARK))["error"] == "FileExistsError"
    assert len(cloud.cells) == 3
    await azure.swap("staging", "production")
    assert (await look(azure, MARK, "production"))["error"] == "FileExistsError"


async def test_a_deployed_app_reaches_the_services_of_its_run_and_nothing_else(azure: Azure) -> None:
    await azure.site.slot("staging").deploy(app(), "a test")
    assert json.loads((await look(azure, CALL))["result"])["ok"] is True
    for port in (azure.gate_port, int(azure.site.slot("production").url.rpartition(":")[2])):
        assert (await look(azure, CONNECT.format(port=port)))["error"] == "ConnectionRefusedError"
    known = str(azure.folder)
    assert (await look(azure, f"import os; result = os.listdir({known!r})"))["error"] == "FileNotFoundError"


async def test_an_app_that_is_too_large_for_a_cell_is_not_deployed(azure: Azure) -> None:
    deployment = await azure.site.slot("staging").deploy(app(**{"big.bin": bytes(30_000_000)}), "a test")
    assert (deployment.ok, "more than 20 MB" in deployment.status_text) == (False, True)
    assert azure.changes == []


async def test_an_app_that_was_applied_reaches_its_accounts_and_nobody_who_applies(cloud: PrivateCloud) -> None:
    subscription = await Subscription.start(
        None, random.Random(1), cloud.journal, project.apps_python(),
        launcher_for=cloud.launcher_for, fast=True, opened=cloud.passage_of_deployed,
    )  # fmt: skip
    cloud.stack.push_async_callback(subscription.stop)
    ids = Ids(subscription.model)
    for id, body in ids.bodies().items():
        if not id.startswith(ids.storage):
            await subscription.model.put(id, body)
    await subscription.deploy("func-campdev", app())

    async def seen(code: str) -> Any:
        url = subscription.app_url("func-campdev") + "/api/look"
        async with aiohttp.ClientSession() as http, http.post(url, data=code) as answer:
            return json.loads(await answer.text())

    account = int(subscription.effects.cosmos.endpoint("cosmos-campdev").rpartition(":")[2])
    assert (await seen(CONNECT.format(port=account)))["result"] == "connected"
    (gate,) = subscription.outside().ports
    for port in (gate, int(subscription.server.url.rpartition(":")[2])):
        assert (await seen(CONNECT.format(port=port)))["error"] == "ConnectionRefusedError"
    found = (await seen("import os; result = '\\n'.join(os.environ.values())"))["result"]
    assert subscription.server.token not in found and subscription.known.client_secret not in found
