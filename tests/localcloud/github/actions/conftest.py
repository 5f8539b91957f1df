"""The runner, laid out once; for each test a repository and its runs, and a local Azure to deploy to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from localcloud import extras
from localcloud.azure.azure import Azure
from localcloud.azure.kudu import Kudu
from localcloud.azure.resource_manager import ResourceManager
from localcloud.azure.tokens import Tokens
from localcloud.github.runner import Runner

from ...azure.conftest import made
from ..git_server import GitServer
from ..running_act import PROJECT, TOKEN, Machine


@pytest.fixture(scope="session")
def runner() -> Runner:
    extras.ensure("act", print)
    made = Runner(PROJECT / ".camp")
    made.ensure()
    return made


@pytest.fixture
def machine(tmp_path: Path, runner: Runner) -> Iterator[Machine]:
    made = Machine(tmp_path, runner)
    with GitServer(made.server, TOKEN) as server:
        made.url = server.url
        yield made


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the local Azure: method, path and the names in the query."""
    seen: list[str] = []

    def record(kind: type, number: int) -> None:
        answer: Callable[..., Awaitable[Any]] = kind.answer  # type: ignore[attr-defined]

        async def recorded(*arguments: Any) -> Any:
            request: web.Request = arguments[number]
            names = sorted(request.query)
            seen.append(f"{request.method} {request.path}" + (f"?{'&'.join(names)}" if names else ""))
            return await answer(*arguments)

        monkeypatch.setattr(kind, "answer", recorded)

    record(Kudu, 2)
    record(ResourceManager, 1)
    record(Tokens, 1)
    return seen


@pytest.fixture
async def azure(tmp_path: Path, calls: list[str]) -> AsyncIterator[Azure]:
    azure = made(tmp_path / "azure", AzureWebJobsStorage="UseDevelopmentStorage=true")
    await azure.start()
    yield azure
    await azure.stop()
