"""The engine's listening sockets, which can be shut: whoever connects then is refused, as by a process that is gone."""

import socket

from aiohttp import web

from localcloud.loopback import LOOPBACK, listen

BACKLOG = 1024
SHUTDOWN_SECONDS = 0.2


class Door:
    """Serves an aiohttp application on one loopback port and on the sockets that `answer_on` is given."""

    def __init__(self, app: web.Application, port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        self._wanted = port
        self._sockets: list[socket.socket] = []
        self._sites: list[web.SockSite] = []
        self.is_open = True
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        await self._runner.setup()
        listener = bound(self._wanted)
        self.port = listener.getsockname()[1]
        await self.answer_on(listener)

    async def answer_on(self, listener: socket.socket) -> None:
        """Serves on another listening socket as well, be it one of another network namespace."""
        self._sockets.append(listener)
        if self.is_open:
            await self._serve(listener)

    async def shut(self) -> None:
        """From now on connections are refused."""
        if not self.is_open:
            return
        self.is_open = False
        sites, self._sites = self._sites, []
        for site in sites:
            await site.stop()
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)  # Linux: it stays bound to its port and refuses, until `listen`

    async def open(self) -> None:
        """Takes connections again."""
        if self.is_open:
            return
        self.is_open = True
        for listener in self._sockets:
            listener.listen(BACKLOG)
            await self._serve(listener)

    async def _serve(self, listener: socket.socket) -> None:
        """The server closes its socket when it stops, so it gets a copy: the port stays ours."""
        site = web.SockSite(self._runner, listener.dup())
        self._sites.append(site)
        await site.start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        self._sites.clear()
        for listener in self._sockets:
            listener.close()


def bound(port: int) -> socket.socket:
    """A socket bound to `port` by its number, or to a free one: one that is bound to 0 loses its port when shut."""
    listener = listen(port)
    while (number := listener.getsockname()[1]) != port:
        listener.close()
        port, listener = number, listen(number)
    return listener
