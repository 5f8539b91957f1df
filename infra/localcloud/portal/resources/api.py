"""The resources page's JSON API, under `api/resources`. It reads alone: what is as code is changed as code."""

from aiohttp import web

from .client import ResourcesClient


class ResourcesApi:
    """Passes on what the subscription shows; `opened` is the folder below work/ that is worked in."""

    def __init__(self, client: ResourcesClient, opened: str) -> None:
        self._client = client
        self._opened = opened

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/resources", self.overview), web.get("/api/resources/resource", self.resource)]

    async def close(self) -> None:
        """The client is closed by whoever made it."""

    async def overview(self, request: web.Request) -> web.Response:
        """Of the `group` of that id, or of the first."""
        found = await self._client.overview(request.query.get("group", ""))
        return web.json_response({**found, "folder": f"work/{self._opened}" if self._opened else ""})

    async def resource(self, request: web.Request) -> web.Response:
        """The resource of that `id`, also one that is gone."""
        return web.json_response(await self._client.resource(request.query.get("id", "")))
