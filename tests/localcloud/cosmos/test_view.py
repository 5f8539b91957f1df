import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from autograder.camp import Camp
from autograder.environment import Environment
from autograder.lab import find_lab
from localcloud.cloud import NotAsExpected
from localcloud.cosmos.emulator import EMULATOR_KEY
from localcloud.cosmos.view import Cosmos
from localcloud.functions.bindings.cosmos_names import parts_of

APP = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="store/{channel}")
@app.cosmos_db_output("out", "CosmosDbConnection", "camp", "messages")
def store(req: func.HttpRequest, out: func.Out[func.Document]) -> str:
    channel = req.route_params["channel"]
    out.set(func.Document.from_dict({"id": channel + ":1", "channel": channel}))
    return os.environ["CosmosDbConnection"]

@app.route(route="count/{channel}")
@app.cosmos_db_input("found", "CosmosDbConnection", "camp", "counters", id="{channel}", partition_key="{channel}")
def count(req: func.HttpRequest, found: func.DocumentList) -> str:
    return str(found[0]["count"])
"""
SETTINGS = '{"IsEncrypted": false, "Values": {"CosmosDbConnection": "AccountEndpoint=http://x/;AccountKey=eA==;"}}'


@pytest.fixture
async def camp(tmp_path: Path) -> AsyncIterator[Camp]:
    """The view of a check on a lab that needs Cosmos DB, with an app that stores documents."""
    (tmp_path / "function_app.py").write_text(APP)
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "local.settings.json").write_text(SETTINGS)
    lab = find_lab("2")
    environment = await Environment.start(lab, tmp_path, "seed")
    yield environment.camp(random.Random(1))
    await environment.stop()


async def test_a_check_sees_the_documents_of_its_own_account(camp: Camp) -> None:
    answer = await camp.get("/api/store/general")
    assert answer.text == f"AccountEndpoint={parts_of(answer.text)['accountendpoint']};AccountKey={camp[Cosmos].key};"
    assert camp[Cosmos].key != EMULATOR_KEY and "http://x" not in answer.text
    assert await camp[Cosmos].until("messages", 1) == [{"id": "general:1", "channel": "general"}]
    assert camp[Cosmos].all("messages", channel="random") == [] == camp[Cosmos].all("reports")
    assert camp[Cosmos].get("messages", "general:1") and camp[Cosmos].get("messages", "other:1") is None


async def test_a_check_puts_a_document_that_the_app_reads(camp: Camp) -> None:
    await camp[Cosmos].put("counters", {"id": "general", "count": 7})
    assert (await camp.get("/api/count/general")).text == "7"


async def test_a_document_that_never_comes_fails_the_check(camp: Camp) -> None:
    with pytest.raises(NotAsExpected, match="camp/messages holds 0 of 1 documents"):
        await camp[Cosmos].until("messages", 1, seconds=0.05)


async def test_a_container_that_is_gone_is_not_as_expected_whatever_is_asked_of_it(camp: Camp) -> None:
    cosmos = camp[Cosmos]
    for asked in (cosmos.all, cosmos.count, cosmos.version):
        with pytest.raises(NotAsExpected, match="There is no container camp/nowhere any more"):
            asked("nowhere")
    for waited_for in (
        cosmos.put("nowhere", {"id": "1"}),
        cosmos.fill("nowhere", [{"id": "1"}]),
        cosmos.consumption("nowhere"),
        cosmos.until("nowhere", 1),
    ):
        with pytest.raises(NotAsExpected, match="There is no container camp/nowhere any more"):
            await waited_for
