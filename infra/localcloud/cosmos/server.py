"""The HTTP side: requests in, answers out, each in one send.

aiohttp's low-level server, without its routing and middleware: a point read spends most of its time in HTTP.
"""

import asyncio
import logging
import ssl
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.serving import LOOPBACK, listen

from . import routes
from .account import Account
from .auth import MasterKey
from .errors import CosmosError, said, too_large
from .exchange import Answer, Request
from .physics import management
from .physics.recording import record

MOST_BODY = 16 * 1024 * 1024  # an item of 2 MB may be sent in six times as many bytes of escapes
BODY_SECONDS = 30.0
IDLE_SECONDS = 120.0
VERSION = "2020-07-15"


class Server:
    """Serves an account on one loopback port, with TLS when there is a context."""

    def __init__(
        self, account: Account, key: MasterKey, *, management: bool, tls: ssl.SSLContext | None = None
    ) -> None:
        self._account = account
        self._key = key
        self._management = management
        self._tls = tls
        self._listening: asyncio.Server | None = None
        self._server: web.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}"

    async def start(self, port: int) -> None:
        """Binds `port`, or a free one when it is 0 or taken, and serves."""
        listener = listen(port)
        self.port = listener.getsockname()[1]
        self._server = web.Server(
            self._handle, access_log=None, keepalive_timeout=IDLE_SECONDS, lingering_time=1.0, max_line_size=16_384,
            max_field_size=262_144,
        )  # fmt: skip
        self._listening = await asyncio.get_running_loop().create_server(self._server, sock=listener, ssl=self._tls)

    async def stop(self) -> None:
        if self._listening is not None and self._server is not None:
            self._listening.close()
            self._server.pre_shutdown()
            await self._server.shutdown(0.2)
            self._listening = self._server = None

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        started = time.perf_counter()
        headers = incoming.headers
        request = Request(incoming.method, incoming.rel_url.raw_path, headers, b"", incoming.rel_url.raw_query_string)
        try:
            request.body = await _body(incoming)
            answer = await self._answer(request)
        except CosmosError as error:
            answer = Answer.error(error)
        except Exception as error:
            answer = self._failed(request, error)
        record(self._account, request, answer, time.perf_counter() - started)
        return _response(request, answer)

    def _failed(self, request: Request, error: Exception) -> Answer:
        """A query that is refused, or a failure of ours."""
        sql = sys.modules.get("localcloud.cosmos.sql")
        if sql is not None and isinstance(error, sql.SqlError):
            return Answer.of(error.body, 400)
        self._account.store.abort(error)
        logging.getLogger("cosmos").exception("%s %s", request.method, request.path)
        return Answer.error(CosmosError(500, None, said("The emulator has failed: its log says why.")))

    async def _answer(self, request: Request) -> Answer:
        if not is_local(request.headers.get("host", "")):
            raise CosmosError(403, None, said("This emulator answers this computer alone: use 127.0.0.1 or localhost."))
        if request.segments and request.segments[0] == "_camp":
            return await self._manage(request)
        self._key.check(request)
        return await routes.find(request)(self._account, request)

    async def _manage(self, request: Request) -> Answer:
        origin = request.headers.get("origin")
        if not self._management or (origin is not None and not is_local(urlsplit(origin).netloc)):
            raise CosmosError(403, None, said("The management endpoint is closed."))
        return await management.answer(self._account, request)


async def _body(incoming: web.BaseRequest) -> bytes:
    """CosmosError 413 when it is too long, 408 when it does not come in time."""
    if not incoming.body_exists:
        return b""
    if (incoming.content_length or 0) > MOST_BODY:
        raise too_large()
    content = incoming.content
    if content.is_eof():
        return content.read_nowait()
    try:
        return await asyncio.wait_for(_read(content), BODY_SECONDS)
    except (asyncio.TimeoutError, TimeoutError):
        raise CosmosError(408, None, said("The request's body did not come in time.")) from None


async def _read(content: Any) -> bytes:
    parts = bytearray()
    while chunk := await content.readany():
        parts += chunk
        if len(parts) > MOST_BODY:
            raise too_large()
    return bytes(parts)


def _response(request: Request, answer: Answer) -> web.Response:
    headers = {
        "x-ms-activity-id": request.headers.get("x-ms-activity-id", ""),
        "x-ms-version": VERSION,
        "x-ms-request-charge": "1",
        "x-ms-gatewayversion": "version=2.14.0",
        **answer.headers,
    }
    if answer.body:
        headers["Content-Type"] = "application/json"
    return web.Response(body=answer.body, status=answer.status, headers=headers)
