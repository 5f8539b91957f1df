"""The two servers that `cosmos` measures, each in a process of its own: the emulator, and one with canned answers.

The canned server is aiohttp's low-level server, as the emulator's: it asks the emulator once for each kind of request
and then repeats that answer, so that what is left is the SDK, HTTP and nothing of the emulator.
"""

import asyncio
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import ClientSession, web

from autograder import project
from localcloud.serving import LOOPBACK, listen

HOP = {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server", "content-type"}
PATHS = {"PYTHONPATH": os.pathsep.join((str(project.root() / "infra"), str(project.root())))}


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Python program that prints a line ending in its URL when it listens: the process and that URL."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **PATHS}) as running:
        try:
            assert running.stdout is not None
            yield running, running.stdout.readline().split()[-1]
        finally:
            running.kill()


@contextmanager
def emulator(data: Path | None, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The emulator with its data in a folder, or in memory."""
    where = ("--memory",) if data is None else ("--data", str(data))
    with process("-m", "localcloud.cosmos", "--port", "0", *where, *options) as running:
        yield running


@contextmanager
def canned(url: str) -> Iterator[str]:
    """A server that repeats the answers of the one at `url`."""
    with process("-m", "benchmarks.cosmos_servers", url) as (_process, address):
        yield address


def answered(url: str) -> int:
    """The status of the account's answer to a stranger."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


class Canned:
    """Answers by method, path and the headers that make another kind of request of it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._answers: dict[tuple[str, ...], tuple[int, bytes, dict[str, str]]] = {}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = request.headers
        kind = (
            request.method,
            request.raw_path,
            *(headers.get(name, "") for name in ("if-none-match", "x-ms-documentdb-is-upsert")),
        )
        answer = self._answers.get(kind)
        if answer is None:
            answer = self._answers[kind] = await self._ask(request, body)
        status, text, given = answer
        return web.Response(status=status, body=text, headers=given)

    async def _ask(self, request: web.BaseRequest, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        async with (
            ClientSession() as session,
            session.request(request.method, self._url + request.raw_path, data=body, headers=request.headers) as answer,
        ):
            given = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
            text = await answer.read()
            return answer.status, text, given | ({"Content-Type": "application/json"} if text else {})


async def serve(url: str) -> None:
    listener = listen()
    server = web.Server(Canned(url).handle, access_log=None)
    await asyncio.get_running_loop().create_server(server, sock=listener)
    print(f"http://{LOOPBACK}:{listener.getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
