"""Serving HTTP on loopback: the port that was asked for or, when it is taken, a free one."""

from aiohttp import web

from localcloud.loopback import LOOPBACK, listen

__all__ = ["LOOPBACK", "Server", "listen"]


class Server:
    """One aiohttp application on one loopback port."""

    def __init__(self, app: web.Application, port: int = 0, *, shutdown_timeout: float = 0.2) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
        self._wanted = port
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Binds and serves; afterwards `port` and `url` tell where."""
        await self._runner.setup()
        listener = listen(self._wanted)
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
