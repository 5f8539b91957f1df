"""The faults page's JSON API, under `api/faults/`: what may go wrong in any service, on request."""

from collections.abc import Sequence

from aiohttp import web

from localcloud.messages import _

from ..body import read_body, text_of
from ..guard import Refused
from .sources import Source


class AllFaultsApi:
    """Lists, begins and ends the faults of all services."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/faults/all", self.all),
            web.post("/api/faults/{of}/{name}/begin", self.begin),
            web.post("/api/faults/{of}/{name}/end", self.end),
        ]

    async def close(self) -> None:
        """The services' clients are closed by whoever made them."""

    async def all(self, _request: web.Request) -> web.Response:
        """Each source with its kinds and active faults; `problem` says why one has none to show."""
        found = []
        for source in self._sources.values():
            facts = {"of": source.name, "title": source.title()}
            try:
                found.append({**facts, **await source.state()})
            except Refused as refused:
                found.append({**facts, "kinds": [], "active": [], "problem": refused.sentence})
        return web.json_response(found)

    async def begin(self, request: web.Request) -> web.Response:
        """`target`, `seconds`, `times` and `by`, as the fault takes them."""
        await self._source(request).inject(request.match_info["name"], await read_body(request))
        return web.json_response({})

    async def end(self, request: web.Request) -> web.Response:
        """`target`, if the fault has one."""
        target = text_of(await read_body(request), "target", default="")
        await self._source(request).end(request.match_info["name"], target)
        return web.json_response({})

    def _source(self, request: web.Request) -> Source:
        source = self._sources.get(request.match_info["of"])
        if source is None:
            raise Refused(404, _("Faults are of {names}.").format(names=", ".join(self._sources)))
        return source
