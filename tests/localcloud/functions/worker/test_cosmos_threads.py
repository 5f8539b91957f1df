"""The headers of the last response, where one client works in several threads."""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from localcloud.cosmos.emulator import Emulator
from localcloud.functions.worker import cosmos_threads
from localcloud.functions.worker.cosmos_threads import keep_apart

OTHERS_HEADERS = """
import os, sys, threading
from azure.cosmos import CosmosClient
from localcloud.functions.worker.cosmos_threads import keep_apart
client = CosmosClient(os.environ["URL"], os.environ["KEY"])
if len(sys.argv) > 1:
    keep_apart()
headers = client.client_connection.last_response_headers = {"of": "this thread"}
other = threading.Thread(target=lambda: list(client.list_databases()))
other.start()
other.join()
print(headers == {"of": "this thread"}, client.client_connection.last_response_headers is headers)
"""


async def said(*arguments: str) -> str:
    emulator = Emulator(None)
    await emulator.start()
    try:
        environment = {"URL": emulator.url, "KEY": emulator.key}
        return await asyncio.to_thread(printed, environment, *arguments)
    finally:
        await emulator.stop()


def printed(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHERS_HEADERS, *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


async def test_a_request_writes_into_the_headers_of_another_thread() -> None:
    """If this fails, the package needs no `keep_apart` any more."""
    assert await said() == "False False"


async def test_each_thread_keeps_the_headers_of_its_own_last_response() -> None:
    assert await said("apart") == "True True"


def test_what_was_set_ahead_is_found_and_nothing_is_done_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self) -> None:
            self.last_response_headers = {"of": "the start"}

    monkeypatch.delitem(sys.modules, cosmos_threads.CLIENT, raising=False)
    keep_apart()
    monkeypatch.setitem(sys.modules, cosmos_threads.CLIENT, SimpleNamespace(CosmosClientConnection=Client))
    client = Client()
    keep_apart()
    assert client.last_response_headers == {"of": "the start"}
    client.last_response_headers = {"of": "this thread"}
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: client.last_response_headers).result() == {"of": "the start"}
    assert client.last_response_headers == {"of": "this thread"}
