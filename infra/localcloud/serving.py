"""Serving HTTP on loopback: the port that was asked for or, when it is taken, a free one."""

import asyncio
import socket

from aiohttp import web

from localcloud.loopback import LOOPBACK, listen

__all__ = ["LOOPBACK", "Server", "listen"]

TICKS_TO_ACCEPT = 4  # asyncio makes a connection of an accepted socket in so many turns of its loop


class Server:
    """One aiohttp application on one loopback port."""

    def __init__(self, app: web.Application, port: int = 0, *, shutdown_timeout: float = 0.2) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._wanted = port
        self._listener: socket.socket | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Binds and serves; afterwards `port` and `url` tell where."""
        await self._runner.setup()
        self._listener = listen(self._wanted)
        self.port = self._listener.getsockname()[1]
        await web.SockSite(self._runner, self._listener).start()

    async def stop(self) -> None:
        """Stops listening, then ends every connection, one that was only just accepted too."""
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            for _tick in range(TICKS_TO_ACCEPT):
                await asyncio.sleep(0)
        await self._runner.cleanup()
