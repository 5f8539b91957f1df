"""All effects together, and the ports that they keep from one start to the next."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from localcloud.loopback import is_free

from ..effects import Site, SiteEffects
from .cosmos import CosmosAccounts
from .storage import StorageAccounts

SECONDS_TO_END, LOOK_EVERY = 10.0, 0.1  # as long as Azurite may take

Opened = Callable[[int], Awaitable[None]]


class LocalEffects:
    """Data in `folder` or, for None, in memory. `sites` runs function apps; without it they are only kept.
    `opened` is called with each port that is served."""

    def __init__(self, folder: Path | None, sites: SiteEffects | None = None, opened: Opened | None = None) -> None:
        ports = Ports(folder and folder / "ports.json", opened)
        self.storage = StorageAccounts(folder and folder / "storage", ports)
        self.cosmos = CosmosAccounts(folder and folder / "cosmos", ports)
        self.sites: SiteEffects = sites or KeptSites()

    async def stop(self) -> None:
        await asyncio.gather(self.storage.stop(), self.cosmos.stop())


class Ports:
    """The port of each service by name: the same after a restart, so that connection strings stay right."""

    def __init__(self, file: Path | None, opened: Opened | None) -> None:
        self._file = file
        self._opened = opened
        self._kept: dict[str, int] = json.loads(file.read_text("utf-8")) if file and file.is_file() else {}

    def wanted(self, name: str) -> int:
        """The port that it had, if that is free; else 0."""
        port = self._kept.get(name, 0)
        return port if port and is_free(port) else 0

    async def freed(self, names: Sequence[str]) -> None:
        """Returns once the ports that these had are free: what a process that was killed had started ends by itself."""
        kept = [port for name in names if (port := self._kept.get(name))]
        for _number in range(int(SECONDS_TO_END / LOOK_EVERY)):
            if all(map(is_free, kept)):
                return
            await asyncio.sleep(LOOK_EVERY)

    async def took(self, name: str, port: int) -> None:
        if self._kept.get(name) != port:
            self._kept[name] = port
            self._write()
        if self._opened:
            await self._opened(port)

    def forget(self, name: str) -> None:
        if self._kept.pop(name, None):
            self._write()

    def _write(self) -> None:
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(self._kept), "utf-8")
            new.replace(self._file)


class KeptSites:
    """Function apps that nobody runs: what they would get is kept, for whoever looks."""

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}

    async def put(self, site: Site) -> None:
        self.sites[site.id.lower()] = site

    async def remove(self, id: str) -> None:
        self.sites.pop(id.lower(), None)
