import asyncio
import random
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import Environment
from autograder.lab import Lab, find_lab
from autograder.sandbox import Sandbox, SandboxLimits

SMALL = SandboxLimits(
    cpu_seconds=2, memory_bytes=150 << 20, processes=60, files=500, open_files=64, connections=20,
    output_bytes=200_000, tmpfs_bytes=4 << 20,
)  # fmt: skip
LOOKING_APP = """
import azure.functions as func, json, os, sys, traceback

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="look")
def look(req: func.HttpRequest) -> str:
    names = {}
    try:
        exec(req.get_body().decode(), names)
        return json.dumps({"result": names.get("result")}, default=str)
    except BaseException as error:
        return json.dumps({"error": type(error).__name__, "errno": getattr(error, "errno", None), "text": str(error)})
"""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@contextmanager
def limited(sandbox: Sandbox, limits: SandboxLimits) -> Iterator[Sandbox]:
    """The same sandbox; cells that are made meanwhile have these limits."""
    before, sandbox.limits = sandbox.limits, limits
    try:
        yield sandbox
    finally:
        sandbox.limits = before


@pytest.fixture
def small(sandbox: Sandbox) -> Iterator[Sandbox]:
    """With limits that are soon exceeded."""
    with limited(sandbox, SMALL):
        yield sandbox


@pytest.fixture
def lab() -> Lab:
    return find_lab("1")


@pytest.fixture
def looking_app(tmp_path: Path) -> Path:
    """An app that runs the Python it is sent, and answers with its `result`."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "function_app.py").write_text(LOOKING_APP)
    (folder / "host.json").write_text('{"version": "2.0"}')
    (folder / "local.settings.json").write_text('{"IsEncrypted": false, "Values": {"OWN_SETTING": "of the app"}}')
    return folder


class Inside:
    """A cloud with the looking app in a cell; `look` runs Python in its worker."""

    def __init__(self, environment: Environment) -> None:
        assert environment.cell
        self.environment = environment
        self.cell = environment.cell
        self.camp = environment.camp(random.Random(1))
        self.host = self.camp.host

    async def look(self, code: str) -> Any:
        """`result`, or the error as a dict."""
        answer = await self.camp.post("/api/look", body=code.encode())
        found = answer.json() or {"error": "no answer", "text": answer.text}
        return found.get("result", found) if "error" not in found else found

    async def until_exceeded(self, code: str, seconds: float = 8.0) -> str | None:
        """Runs Python that exceeds a limit; what is said of it then."""
        running = asyncio.ensure_future(self.look(code))
        for _round in range(int(seconds / 0.02)):
            if self.cell.told:
                break
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.wait({running})
        return self.cell.told


@pytest.fixture
def inside(sandbox: Sandbox, looking_app: Path, lab: Lab) -> Any:
    @asynccontextmanager
    async def enter(limits: SandboxLimits | None = None) -> Any:
        with limited(sandbox, limits or sandbox.limits):
            environment = await Environment.start(lab, looking_app, "1", 1, sandbox)
        try:
            yield Inside(environment)
        finally:
            await environment.stop()

    return enter
