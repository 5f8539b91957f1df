"""Storage that starts when it is first used: ports that answer at once, and an Azurite behind them on demand."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from localcloud.loopback import LOOPBACK

from .azurite import Azurite, Ports, connection_string

CHUNK = 65_536
KINDS = ("blob", "queue", "table")


class LazyAzurite:
    """Ports of its own, whose first connection starts Azurite. Use `start` and `stop` on one event loop."""

    def __init__(self, make: Callable[[], Azurite], account: str, key: str) -> None:
        self._make = make
        self._account, self._key = account, key
        self._azurite: Azurite | None = None
        self._starting: asyncio.Task[Azurite] | None = None
        self._servers: list[asyncio.Server] = []
        self._carrying: set[asyncio.Task[None]] = set()
        self.ports = Ports()

    @property
    def running(self) -> bool:
        """Whether Azurite has been started."""
        return self._azurite is not None

    @property
    def connection_string(self) -> str:
        return connection_string(self.ports, self._account, self._key)

    async def start(self) -> None:
        for kind in KINDS:
            server = await asyncio.start_server(self._carrier(kind), LOOPBACK, 0)
            self._servers.append(server)
            self.ports = replace(self.ports, **{kind: server.sockets[0].getsockname()[1]})

    async def wake(self) -> None:
        """Starts Azurite before anybody waits for it, which takes a second and more on a busy machine."""
        await self._running()

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        if self._starting:
            await asyncio.wait({self._starting})  # a process that is half started would outlive this
        if self._azurite:
            await asyncio.to_thread(self._azurite.stop)

    def _carrier(self, kind: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._carry(kind, reader, writer))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

        return carry

    async def _carry(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            azurite = await self._running()
            there, back = await asyncio.open_connection(LOOPBACK, getattr(azurite.ports, kind))
        except BaseException:
            writer.close()
            raise
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.close()
            writer.close()

    async def _running(self) -> Azurite:
        if self._starting is None:
            self._starting = asyncio.create_task(self._started())
        return await asyncio.shield(self._starting)

    async def _started(self) -> Azurite:
        azurite = self._make()
        await asyncio.to_thread(azurite.start)
        self._azurite = azurite
        return azurite


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()
