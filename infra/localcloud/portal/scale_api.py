"""Throughput and physics: `api/data/scale`, the emulator's switches, the last requests, and the heat map."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from .body import read_body
from .cosmos_account import without
from .data_api import MOST_PARTITIONS, place_of, throughput_of, whole
from .databases import Databases
from .guard import Refused
from .heat import ROWS, heat, verdict
from .heatwords import sentence as in_words
from .physics import Physics

STEPS = (1, 5)


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
            web.get("/api/heat", self.heat),
        ]

    async def close(self) -> None:
        """Account and endpoint are closed by the Data Explorer's API."""

    async def scale(self, request: web.Request) -> web.Response:
        """The throughput, and what the emulator tells besides (`physics`, null where there is no such endpoint)."""
        database, container = place_of(request.query)
        found = await self._databases.throughput(database, container)
        told = await self._physics.ask("consumption", {**_query(database, container), "since": "9999999999"})
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
        await self._physics.tell("partitions", {**_query(database, container), "count": count})
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
        query = {**_query(*place_of(request.query)), "since": str(since)}
        return web.json_response({"requests": await self._physics.ask("requests", query)})

    async def heat(self, request: web.Request) -> web.Response:
        """The heat map of one container (the first one when none is named), `step` seconds a row."""
        step = number(request.query, "step", range(1, max(STEPS) + 1), default=1)
        containers = await self._physics.ask("containers")
        if containers is None:
            sentence = missing() if self._physics.configured else without()
            return web.json_response({"missing": sentence, "containers": [], "shown": None})
        wanted = (request.query.get("database"), request.query.get("container"))
        chosen = next((one for one in containers if (one["database"], one["container"]) == wanted), None)
        if chosen is None and containers:
            chosen = max(containers, key=lambda one: one["documents"])
        shown = await self._shown(chosen, step) if chosen else None
        return web.json_response({"missing": None, "containers": containers, "shown": shown})

    async def _shown(self, chosen: Mapping[str, Any], step: int) -> dict[str, Any] | None:
        query = _query(chosen["database"], chosen["container"])
        told = await self._physics.ask("consumption", query)
        if told is None:
            return None
        since = int(told["now"]) - ROWS * step
        told = await self._physics.ask("consumption", {**query, "since": str(since)})
        found = heat(told, step)
        judged = verdict(found["columns"])
        facts = {name: told[name] for name in ("database", "container", "throughput", "autoscale", "burst")}
        return {**facts, **found, "verdict": judged, "sentence": in_words(judged), "shared": chosen["shared"]}


def missing() -> str:
    """Why there is no heat map."""
    return _(
        "This Cosmos DB does not tell what its physical partitions use. The camp's own emulator does: start the camp "
        "without --cosmos. On Azure, look at the metric Normalized RU Consumption, split by PartitionKeyRangeId."
    )


def _query(database: str, container: str) -> dict[str, str]:
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
