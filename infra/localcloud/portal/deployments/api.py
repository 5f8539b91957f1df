"""The deployments page's JSON API, under `api/deployments`."""

import re

from aiohttp import web

from localcloud.messages import _

from ..body import read_body
from ..guard import Refused
from .client import AzureClient

ID = re.compile(r"[0-9a-f]{1,64}")
SLOTS = ("production", "staging")


class DeploymentsApi:
    """Shows the slots, and swaps them."""

    def __init__(self, client: AzureClient) -> None:
        self._client = client

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/deployments", self.state),
            web.get("/api/deployments/{id}", self.deployment),
            web.post("/api/deployments/swap", self.swap),
        ]

    async def close(self) -> None:
        """The client is closed by whoever made it."""

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._client.state())

    async def deployment(self, request: web.Request) -> web.Response:
        """One deployment, with its log."""
        id = request.match_info["id"]
        if not ID.fullmatch(id):
            raise Refused(404, _("There is no such deployment."))
        return web.json_response(await self._client.deployment(id))

    async def swap(self, request: web.Request) -> web.Response:
        """`source` and `target`; answers once they are swapped."""
        body = await read_body(request)
        source, target = body.get("source"), body.get("target")
        if source not in SLOTS or target not in SLOTS:
            raise Refused(400, _('Send JSON such as {"source": "staging", "target": "production"}.'))
        return web.json_response(await self._client.swap(str(source), str(target)))
