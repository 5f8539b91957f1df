"""A process of a service: its command, what it needs, and how one knows that it answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.loopback import LOOPBACK

PROBE_SECONDS = 2.0


@dataclass(frozen=True)
class TcpProbe:
    """Ready when every one of `ports` takes a connection on loopback."""

    ports: tuple[int, ...]

    async def answers(self) -> bool:
        for port in self.ports:
            try:
                _reader, writer = await asyncio.wait_for(asyncio.open_connection(LOOPBACK, port), PROBE_SECONDS)
            except (OSError, asyncio.TimeoutError):
                return False
            writer.close()
        return True


@dataclass(frozen=True)
class HttpProbe:
    """Ready when `GET path` on `port` answers with a status below `below`."""

    port: int
    path: str = "/"
    below: int = 300

    async def answers(self) -> bool:
        try:
            return await asyncio.wait_for(self._status(), PROBE_SECONDS) < self.below
        except (OSError, ValueError, IndexError, asyncio.TimeoutError):
            return False

    async def _status(self) -> int:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            request = f"GET {self.path} HTTP/1.1\r\nHost: {LOOPBACK}:{self.port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            await writer.drain()
            line = await reader.readline()
            return int(line.split()[1])
        finally:
            writer.close()


@dataclass(frozen=True)
class ServiceProcess:
    """One process of the local cloud.

    It starts after all that it `needs` are ready. It must end when its standard input ends. `folders` are made before
    it starts, and again when somebody deletes them. `url` is for people. Others wait for a service unless it is
    `background`. `when_ready` is awaited after each start, before anybody hears that it is ready.
    """

    name: str
    argv: Sequence[str]
    ready: TcpProbe | HttpProbe
    url: str
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    cwd: Path | None = None
    folders: tuple[Path, ...] = ()
    background: bool = False
    start_seconds: float = 60.0
    stop_seconds: float = 5.0
    when_ready: Callable[[], Awaitable[None]] | None = None


def check_needs(services: Sequence[ServiceProcess]) -> None:
    """Raises ValueError when a need is unknown or services need each other in a circle."""
    names = {service.name for service in services}
    for service in services:
        if unknown := set(service.needs) - names:
            raise ValueError(f"{service.name} needs {', '.join(sorted(unknown))}, which is no service")
    placed: set[str] = set()
    waiting = list(services)
    while waiting:
        free = [service for service in waiting if placed.issuperset(service.needs)]
        if not free:
            raise ValueError("services need each other in a circle: " + ", ".join(one.name for one in waiting))
        placed.update(service.name for service in free)
        waiting = [service for service in waiting if service.name not in placed]
