import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from localcloud.engine.engine import Engine


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(rng=random.Random(1))
    await engine.start()
    yield engine
    await engine.stop()


class Caller:
    """A worker that asks the engine."""

    def __init__(self, http: aiohttp.ClientSession, engine: Engine) -> None:
        self._http = http
        self._engine = engine

    async def ask(self, topic: object, seconds: float = 15.0) -> tuple[int, Any]:
        """Status, and the body as JSON (as text when it is none)."""
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with self._http.post(self._engine.url + "/reports", json={"topic": topic}, timeout=timeout) as answer:
            return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())

    async def send(self, body: bytes) -> tuple[int, Any]:
        async with self._http.post(self._engine.url + "/reports", data=body) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def caller(engine: Engine) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(http, engine)
