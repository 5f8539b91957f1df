"""`camp fault` speaks to the portal of the camp that is open."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder import localcamp, project
from autograder.cli import camp
from localcloud.engine.engine import Engine
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.serving import Server
from localcloud.supervisor.ledger import Entry, Ledger, born

TOKEN = "t0ken"


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(rng=random.Random(1), admin_token=TOKEN)
    await engine.start()
    yield engine
    await engine.stop()


@pytest.fixture
async def opened(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ledger]:
    """A camp whose portal runs in this process; its Functions host does not answer."""
    settings = {"REPORT_ENGINE_URL": engine.url, "CAMP_ENGINE_TOKEN": TOKEN, "CAMP_FUNCTIONS_URL": "http://127.0.0.1:9"}
    server = Server(application(Connections(settings, tmp_path)))
    await server.start()
    ledger = Ledger(tmp_path / "services.json")
    ledger.write([Entry("portal", os.getpid(), server.url + "/", "ready", born(os.getpid()) or 0.0)], {})
    monkeypatch.setattr(localcamp, "ledger", lambda: ledger)
    yield ledger
    await server.stop()


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, camp, ["fault", *arguments])


async def test_without_a_name_it_lists_what_may_go_wrong(opened: Ledger, engine: Engine) -> None:
    result = await run()
    assert result.exit_code == 0
    assert "camp fault engine down           The report engine is down (503)  --seconds --by" in result.output
    assert "camp fault slack twice" in result.output
    assert "The Functions host does not answer" in result.output
    assert "Nothing is wrong now." in result.output
    engine.down(seconds=60)
    assert "engine down  60.0 s left" in (await run()).output or "engine down  59." in (await run()).output


async def test_a_fault_begins_and_ends(opened: Ledger, engine: Engine) -> None:
    result = await run("engine", "fail", "--target", "cats", "--times", "2")
    assert (result.exit_code, result.output) == (0, "The report engine fails (500).\n")
    [fault] = engine.faults.active()
    assert (fault.name, fault.target, fault.times) == ("fail", "cats", 2)
    assert (await run("engine", "fail", "--target", "cats", "--end")).output == "It is over.\n"
    assert engine.faults.active() == []


async def test_a_fault_without_a_target_ends_for_all_of_them(opened: Ledger, engine: Engine) -> None:
    for topic in ("cats", "dogs"):
        await run("engine", "fail", "--target", topic)
    assert (await run("engine", "fail", "--end")).output == "It is over.\n"
    assert "Nothing is wrong now." in (await run()).output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["cosmos", "down"], 2, "Faults are of workers, queues, slack, engine, not of cosmos."),
        (["engine", "flood"], 2, "the faults of engine are slow, fail, down, html, refuse"),
        (["engine", "slow"], 2, "The fault slow needs by."),
        (["engine", "down", "--times", "2"], 2, "The fault down takes no times."),
        (["engine", "slow", "--by", "1000"], 2, "--by"),
        (["engine"], 2, "Name a fault"),
        (["engine", "down", "--end"], 3, "over already"),
        (["workers", "crash"], 3, "The Functions host does not answer"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do(
    opened: Ledger, arguments: list[str], code: int, says: str
) -> None:
    result = await run(*arguments)
    assert (result.exit_code, says in result.output) == (code, True), result.output


async def test_a_lab_without_faults_is_told(opened: Ledger, tmp_path: Path) -> None:
    server = Server(application(Connections({}, tmp_path, ["slack"])))
    await server.start()
    opened.write([Entry("portal", os.getpid(), server.url + "/", "ready", born(os.getpid()) or 0.0)], {})
    for arguments in ([], ["workers", "crash"]):
        result = await run(*arguments)
        assert (result.exit_code, "Nothing can be made to fail in the open lab." in result.output) == (3, True)
    await server.stop()


async def test_a_camp_that_is_not_open_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localcamp, "ledger", lambda: Ledger(tmp_path / "services.json"))
    result = await run("workers", "crash")
    assert result.exit_code == 3
    assert "The camp is not open" in result.output


def test_every_fault_is_on_the_page_about_faults() -> None:
    from localcloud.aws import faults as aws_faults
    from localcloud.engine import engine
    from localcloud.functions import host_faults
    from localcloud.portal.functions.faults import WORKERS
    from localcloud.slack import faults

    text = (project.root() / "docs" / "faults.md").read_text("utf-8")
    known = [("slack", kind) for kind in faults.kinds()] + [("engine", kind) for kind in engine.kinds()]
    known += [("lambda", kind) for kind in aws_faults.kinds()]
    known += [("workers" if kind.name in WORKERS else "queues", kind) for kind in host_faults.kinds()]
    for of, kind in known:
        line = next(line for line in text.splitlines() if line.startswith(f"| `{of} {kind.name}` |"))
        assert f"| {kind.says} |" in line
        assert [word for word in ("target", "seconds", "times", "by") if f"`--{word}`" in line] == list(kind.takes)
    assert text.count("\n| `") == len(known) + 1
