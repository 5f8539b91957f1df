"""Serving HTTP on loopback: the port that was asked for or, when it is taken, a free one."""

import asyncio
import socket

from aiohttp import web

LOOPBACK = "127.0.0.1"


def listen(port: int = 0) -> socket.socket:
    """A listening loopback socket on `port`, or on a free port when `port` is 0 or taken."""
    for candidate in (port, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(1024)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError("no free port on the loopback interface")


class Server:
    """One aiohttp application on one loopback port."""

    def __init__(self, app: web.Application, port: int = 0, *, shutdown_timeout: float = 0.2) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._wanted = port
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
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        for listener in self._listeners:
            if listener.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(listener)
        await asyncio.sleep(0)  # what was accepted just now becomes a connection; asyncio would lose it
        await self._runner.cleanup()
