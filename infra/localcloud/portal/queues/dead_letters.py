"""Dead letters of every cloud side by side: what a queue gave up on, and how it is put back. Each service that knows
some has a source in its page's folder."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

from aiohttp import web

from localcloud.messages import _

from ..body import read_body, text_of
from ..guard import Refused
from ..page import Connections

MODULES = ("queues.poison", "queues.redrives", "data.letters")
SHOWN = 10


class Source(Protocol):
    """The dead letters of one service."""

    name: str

    def title(self) -> str:
        """What it is, for a person."""

    async def groups(self) -> list[dict[str, Any]]:
        """One for each place of dead letters: `name`, of whom (`of`), after how many `tries` if that is known, how many
        there are (`count`), and the first `letters` with `id`, `text` and perhaps `tries`. Refused when the service
        does not answer."""

    async def replay(self, group: str, id: str) -> None:
        """Puts one back to where it came from; Refused when it is gone."""


def sources(connections: Connections) -> list[Source]:
    """Those of the services that run."""
    found: list[Source] = []
    for module in MODULES:
        found += import_module(f"localcloud.portal.{module}").sources(connections)
    return found


class DeadLettersApi:
    """Lists them and puts them back, under `api/queues/dead`."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/queues/dead", self.all), web.post("/api/queues/dead/{of}/replay", self.replay)]

    async def close(self) -> None:
        """The services' clients are closed by whoever made them."""

    async def all(self, _request: web.Request) -> web.Response:
        """Each source with its groups; `problem` says why it has none to show."""
        found: list[dict[str, Any]] = []
        for source in self._sources.values():
            facts = {"of": source.name, "title": source.title()}
            try:
                found.append({**facts, "groups": await source.groups()})
            except Refused as refused:
                found.append({**facts, "groups": [], "problem": refused.sentence})
        return web.json_response(found)

    async def replay(self, request: web.Request) -> web.Response:
        """`group` and `id`."""
        source = self._sources.get(request.match_info["of"])
        if source is None:
            raise Refused(404, _("Dead letters are of {names}.").format(names=", ".join(self._sources)))
        body = await read_body(request)
        await source.replay(text_of(body, "group"), text_of(body, "id"))
        return web.json_response({})


def gone() -> Refused:
    return Refused(409, _("That letter is gone: somebody has put it back, or deleted it."))
