"""The engine as a service: how the camp runs it, and how a check run has one of its own."""

import random
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from localcloud.cloud import Opened, PreparationError
from localcloud.engine.engine import Engine
from localcloud.engine.service import SERVICE
from localcloud.journal import Journal
from localcloud.registry import service


class CheckRun:
    """A check run in a sandbox whose loopback is ours, too: it has the same ports, moved by nothing."""

    def __init__(self, stack: AsyncExitStack, sandboxed: bool) -> None:
        self.rng = random.Random(7)
        self.journal = Journal()
        self.stack = stack
        self.settings: dict[str, str] = {}
        self.second: socket.socket | None = socket.create_server(("127.0.0.1", 0)) if sandboxed else None

    async def listen(self, port: int) -> socket.socket | None:
        return self.second

    async def passage(self, port: int) -> None: ...


@pytest.mark.parametrize("sandboxed", [False, True])
async def test_a_check_run_has_an_engine_of_its_own(sandboxed: bool) -> None:
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as http:
        run = CheckRun(stack, sandboxed)
        started = await SERVICE.start(run, SERVICE.prepare({}))
        [make] = started.views.values()
        engine = make(None)  # type: ignore[arg-type]
        assert isinstance(engine, Engine)
        urls = [started.settings["REPORT_ENGINE_URL"]]
        if run.second:
            urls.append(f"http://127.0.0.1:{run.second.getsockname()[1]}")
        for url in urls:
            async with http.post(f"{url}/reports", json={"topic": "cats"}) as answer:
                assert answer.status == 200
            async with http.get(f"{url}/admin/state", headers={"Authorization": "Bearer "}) as answer:
                assert answer.status == 404
        assert len(engine.calls.completed("cats")) == len(urls)
        assert "call.ended" in [entry.kind for entry in run.journal.entries]


def test_the_app_learns_the_address_and_the_portal_alone_the_token(tmp_path: Path) -> None:
    camp = Opened(
        services=("portal", "engine"),
        ports={"engine": 7073},
        secrets={"engine_token": "s3cret"},
        state=tmp_path,
        app=tmp_path,
        python=tmp_path,
        prepared={"engine": SERVICE.prepare({"delay": 2})},
    )
    assert service("engine") is SERVICE
    assert SERVICE.settings(camp) == {
        "REPORT_ENGINE_URL": "http://127.0.0.1:7073",
        "BREAKER_MAX_CALLS": "3",
        "BREAKER_COOLDOWN_SECONDS": "30",
    }
    assert SERVICE.portal(camp).environment == {"CAMP_ENGINE_TOKEN": "s3cret"}
    [process] = SERVICE.processes(camp)
    assert process.argv[1:] == ["-m", "localcloud.engine", "--port", "7073", "--delay", "2.0", "--lifeline"]
    assert process.env["CAMP_ENGINE_TOKEN"] == "s3cret"


@pytest.mark.parametrize("table", [{"delay": 11}, {"delay": "5"}, {"delay": True}, {"delay": -1}, {"speed": 1}])
def test_what_a_lab_cannot_prepare_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(PreparationError, match=r"delay|speed"):
        SERVICE.prepare(table)
