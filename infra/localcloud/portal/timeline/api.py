"""The timeline's JSON and SVG, under `api/`."""

import itertools
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from localcloud.journal import Entry
from localcloud.messages import _
from localcloud.slack.workspace import SlackWorkspace

from ..guard import Refused
from .loops import candidates
from .model import Timeline
from .recent import recent
from .runs import runs_of
from .story import told
from .svg import svg_of
from .text import text_of

TRACE = re.compile(r"[0-9a-f]{32}")
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

AskHost = Callable[[str], Awaitable[Any]]
AskEngine = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]


class TimelineApi:
    """Tells traces from the workspace's journal, if there is one, from the host's, which `ask_host` reads, and from the
    report engine's, which `ask_engine` reads, if one runs."""

    def __init__(
        self,
        workspace: SlackWorkspace | None,
        ask_host: AskHost,
        past: Sequence[Mapping[str, Any]] = (),
        ask_engine: AskEngine | None = None,
    ) -> None:
        self._workspace = workspace
        self._ask_host = ask_host
        self._past = past
        self._ask_engine = ask_engine

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/timelines", self.latest),
            web.get("/api/timeline", self.one),
            web.get("/api/timeline.svg", self.drawing),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def latest(self, request: web.Request) -> web.Response:
        """The traces of late, newest first, or those that `find` names by a text or a timestamp; `last` is the
        workspace's last journal entry."""
        problem, host = await self._host("traces")
        entries = self._entries()
        last = entries[-1].number if entries else 0
        newest_first = itertools.chain((entry.to_json() for entry in reversed(entries)), reversed(self._past))
        found = recent(newest_first, host, self._names(), find=request.query.get("find", ""))
        body = {"traces": [one.to_json() for one in found], "problem": problem, "last": last}
        return web.json_response(body)

    async def one(self, request: web.Request) -> web.Response:
        """The timeline of `trace`, with its drawing and its text."""
        timeline = await self._timeline(request)
        drawing = {"svg": svg_of(timeline, styled=False), "text": text_of(timeline)}
        return web.json_response({**timeline.to_json(), **drawing})

    async def drawing(self, request: web.Request) -> web.Response:
        timeline = await self._timeline(request)
        headers = {
            "Content-Security-Policy": SVG_POLICY,
            "Content-Disposition": f'inline; filename="timeline-{timeline.trace[:8]}.svg"',
        }
        return web.Response(text=svg_of(timeline), content_type="image/svg+xml", headers=headers)

    async def _timeline(self, request: web.Request) -> Timeline:
        trace = request.query.get("trace", "")
        if not TRACE.fullmatch(trace):
            raise Refused(400, _("A trace id is 32 hexadecimal digits: timeline?trace=..."))
        slack = self._slack()
        problem, host = await self._followed(trace, slack)
        silent, engine = await self._engine()
        timeline = told(trace, slack, host, self._names(), time.time(), engine)
        if timeline is None:
            raise Refused(404, problem or _("Nothing is recorded of this trace, or nothing any more."))
        return replace(timeline, notes=[one for one in (problem, silent) if one] + list(timeline.notes))

    async def _followed(self, trace: str, slack: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
        """What the host tells of a trace, and of those that began with posts of the app, if it answered them."""
        found: dict[int, Any] = {}
        asked: set[str] = set()
        wanted = {trace}
        while fresh := wanted - asked:
            for one in sorted(fresh):
                problem, entries = await self._host(f"journal?trace={one}")
                if problem:
                    return problem, list(found.values())
                found.update((entry["number"], entry) for entry in entries)
            asked |= fresh
            wanted = candidates(trace, slack, list(runs_of(found[number] for number in sorted(found)).values()))
        return "", [found[number] for number in sorted(found)]

    def _slack(self) -> list[Mapping[str, Any]]:
        """All that the workspace's journal tells; that of before the last restart, too."""
        return [*self._past, *(entry.to_json() for entry in self._entries())]

    def _entries(self) -> Sequence[Entry]:
        return self._workspace.journal.entries if self._workspace else ()

    def _names(self) -> dict[str, str]:
        if self._workspace is None:
            return {}
        store = self._workspace.store
        people = {one.id: one.name for one in store.users.values()}
        return people | {one.id: one.name for one in store.channels.values()}

    async def _engine(self) -> tuple[str, Sequence[Mapping[str, Any]]]:
        """The report engine's journal; a sentence when it does not answer."""
        try:
            return "", await self._ask_engine() if self._ask_engine else []
        except Refused as refused:
            return refused.sentence, []

    async def _host(self, path: str) -> tuple[str, list[Any]]:
        """What the host answers; without one, a sentence that says so."""
        try:
            return "", await self._ask_host(path)
        except Refused as refused:
            return refused.sentence, []
