"""What holds of every run, whatever services a lab has."""

import ast
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from autograder.lab import Lab, find_lab
from autograder.private import PrivateCloud
from autograder.sandbox import bubble
from localcloud.registry import SERVICES, service

ROOT = Path(__file__).parents[3]
MANY = ("slack", "cosmos", "storage", "engine", "aws")
SAME_FOR_ALL = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # moto takes any; each run has an account of its own
TELL = """
import os, urllib.request, urllib.error
def asked(url, method="GET"):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
def root(url):
    return "/".join(url.split("/")[:3])
parts = dict(part.split("=", 1) for part in os.environ["CosmosDbConnection"].split(";") if part)
places = parts["AccountEndpoint"], os.environ["REPORT_ENGINE_URL"], os.environ["AWS_ENDPOINT_URL"]
cosmos, engine, aws = map(root, places)
result = {
    "cosmos": [asked(f"{cosmos}/_camp/{what}") for what in ("heat", "consumption", "clock")],
    "engine": [asked(f"{engine}/admin/state"), asked(f"{engine}/admin/faults/down", "POST")],
    "aws": [asked(f"{aws}/moto-api/reset", "POST"), asked(f"{aws}/moto-api/data.json")],
    "there": [asked(cosmos), asked(engine), asked(aws)],
}
"""


@pytest.fixture
def lab() -> Lab:
    """One with many services."""
    return find_lab("4")


async def settings_of(seed: str, temporary: Path) -> dict[str, str]:
    async with AsyncExitStack() as stack:
        cloud = PrivateCloud(seed, stack, temporary)
        await cloud.start(MANY, {name: service(name).prepare({}) for name in SERVICES})
        return dict(cloud.settings)


async def test_every_run_has_keys_of_its_own(tmp_path: Path) -> None:
    first, second = await settings_of("1", tmp_path), await settings_of("2", tmp_path)
    keys = {name for name in first if any(word in name for word in ("TOKEN", "SECRET", "KEY", "Connection", "Storage"))}
    assert {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CosmosDbConnection", "AzureWebJobsStorage"} <= keys
    assert [name for name in sorted(keys - SAME_FOR_ALL) if first[name] == second[name]] == []


async def test_no_service_is_controlled_from_a_cell(inside: Any) -> None:
    async with inside() as cell:
        seen = await cell.look(TELL)
    assert 200 not in [*seen["cosmos"], *seen["engine"], *seen["aws"]], seen
    assert 0 not in seen["there"], seen


async def test_settings_that_are_ours_are_not_the_apps_to_give(looking_app: Path, inside: Any) -> None:
    owned = {setting for name in SERVICES for setting in service(name).owns}
    wrong = {"PYTHONPATH": "/tmp/wrong", "PYTHONHOME": "/tmp/wrong", "FUNCTIONS_WORKER_PROCESS_COUNT": "7"}
    given = {**dict.fromkeys(owned, "wrong"), **wrong}
    (looking_app / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": given}))
    async with inside() as cell:
        seen = await cell.look("import os; result = dict(os.environ)")
    ours = {name for name in owned if name in seen}
    assert {"SLACK_BOT_TOKEN", "CosmosDbConnection", "AzureWebJobsStorage"} <= ours
    assert [name for name in sorted(ours) if seen[name] == "wrong"] == []
    assert "PYTHONHOME" not in seen and seen.get("FUNCTIONS_WORKER_PROCESS_COUNT") != "7"


async def test_a_worker_has_no_service_imported(inside: Any) -> None:
    code = "import sys; result = [m for m in sys.modules if m.split('.')[0] in ('localcloud', 'autograder')]"
    async with inside() as cell:
        assert await cell.look(code) == []


def test_what_a_cell_sees_of_the_disk_is_decided_in_one_place() -> None:
    made = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "autograder").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Bind"
    ]
    assert set(made) == {Path(bubble.__file__).relative_to(ROOT).as_posix()}


def test_a_service_reaches_a_cell_by_listening_or_by_a_passage_only() -> None:
    """All that the protocol `Run` lets a service do with a cell."""
    from localcloud.cloud import Run

    assert {name for name in vars(Run) if not name.startswith("_")} == {"listen", "passage"}
