"""The server: requests in, answers out, by the routes."""

import asyncio
import logging
import socket
import ssl
import sys
import time
from collections.abc import Awaitable
from urllib.parse import urlsplit

from localcloud.loopback import LOOPBACK, is_local, listen, stop_accepting

from . import routes
from .account import Account
from .auth import MasterKey
from .errors import CosmosError, said
from .exchange import Request, Response
from .physics import charges, management
from .physics.recording import record
from .wire import Connection

VERSION = "2020-07-15"
METADATA_CHARGE = f"{charges.METADATA:g}"
LOOK_SECONDS = 1.0
STOP_SECONDS = 2.0


class Server:
    """Serves an account on one loopback port, with TLS when there is a context."""

    def __init__(
        self, account: Account, key: MasterKey, *, management: bool, tls: ssl.SSLContext | None = None
    ) -> None:
        self._account = account
        self._key = key
        self._management = management
        self._tls = tls
        self._scheme = "https" if tls else "http"
        self._listening: list[asyncio.Server] = []
        self._listeners: list[socket.socket] = []
        self._watching: asyncio.Task[None] | None = None
        self._connections: set[Connection] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    async def start(self, port: int) -> None:
        """Binds `port`, or a free one when it is 0 or taken, and serves."""
        listener = listen(port)
        self.port = listener.getsockname()[1]
        await self.answer_on(listener)
        self._watching = asyncio.create_task(self._watch())

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        self._listeners.append(listener)
        self._listening.append(
            await asyncio.get_running_loop().create_server(
                lambda: Connection(self._respond, self._scheme, self._connections), sock=listener, ssl=self._tls
            )
        )

    async def stop(self) -> None:
        """Takes no more requests, and ends when those under way are answered, or two seconds later."""
        if self._watching is None:
            return
        await stop_accepting(self._listeners)
        for server in self._listening:
            server.close()
        self._watching.cancel()
        under_way = [one.task for one in self._connections if one.task is not None]
        for connection in list(self._connections):
            connection.close()
        if under_way:
            await asyncio.wait(under_way, timeout=STOP_SECONDS)
        self._watching = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections):
                connection.expire(now)

    def _respond(self, request: Request) -> Response | Awaitable[Response]:
        started = time.perf_counter()
        try:
            result = self._routed(request)
        except Exception as error:
            return self._finished(request, self._failed(request, error), started)
        return self._finished(request, result, started) if isinstance(result, Response) else self._later(
            request, result, started
        )  # fmt: skip

    async def _later(self, request: Request, result: Awaitable[Response], started: float) -> Response:
        try:
            answer = await result
        except Exception as error:
            answer = self._failed(request, error)
        return self._finished(request, answer, started)

    def _routed(self, request: Request) -> Response | Awaitable[Response]:
        headers = request.headers
        if not is_local(headers.get("host", "")):
            raise CosmosError(403, None, said("This emulator answers this computer alone: use 127.0.0.1 or localhost."))
        if request.segments and request.segments[0] == "_camp":
            origin = headers.get("origin")
            if not self._management or (origin is not None and not is_local(urlsplit(origin).netloc)):
                raise CosmosError(403, None, said("The management endpoint is closed."))
            return management.answer(self._account, request)
        self._key.check(request)
        return routes.find(request)(self._account, request)

    def _failed(self, request: Request, error: Exception) -> Response:
        """The service's refusal, a query that is refused, or a failure of ours."""
        if isinstance(error, CosmosError):
            return Response.error(error)
        sql = sys.modules.get("localcloud.cosmos.sql")
        if sql is not None and isinstance(error, sql.SqlError):
            return Response.of(error.body, 400)
        self._account.store.abort(error)
        logging.getLogger("cosmos").error("%s %s", request.method, request.path, exc_info=error)
        return Response.error(CosmosError(500, None, said("The emulator has failed: its log says why.")))

    def _finished(self, request: Request, answer: Response, started: float) -> Response:
        seconds = time.perf_counter() - started
        if answer.status < 400:  # the client need not wait for our log
            asyncio.get_running_loop().call_soon(record, self._account, request, answer, seconds)
        else:
            record(self._account, request, answer, seconds)
        answer.headers = {
            "x-ms-activity-id": request.headers.get("x-ms-activity-id", ""),
            "x-ms-version": VERSION,
            "x-ms-request-charge": METADATA_CHARGE,
            "x-ms-gatewayversion": "version=2.14.0",
            **answer.headers,
        }
        return answer
