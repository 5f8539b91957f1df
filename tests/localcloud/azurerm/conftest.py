"""A folder with a configuration, an engine that runs in it, and the model that it applies to."""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from localcloud import extras
from localcloud.azurerm import setup
from localcloud.resources.local import running

from .configurations import FIRST

T = TypeVar("T")


async def _awaited(doing: Awaitable[T]) -> T:
    return await doing


class Cloud:
    """The model and its server, on a loop of their own."""

    def __init__(self, folder: Path, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.folder = folder
        self.start()

    def start(self) -> None:
        self._running = running(
            self.folder, rng=self._rng, port=getattr(self, "port", 0), token="a-token-of-the-tests", warm=True
        )
        self.server = self.run(self._running.__aenter__())
        self.model = self.server.model
        self.effects = self.model.effects
        self.port = int(self.server.url.rpartition(":")[2])

    def run(self, doing: Awaitable[T]) -> T:
        return asyncio.run_coroutine_threadsafe(_awaited(doing), self._loop).result(60)

    def stop(self) -> None:
        self.run(self._running.__aexit__(None, None, None))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Tofu:
    """`tofu` in a folder."""

    def __init__(self, folder: Path, cloud: Cloud, program: Path) -> None:
        self.folder = folder
        self.cloud = cloud
        self.engine = setup.engine(program, cloud.folder, cloud.server.url, cloud.server.token, print)
        self.variables: dict[str, str] = {}
        self.signed_in = {"ARM_SUBSCRIPTION_ID": cloud.model.subscription}

    def write(self, text: str, name: str = "main.tf", first: str = FIRST) -> None:
        (self.folder / name).write_text(first + text, "utf-8")

    def __call__(
        self, *arguments: str, fails: bool = False, codes: tuple[int, ...] = (0,), seconds: float = 120
    ) -> str:
        """What it prints; with `fails` it must fail."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "TF_"))}
        done = subprocess.run(
            self.engine.command(*arguments),
            cwd=self.folder,
            env={
                **inherited,
                **self.engine.environment,
                **self.signed_in,
                "NO_COLOR": "1",
                "TF_CLI_ARGS": "-no-color",
                **{f"TF_VAR_{name}": value for name, value in self.variables.items()},
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert (done.returncode == 1) if fails else (done.returncode in codes), done.stdout
        return done.stdout

    def init(self) -> None:
        self("init", "-input=false")

    def apply(self, *arguments: str, **how: Any) -> str:
        return self("apply", "-auto-approve", "-input=false", *arguments, **how)

    def destroy(self, *arguments: str, **how: Any) -> str:
        return self("destroy", "-auto-approve", "-input=false", *arguments, **how)

    def plan(self, *arguments: str) -> dict[str, str]:
        """What a plan does, by address; nothing when it is empty."""
        printed = self("plan", "-input=false", "-detailed-exitcode", "-json", *arguments, codes=(0, 2))
        found: dict[str, str] = {}
        for message in map(json.loads, printed.splitlines()):
            if message["type"] == "planned_change":
                found[message["change"]["resource"]["addr"]] = message["change"]["action"]
            for name, output in message.get("outputs", {}).items():
                found[f"output.{name}"] = output.get("action", "noop")
        return {name: action for name, action in found.items() if action not in ("noop", "read")}

    def outputs(self) -> dict[str, Any]:
        return {name: one["value"] for name, one in json.loads(self("output", "-json")).items()}

    def state(self) -> dict[str, Any]:
        """The attributes of every resource by address."""
        found: dict[str, Any] = {}

        def walk(module: dict[str, Any]) -> None:
            found.update({one["address"]: one["values"] for one in module.get("resources", [])})
            for child in module.get("child_modules", []):
                walk(child)

        walk(json.loads(self("show", "-json")).get("values", {}).get("root_module", {}))
        return found


@pytest.fixture(scope="session")
def program() -> Path:
    if sys.version_info < setup.OLDEST_PYTHON:
        pytest.skip("the local provider needs a newer Python")
    try:
        extras.ensure("azurerm", print)
        return setup.pinned(print)
    except (setup.NoEngine, extras.ExtraMissing) as error:
        pytest.skip(str(error))


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    found = Cloud(tmp_path / "cloud")
    yield found
    found.stop()
    found.close()


@pytest.fixture
def tofu(tmp_path: Path, cloud: Cloud, program: Path) -> Tofu:
    folder = tmp_path / "work"
    folder.mkdir()
    return Tofu(folder, cloud, program)
