"""The JSON API of trials, under `api/trials`."""

import asyncio
from pathlib import Path

from aiohttp import web

from localcloud import trials
from localcloud.messages import _
from localcloud.trials import Trial

from ..guard import Refused
from ..timeline.svg import STYLE
from .story import lines_of, shown, timelines_of


class TrialsApi:
    """Shows what the files in `folder` tell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/trials", self.all),
            web.get("/api/trials/one", self.one),
            web.get("/api/trials/drawing.css", self.style),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def all(self, _request: web.Request) -> web.Response:
        """The last trial of each id, the newest first."""
        found = await asyncio.to_thread(trials.read_all, self._folder)
        return web.json_response({"trials": [_head(trial) for trial in found]})

    async def one(self, request: web.Request) -> web.Response:
        """The trial `id`, with what happened and its timelines."""
        trial = await asyncio.to_thread(trials.read, self._folder, request.query.get("id", ""))
        if trial is None:
            raise Refused(404, _("There is no trial of this id."))
        lines = [line.to_json() for line in lines_of(trial)]
        body = {**_head(trial), "facts": list(trial.facts), "lines": lines, "timelines": shown(timelines_of(trial))}
        return web.json_response(body)

    async def style(self, _request: web.Request) -> web.Response:
        """The style sheet of timelines, which have a page of their own only where there is a host."""
        return web.Response(text=STYLE.read_text("utf-8"), content_type="text/css")


def _head(trial: Trial) -> dict[str, object]:
    return {
        "id": trial.id, "title": trial.title, "partOf": trial.part_of, "at": trial.at, "outcome": trial.outcome,
    }  # fmt: skip
