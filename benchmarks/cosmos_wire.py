"""Concurrent writers on bare keep-alive connections: what the emulator does when the SDK is not what is measured.

Every request is signed with the master key and carries the headers that the SDK sends.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import signal
import time
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import quote, urlsplit

from benchmarks.cosmos_load import DATABASE
from localcloud.cosmos.auth import EMULATOR_KEY

TEXT = "x" * 600  # with the properties and system properties around it, 1 KB


class Writers:
    """So many connections that upsert new documents into a container, one after another, until they are stopped."""

    def __init__(self, url: str, container: str, connections: int, prefix: str) -> None:
        self.seconds: list[float] = []
        self.acknowledged: list[str] = []
        self.refused = 0
        self._address = urlsplit(url)
        self._link = f"dbs/{DATABASE}/colls/{container}"
        self._connections = connections
        self._prefix = prefix

    async def run(self, go_on: Callable[[], bool]) -> None:
        """Writes while `go_on` says so, or until the server is gone."""
        await asyncio.gather(*(self._connection(number, go_on) for number in range(self._connections)))

    async def _connection(self, number: int, go_on: Callable[[], bool]) -> None:
        try:
            reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        except OSError:
            return
        head, count = self._head(), 0
        try:
            while go_on():
                count += 1
                name = f"{self._prefix}-{number}-{count}"
                await self._upsert(reader, writer, head, name)
        except (OSError, asyncio.IncompleteReadError):  # the server was killed
            pass
        finally:
            writer.close()

    async def _upsert(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, name: str) -> None:
        check = hashlib.sha256(name.encode()).hexdigest()
        body = f'{{"id":"{name}","pk":"{name}","check":"{check}","count":7,"user":"u1","text":"{TEXT}"}}'.encode()
        started = time.perf_counter()
        writer.write(
            head + f'x-ms-documentdb-partitionkey: ["{name}"]\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in answer.lower().split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(fields[b"content-length"]))
        self.seconds.append(time.perf_counter() - started)
        if answer.startswith(b"HTTP/1.1 201"):
            self.acknowledged.append(name)
        else:
            self.refused += 1

    def _head(self) -> bytes:
        date = formatdate(usegmt=True)
        text = f"post\ndocs\n{self._link}\n{date.lower()}\n\n"
        digest = hmac.new(base64.b64decode(EMULATOR_KEY), text.encode(), hashlib.sha256).digest()
        token = quote(f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}", safe="-_.!~*'()")
        fields = {
            "Host": self._address.netloc,
            "x-ms-date": date,
            "x-ms-version": "2020-07-15",
            "authorization": token,
            "x-ms-documentdb-is-upsert": "True",
            "x-ms-consistency-level": "Session",
            "x-ms-activity-id": self._prefix,
            "Content-Type": "application/json",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST /{self._link}/docs/ HTTP/1.1\r\n{lines}".encode()


def for_a_while(url: str, container: str, connections: int, duration: float) -> tuple[list[float], int]:
    """Every request's seconds, and how many were refused."""
    writers = Writers(url, container, connections, f"load-{time.time_ns()}")
    until = time.perf_counter() + duration
    asyncio.run(writers.run(lambda: time.perf_counter() < until))
    return writers.seconds, writers.refused


def until_killed(url: str, container: str, connections: int, server: int, after: int) -> list[str]:
    """Kills the process `server` when `after` writes are acknowledged; the ids of all that were."""
    writers = Writers(url, container, connections, f"storm-{time.time_ns()}")
    killed = False

    def go_on() -> bool:
        nonlocal killed
        if not killed and len(writers.acknowledged) >= after:
            killed = True
            os.kill(server, signal.SIGKILL)
        return True

    asyncio.run(writers.run(go_on))
    return writers.acknowledged
