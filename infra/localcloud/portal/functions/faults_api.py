"""The fault panel's JSON API, under `api/faults`: what may go wrong in Slack, on request."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _
from localcloud.slack.faults import API_FAULTS, FAULTS, LATE, TWICE, Faults

from ..body import read_body, text_of
from ..guard import Refused

MOST_EVENTS = 100
MOST_SECONDS = 600.0
MOST_DELAY = 60.0


class FaultsApi:
    """Begins, shows and ends the faults of the workspace."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/faults", self.state),
            web.post("/api/faults/begin", self.begin),
            web.post("/api/faults/end", self.end),
        ]

    async def close(self) -> None:
        """There is nothing to close: faults end with the workspace."""

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._faults.to_json())

    async def begin(self, request: web.Request) -> web.Response:
        """`name`, and as the fault needs them `seconds` (how long), `by` (how late) and `events` (how many)."""
        body = await read_body(request)
        name = _name(body)
        if name == TWICE:
            self._faults.twice(round(number_of(body, "events", 1, MOST_EVENTS)))
        elif name == LATE:
            self._faults.late(number_of(body, "by", 0.1, MOST_DELAY), number_of(body, "seconds", 1, MOST_SECONDS))
        else:
            assert name in API_FAULTS
            by = number_of(body, "by", 0.1, MOST_DELAY) if name == "slow" else 0.0
            self._faults.fail(name, number_of(body, "seconds", 1, MOST_SECONDS), by)
        return await self.state(request)

    async def end(self, request: web.Request) -> web.Response:
        if not self._faults.end(_name(await read_body(request))):
            raise Refused(409, _("That fault is over already."))
        return await self.state(request)


def _name(body: Mapping[str, Any]) -> str:
    name = text_of(body, "name")
    if name not in FAULTS:
        raise Refused(404, _("The faults are {names}.").format(names=", ".join(FAULTS)))
    return name


def number_of(body: Mapping[str, Any], name: str, least: float, most: float) -> float:
    """A field that must be a number within bounds."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        text = _("The field {name} must be a number from {least} to {most}.")
        raise Refused(400, text.format(name=name, least=f"{least:g}", most=f"{most:g}"))
    return float(value)
