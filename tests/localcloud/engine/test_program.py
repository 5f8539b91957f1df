"""The engine as a process of its own: it is controlled with its token alone."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

TOKEN = "t0ken"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where an engine listens that runs as `camp up` runs it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "localcloud.engine", "--port", "0", "--delay", "0"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "CAMP_ENGINE_TOKEN": TOKEN},
    )
    assert process.stderr
    line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
    found = re.search(r"Reports at (http://\S+)/reports", line)
    assert found, line
    yield found[1]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_it_is_controlled_with_its_token(url: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession() as http:

        async def report() -> int:
            async with http.post(f"{url}/reports", json={"topic": "cats"}) as answer:
                return answer.status

        for wrong in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer "}):
            async with http.post(f"{url}/admin/faults/down", headers=wrong) as answer:
                assert answer.status == 401
        assert await report() == 200
        async with http.post(f"{url}/admin/faults/down", json={"seconds": 60}, headers=headers) as answer:
            state = await answer.json()
            assert not state["up"] and state["active"][0]["name"] == "down"
        assert await report() == 503
        async with http.post(f"{url}/admin/faults/down", data=b"[1]", headers=headers) as answer:
            assert answer.status == 400
        async with http.delete(f"{url}/admin/faults/down", headers=headers) as answer:
            assert answer.status == 200
        async with http.delete(f"{url}/admin/faults/down", headers=headers) as answer:
            assert answer.status == 409
        async with http.get(f"{url}/admin/calls", headers=headers) as answer:
            calls = (await answer.json())["calls"]
            assert [call["status"] for call in calls] == [200, 503]
        async with http.get(f"{url}/admin/journal", headers=headers) as answer:
            assert "fault.began" in [entry["kind"] for entry in await answer.json()]


async def test_its_controls_answer_while_it_takes_no_connections(url: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/admin/faults/refuse", headers=headers) as answer:
            assert answer.status == 200
        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await http.post(f"{url}/reports", json={"topic": "cats"})
        async with http.delete(f"{url}/admin/faults", headers=headers) as answer:
            assert (await answer.json())["up"]
        async with http.post(f"{url}/reports", json={"topic": "cats"}) as answer:
            assert answer.status == 200
