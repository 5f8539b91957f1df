"""The timeline's JSON and SVG, under `api/`."""

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
from .model import Timeline
from .recent import recent
from .story import told
from .svg import svg_of
from .text import text_of

TRACE = re.compile(r"[0-9a-f]{32}")
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

AskHost = Callable[[str], Awaitable[Any]]


class TimelineApi:
    """Tells traces from the workspace's journal, if there is one, and from the host's, which `ask_host` reads."""

    def __init__(self, workspace: SlackWorkspace | None, ask_host: AskHost) -> None:
        self._workspace = workspace
        self._ask_host = ask_host

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/timelines", self.latest),
            web.get("/api/timeline", self.one),
            web.get("/api/timeline.svg", self.drawing),
        ]

    async def close(self) -> None:
        """Keeps nothing open."""

    async def latest(self, _request: web.Request) -> web.Response:
        """The traces of late, newest first; `last` is the workspace's last journal entry."""
        problem, host = await self._host("traces")
        entries = self._entries()
        last = entries[-1].number if entries else 0
        found = recent((entry.to_json() for entry in reversed(entries)), host, self._names())
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
        problem, host = await self._host(f"journal?trace={trace}")
        timeline = told(trace, self._slack(trace), host, self._names(), time.time())
        if timeline is None:
            raise Refused(404, problem or _("Nothing is recorded of this trace, or nothing any more."))
        return replace(timeline, notes=[problem, *timeline.notes]) if problem else timeline

    def _slack(self, trace: str) -> list[Mapping[str, Any]]:
        """The entries of a trace, and what apps did after it began."""
        found: list[Mapping[str, Any]] = []
        for entry in self._entries():
            typed = entry.facts.get("typed") or {}
            own = trace in (entry.facts.get("trace"), (typed.get("delivery") or {}).get("trace"))
            act = entry.kind == "api.called" or (
                entry.kind == "message.posted" and entry.facts["message"].get("bot_id")
            )
            if own or act:
                found.append(entry.to_json())
        return found

    def _entries(self) -> Sequence[Entry]:
        return self._workspace.journal.entries if self._workspace else ()

    def _names(self) -> dict[str, str]:
        if self._workspace is None:
            return {}
        store = self._workspace.store
        people = {one.id: one.name for one in store.users.values()}
        return people | {one.id: one.name for one in store.channels.values()}

    async def _host(self, path: str) -> tuple[str, list[Any]]:
        """What the host answers; without one, a sentence that says so."""
        try:
            return "", await self._ask_host(path)
        except Refused as refused:
            return refused.sentence, []
