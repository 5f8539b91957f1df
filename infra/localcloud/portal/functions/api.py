"""The functions page's JSON API, under `api/functions/`: the host's state and log, and its faults."""

from aiohttp import web

from localcloud.event_stream import since, stream

from ..guard import refusal
from .host import ASK_SECONDS, FAULT_SECONDS, Host


class FunctionsApi:
    """Hands requests to the host, and its answers to the page."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/functions/state", self.state),
            web.get("/api/functions/journal", self.journal),
            web.get("/api/functions/live", self.live),
            web.post("/api/functions/faults/{fault:recycle|crash}", self.fault),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._host.state())

    async def journal(self, request: web.Request) -> web.Response:
        status, content = await self._host.ask("GET", f"journal?since={since(request)}", ASK_SECONDS)
        if status != 200:
            return refusal(502, content.decode("utf-8", "replace"))
        return web.Response(body=content, content_type="application/json")

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The host's journal as it grows; ends when the host does."""
        return await stream(request, self._host.live(since(request)))

    async def fault(self, request: web.Request) -> web.Response:
        status, content = await self._host.ask("POST", f"faults/{request.match_info['fault']}", FAULT_SECONDS)
        if status != 200:
            return refusal(409, content.decode("utf-8", "replace"))
        return web.Response(body=content, content_type="application/json")
