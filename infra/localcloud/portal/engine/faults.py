"""The faults of the report engine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from localcloud.messages import _

from ..page import Connections
from .client import EngineClient

if TYPE_CHECKING:
    from ..faults.sources import Source


def sources(connections: Connections) -> "list[Source]":
    client = connections.shared(EngineClient) if connections.has("engine") else None
    return [EngineFaults(client)] if client and client.url else []


class EngineFaults:
    name = "engine"

    def __init__(self, client: EngineClient) -> None:
        self._client = client

    def title(self) -> str:
        return _("Report engine")

    async def state(self) -> Mapping[str, Any]:
        found = await self._client.state()
        return {"kinds": found["kinds"], "active": found["active"]}

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        await self._client.ask("POST", f"faults/{quote(name, safe='')}", fields)

    async def end(self, name: str, target: str) -> None:
        await self._client.ask("DELETE", f"faults/{quote(name, safe='')}?target={quote(target, safe='')}")
