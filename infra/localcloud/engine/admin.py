"""What another process may see of the engine and do to it: under `/admin`, with the token that it was started with."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.event_stream import since
from localcloud.messages import _

if TYPE_CHECKING:
    from .engine import Engine

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def admin_routes(engine: "Engine", token: str) -> list[web.RouteDef]:
    admin = EngineAdmin(engine)
    routes: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/admin/state", admin.state),
        ("GET", "/admin/calls", admin.calls),
        ("GET", "/admin/journal", admin.journal),
        ("POST", "/admin/faults/{name}", admin.begin),
        ("DELETE", "/admin/faults/{name}", admin.end),
        ("DELETE", "/admin/faults", admin.end_all),
    )
    return [web.route(method, path, _with_token(handler, token)) for method, path, handler in routes]


def _with_token(handler: Handler, token: str) -> Handler:
    wanted = f"Bearer {token}".encode()

    async def guarded(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, wanted):
            return web.Response(status=401)
        return await handler(request)

    return guarded


class EngineAdmin:
    """Looks at one engine, and injects and ends its faults."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._engine.to_json())

    async def calls(self, request: web.Request) -> web.Response:
        """The calls with a number greater than `since`, and the time of the same clock now."""
        first = since(request)
        calls = [asdict(call) for call in self._engine.calls() if call.number > first or call.ended is None]
        return web.json_response({"now": self._engine.calls.now(), "calls": calls})

    async def journal(self, request: web.Request) -> web.Response:
        return web.json_response([entry.to_json() for entry in self._engine.journal.since(since(request))])

    async def begin(self, request: web.Request) -> web.Response:
        """`target` (a topic), `seconds`, `times` and `by`, as the fault takes them."""
        try:
            await self._engine.inject(request.match_info["name"], await _fields(request))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return await self.state(request)

    async def end(self, request: web.Request) -> web.Response:
        target = request.query.get("target", "")
        if not self._engine.faults.end(request.match_info["name"], target):
            return web.json_response({"error": _("That fault is over already.")}, status=409)
        return await self.state(request)

    async def end_all(self, request: web.Request) -> web.Response:
        await self._engine.works()
        return await self.state(request)


async def _fields(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request; ValueError when it brings something else."""
    text = await request.read()
    fields = json.loads(text) if text else {}
    if not isinstance(fields, dict):
        raise ValueError(_("Send a JSON object."))
    return fields
