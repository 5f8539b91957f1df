"""HTTP/1.1 on one connection, as Cosmos DB clients use it: requests with a Content-Length in, each answer in one send.

Of our own, for two reasons: a point read would spend twice as long in a general HTTP server as in all else, and every
refusal has to be in the service's shape. No chunked bodies (411) and no upgrades: no client of the service sends them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import cast

from .errors import CosmosError, bad_request, said, too_large
from .exchange import Request, Response

MOST_HEAD = 64 * 1024
MOST_HEADERS = 128
LONGEST_KNOWN = 256
MOST_BODY = 16 * 1024 * 1024  # an item of 2 MB may be sent in six times as many bytes of escapes
MOST_AHEAD = 1024 * 1024  # pipelined bytes that are kept while a request is answered
HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS, UNREAD_SECONDS = 10.0, 30.0, 180.0, 60.0
TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
REASONS = {status.value: status.phrase for status in HTTPStatus} | {449: "Retry With"}
Respond = Callable[[Request], "Response | Awaitable[Response]"]


class Refused(Exception):
    """A request that is no HTTP; the connection ends with this answer."""

    def __init__(self, error: CosmosError) -> None:
        super().__init__(error.message)
        self.error = error


class Connection(asyncio.Protocol):
    """One client's connection. `respond` answers a request at once or later; requests are answered one by one."""

    def __init__(self, respond: Respond, scheme: str, connections: "set[Connection]") -> None:
        self._respond = respond
        self._scheme = scheme
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._request: Request | None = None  # its head is here, its body not all
        self._missing = 0
        self._last = False  # the connection ends after this answer
        self._unread = False  # the client does not take what it was sent
        self._since = time.monotonic()  # what it waits for now, it waits for since then
        self.task: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of another class
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)

    def pause_writing(self) -> None:
        self._unread = True
        self._since = time.monotonic()

    def resume_writing(self) -> None:
        self._unread = False
        self._proceed()

    def data_received(self, data: bytes) -> None:
        if not self._buffer and self._request is None:
            self._since = time.monotonic()
        self._buffer += data
        if self.task is None:
            self._proceed()
        elif len(self._buffer) > MOST_AHEAD and self._transport is not None:
            self._transport.pause_reading()

    def expire(self, now: float) -> None:
        """Ends a connection that has been waiting for too long; called every so often."""
        waited = now - self._since
        if self.task is not None or self._transport is None:
            return
        if self._unread:
            if waited > UNREAD_SECONDS:
                self._transport.abort()
        elif self._request is not None or self._buffer:
            if waited > (HEAD_SECONDS if self._request is None else BODY_SECONDS):
                self._refuse(CosmosError(408, None, said("The request did not come in time.")))
        elif waited > IDLE_SECONDS:
            self._transport.close()

    def close(self) -> None:
        """Ends the connection, after the answer that is under way."""
        self._last = True
        if self.task is None and self._transport is not None:
            self._transport.close()

    def _proceed(self) -> None:
        """Answers what has come, as long as there are whole requests."""
        while self.task is None and not self._unread and self._transport is not None and self._buffer:
            try:
                request = self._next()
            except Refused as refused:
                self._refuse(refused.error)
                return
            if request is None:
                return
            self._answer(request)

    def _next(self) -> Request | None:
        """The next whole request, None when it is not all there."""
        request, buffer = self._request, self._buffer
        if request is None:
            end = buffer.find(b"\r\n\r\n")
            if end < 0 or end > MOST_HEAD:
                if len(buffer) > MOST_HEAD:
                    raise Refused(CosmosError(431, "BadRequest", said("The request's headers are too large.")))
                return None
            request, self._missing, self._last = head(bytes(buffer[:end]), self._scheme)
            del buffer[: end + 4]
            self._request, self._since = request, time.monotonic()
            if len(buffer) < self._missing and request.headers.get("expect", "").lower() == "100-continue":
                assert self._transport is not None
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(buffer) < self._missing:
            return None
        if self._missing:
            request.body = bytes(buffer[: self._missing])
            del buffer[: self._missing]
        self._request, self._missing = None, 0
        return request

    def _answer(self, request: Request) -> None:
        result = self._respond(request)
        if isinstance(result, Response):
            self._send(request, result)
        else:
            self.task = asyncio.ensure_future(self._later(request, result))

    async def _later(self, request: Request, result: Awaitable[Response]) -> None:
        try:
            self._send(request, await result)
        finally:
            self.task = None
            if self._transport is not None:
                self._transport.resume_reading()
                self._proceed()

    def _refuse(self, error: CosmosError) -> None:
        self._last, self._request = True, None
        self._buffer.clear()
        self._send(None, Response.error(error))

    def _send(self, request: Request | None, answer: Response) -> None:
        transport = self._transport
        self._since = time.monotonic()
        if transport is None:
            return
        transport.write(written(request, answer, last=self._last))
        if self._last:
            transport.close()


def head(raw: bytes, scheme: str) -> tuple[Request, int, bool]:
    """A request without its body, the body's length, and whether the connection ends after it; Refused."""
    lines = raw.split(b"\r\n")
    words = lines[0].split(b" ")
    if len(words) != 3 or words[2] not in VERSIONS or not TOKEN.issuperset(words[0]) or not words[0]:
        raise Refused(bad_request("The request line is malformed."))
    if len(lines) > MOST_HEADERS:
        raise Refused(CosmosError(431, "BadRequest", said("The request has too many headers.")))
    if raw.count(b"\n") != len(lines) - 1 or raw.count(b"\r") != len(lines) - 1 or b"\0" in raw:
        raise Refused(bad_request("A header holds a control character."))
    headers: dict[str, str] = {}
    for line in lines[1:]:
        key, text = _known_header(line) if len(line) <= LONGEST_KNOWN else _header(line)
        if key in headers and key in ("content-length", "host", "transfer-encoding", "authorization"):
            raise Refused(bad_request(f"The header {key} is given twice."))
        headers[key] = text
    if "transfer-encoding" in headers:
        raise Refused(CosmosError(411, "BadRequest", said("A request's body needs a Content-Length.")))
    target = words[1]
    if not target.startswith(b"/") or not target.isascii():
        raise Refused(bad_request("The request's target is malformed."))
    path, _question, query = target.decode("ascii").partition("?")
    closing = words[2] == b"HTTP/1.0" or headers.get("connection", "").lower() == "close"
    method = words[0].decode("ascii").upper()
    return Request(method, path, headers, b"", query, scheme), _length(headers), closing


def _header(line: bytes) -> tuple[str, str]:
    """A header's name in lower case, and its value; Refused."""
    name, colon, value = line.partition(b":")
    if not colon or not name or not TOKEN.issuperset(name):
        raise Refused(bad_request("A header is malformed."))
    return name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")


_known_header = lru_cache(1024)(_header)  # most lines are those of the request before


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not text.isascii() or not text.isdigit():
        raise Refused(bad_request("The Content-Length is malformed."))
    if len(text) > 12 or int(text) > MOST_BODY:
        raise Refused(too_large())
    return int(text)


_date: tuple[int, str] = (0, "")


def written(request: Request | None, answer: Response, *, last: bool) -> bytes:
    """An answer as it is sent."""
    global _date
    now = int(time.time())
    if now != _date[0]:
        _date = (now, formatdate(now, usegmt=True))
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    body = answer.body
    if body and "Content-Type" not in answer.headers:
        lines.append("Content-Type: application/json")
    if answer.status != 204 and answer.status != 304:
        lines.append(f"Content-Length: {len(body)}")
    lines.append(f"Date: {_date[1]}\r\nConnection: close" if last else f"Date: {_date[1]}")
    text = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"
    if (request is not None and request.method == "HEAD") or answer.status in (204, 304):
        return text
    return text + body
