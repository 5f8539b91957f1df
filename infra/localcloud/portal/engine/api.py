"""The report engine page's JSON API, under `api/engine`."""

from aiohttp import web

from localcloud.messages import _

from ..body import read_body
from ..guard import Refused
from .client import EngineClient

SHOWN_CALLS = 200


class EngineApi:
    """Shows the engine and switches it on and off."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/engine", self.state), web.post("/api/engine/switch", self.switch)]

    async def close(self) -> None:
        """The client is closed by whoever made it."""

    async def state(self, _request: web.Request) -> web.Response:
        """The state, and the last calls with the engine's time now."""
        state, calls = await self._client.state(), await self._client.ask("GET", "calls")
        return web.json_response({**state, "now": calls["now"], "calls": calls["calls"][-SHOWN_CALLS:]})

    async def switch(self, request: web.Request) -> web.Response:
        """`on`: false answers every call with 503; true ends every fault."""
        on = (await read_body(request)).get("on")
        if not isinstance(on, bool):
            raise Refused(400, _('Send JSON such as {"on": true}.'))
        if on:
            await self._client.ask("DELETE", "faults")
        else:
            await self._client.ask("POST", "faults/down", {})
        return await self.state(request)
