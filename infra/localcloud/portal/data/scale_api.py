"""Throughput and physics: `api/data/scale`, the emulator's switches, and the last requests."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from ..body import read_body
from ..guard import Refused
from .api import MOST_PARTITIONS, place_of, throughput_of, whole
from .databases import Databases
from .physics import Physics


class ScaleApi:
    """What a container may use, and what it does use."""

    def __init__(self, databases: Databases, physics: Physics) -> None:
        self._databases = databases
        self._physics = physics

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/data/scale", self.scale),
            web.post("/api/data/scale", self.rescale),
            web.post("/api/data/partitions", self.lay_out),
            web.post("/api/data/burst", self.burst),
            web.post("/api/data/fidelity", self.fidelity),
            web.get("/api/data/requests", self.requests),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def scale(self, request: web.Request) -> web.Response:
        """The throughput, and what the emulator tells besides (`physics`, null where there is no such endpoint)."""
        database, container = place_of(request.query)
        found = await self._databases.throughput(database, container)
        told = await self._physics.ask("consumption", {**query_of(database, container), "since": "9999999999"})
        return web.json_response({**found, "physics": _switches(told) if told else None})

    async def rescale(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        await self._databases.scale(*place_of(body), throughput_of(body))
        return web.json_response({})

    async def lay_out(self, request: web.Request) -> web.Response:
        """Emulator only: `count` physical partitions for a container."""
        body = await read_body(request)
        database, container = place_of(body)
        count = whole(body, "count", range(1, MOST_PARTITIONS + 1))
        await self._physics.tell("partitions", {**query_of(database, container), "count": count})
        return web.json_response({})

    async def burst(self, request: web.Request) -> web.Response:
        on = flag(await read_body(request), "on")
        await self._physics.tell("burst", {"on": on})
        return web.json_response({})

    async def fidelity(self, request: web.Request) -> web.Response:
        relaxed = flag(await read_body(request), "relaxed")
        await self._physics.tell("fidelity", {"relaxed": relaxed})
        return web.json_response({})

    async def requests(self, request: web.Request) -> web.Response:
        """The last requests of a container after the number `since`; null where the emulator is not ours."""
        since = number(request.query, "since", range(2**53))
        query = {**query_of(*place_of(request.query)), "since": str(since)}
        return web.json_response({"requests": await self._physics.ask("requests", query)})


def query_of(database: str, container: str) -> dict[str, str]:
    return {"database": database, "container": container}


def _switches(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"partitions": len(told["partitions"]), "burst": told["burst"], "relaxed": told.get("relaxed")}


def flag(body: Mapping[str, Any], field: str) -> bool:
    value = body.get(field)
    if not isinstance(value, bool):
        raise Refused(400, _("The field {name} must be true or false.").format(name=field))
    return value


def number(query: Mapping[str, str], field: str, allowed: range, default: int = 0) -> int:
    text = query.get(field, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) not in allowed:
        raise Refused(400, _("There is no such {name}.").format(name=field))
    return int(text)
