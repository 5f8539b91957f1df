"""The CONNECT gate, the one way out of a job: Azure's names lead to the local HTTPS endpoint, others are refused."""

import asyncio
import contextlib
import socket

from localcloud.loopback import LOOPBACK, listen, stop_accepting
from localcloud.messages import _

from .certificates import APPS, LOGIN, MANAGEMENT

MOST_HEAD = 16_000
MOST_CONNECTIONS = 200
SECONDS_TO_ASK = 30.0
CHUNK = 65_536


class Gate:
    """An HTTP proxy that knows CONNECT alone. `endpoint_port` is where the HTTPS endpoint listens. `more` are suffixes
    of further names that lead there."""

    def __init__(self, endpoint_port: int, more: tuple[str, ...] = ()) -> None:
        self._endpoint_port = endpoint_port
        self._suffixes = (APPS, *more)
        self._server: asyncio.Server | None = None
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.refused: list[str] = []  # hosts that were refused, the latest last

    async def start(self, port: int = 0) -> None:
        self._listener = listener = listen(port)
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=MOST_HEAD)

    async def stop(self) -> None:
        if self._server and self._listener:
            await stop_accepting([self._listener])
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.CancelledError):
                await self._tunnel(reader, writer)
        finally:
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS_TO_ASK)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return await _refuse(writer, 400, _("That is no request to a proxy."))
        line = head.split(b"\r\n", 1)[0].decode("latin-1")
        method, _space, rest = line.partition(" ")
        target = rest.rpartition(" ")[0] or rest
        if problem := self._problem_of(method, target):
            self.refused = [*self.refused[-99:], target]
            return await _refuse(writer, 403, problem)
        if len(self._tasks) > MOST_CONNECTIONS:
            return await _refuse(writer, 503, _("Too many connections at once."))
        there, back = await asyncio.open_connection(LOOPBACK, self._endpoint_port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.close()

    def _problem_of(self, method: str, target: str) -> str | None:
        """Why the gate does not let this through; None when it does."""
        if method != "CONNECT":
            words = _("Only https:// leads out of here, and {target} is asked for in plain HTTP. Write https://.")
            return words.format(target=target[:200])
        host, _colon, port = target.lower().rpartition(":")
        if port == "443" and (host in (MANAGEMENT, LOGIN) or host.endswith(tuple(f".{one}" for one in self._suffixes))):
            return None
        words = _(
            "{target} cannot be reached: there is no network here but the local Azure ({names}, "
            "management.azure.com, login.microsoftonline.com, on port 443)."
        )
        return words.format(target=target[:200], names=", ".join(f"*.{one}" for one in self._suffixes))


async def _refuse(writer: asyncio.StreamWriter, status: int, why: str) -> None:
    reason = {400: "Bad Request", 403: "Forbidden", 503: "Service Unavailable"}[status]
    body = (why + "\n").encode()
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carries bytes one way until they end."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()
