"""The two servers that `cosmos` measures, each in a process of its own: the emulator, and one with canned answers.

The canned server is a bare `asyncio.Protocol`, with less HTTP than any real server has: it asks the emulator once for
each kind of request and then repeats that answer's bytes, so that what is left is the SDK's own work.
"""

import asyncio
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from autograder import project
from localcloud.loopback import LOOPBACK, listen

LINE = re.compile(rb"\r\n([^:\r\n]+): ?([^\r\n]*)")
HOP = {"content-length", "transfer-encoding", "connection"}
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


class Canned(asyncio.Protocol):
    """One connection; `answers`, of all of them, are by method, path and the headers that change what is asked."""

    def __init__(self, url: str, answers: dict[bytes, bytes]) -> None:
        self._url = url
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank:
            return
        fields = dict(LINE.findall(head))
        if len(body) < int(fields.get(b"content-length", fields.get(b"Content-Length", b"0"))):
            return
        self._received = b""
        line = head.partition(b"\r\n")[0]
        kind = b" ".join((line, fields.get(b"If-None-Match", b""), fields.get(b"x-ms-documentdb-is-upsert", b"")))
        if kind not in self._answers:
            self._answers[kind] = self._ask(line.decode(), fields, body)
        self._transport.write(self._answers[kind])

    def _ask(self, line: str, fields: dict[bytes, bytes], body: bytes) -> bytes:
        """The emulator's own answer, as it is sent again and again; headers and body in one piece."""
        method, path, _version = line.split(" ")
        headers = {name.decode(): value.decode() for name, value in fields.items()} | {"Accept-Encoding": "identity"}
        connection = HTTPConnection(self._url.removeprefix("http://"))
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read()
        given = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders() if name.lower() not in HOP)
        length = "" if answer.status in (204, 304) else f"Content-Length: {len(text)}\r\n"
        connection.close()
        return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{given}{length}\r\n".encode() + text


async def serve(url: str) -> None:
    answers: dict[bytes, bytes] = {}
    listener = listen()
    await asyncio.get_running_loop().create_server(lambda: Canned(url, answers), sock=listener)
    print(f"http://{LOOPBACK}:{listener.getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
