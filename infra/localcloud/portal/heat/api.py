"""The heat map's JSON API: `api/heat`."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from ..data.account import without
from ..data.physics import Physics
from ..data.scale_api import number, query_of
from .heat import ROWS, heat, verdict
from .words import sentence as in_words

STEPS = (1, 5)


class HeatApi:
    """What the physical partitions of a container use."""

    def __init__(self, physics: Physics) -> None:
        self._physics = physics

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/heat", self.heat)]

    async def close(self) -> None:
        """Keeps nothing open."""

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
        query = query_of(chosen["database"], chosen["container"])
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
