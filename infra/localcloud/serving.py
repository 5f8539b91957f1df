"""Serving HTTP on loopback: the port that was asked for or, when it is taken, a free one."""

import socket
import ssl

from aiohttp import web
from aiohttp.typedefs import Handler

from localcloud.loopback import LOOPBACK, listen, stop_accepting

__all__ = ["LOOPBACK", "Server", "listen"]


class Server:
    """One aiohttp application on one loopback port; with `tls` it speaks HTTPS."""

    def __init__(
        self,
        app: web.Application,
        port: int = 0,
        *,
        shutdown_timeout: float = 0.2,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        app.middlewares.insert(0, _until_they_leave)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._wanted = port
        self._tls = tls
        self._listeners: list[socket.socket] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Binds and serves; afterwards `port` and `url` tell where."""
        await self._runner.setup()
        listener = listen(self._wanted)
        self.port = listener.getsockname()[1]
        await self.answer_on(listener)

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        self._listeners.append(listener)
        await web.SockSite(self._runner, listener, ssl_context=self._tls).start()

    async def stop(self) -> None:
        """Stops listening, then ends every connection, one that was only just accepted too."""
        await stop_accepting(self._listeners)
        await self._runner.cleanup()


@web.middleware
async def _until_they_leave(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever leaves in the middle of a request needs no answer, and nobody a traceback. A connection of the handler's
    own that is lost stays an error."""
    try:
        return await handler(request)
    except ConnectionResetError:
        if request.transport and not request.transport.is_closing():
            raise
        return web.Response(status=400)
