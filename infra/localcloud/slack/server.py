"""The workspace's HTTP side: the Web API, and the response URLs of slash commands."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.messages import _
from localcloud.trace import span_id_of, trace_id_of

from .arguments import arguments
from .call import Call, SlackError
from .commands import says_something
from .faults import RATE_LIMITED, UNAVAILABLE
from .ids import new_trace
from .methods import METHODS, WITHOUT_TOKEN
from .model import SlackApp
from .payload import Malformed, parse
from .ratelimit import POSTING
from .response_urls import ResponseError

if TYPE_CHECKING:
    from .workspace import SlackWorkspace

MOST_BYTES = 4 * 1024 * 1024
LONGEST_METHOD = 80


def application(workspace: "SlackWorkspace") -> web.Application:
    """The aiohttp application of a workspace."""
    server = Server(workspace)
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[only_local])
    app.router.add_route("*", "/api/{method}", server.api)
    app.router.add_post("/commands/{team}/{token}", server.respond)
    app.router.add_get("/healthz", server.healthy)
    for place in ("/", "/api", "/api/"):
        app.router.add_get(place, server.about)
    return app


@web.middleware
async def only_local(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuses foreign Host names (DNS rebinding)."""
    try:
        local = is_local(request.host)
    except ValueError:
        local = False
    if not local:
        return web.json_response({"ok": False, "error": "invalid_host"}, status=403)
    answer: web.StreamResponse = await handler(request)
    return answer


class Server:
    """Reads calls, finds the method and answers in Slack's shape."""

    def __init__(self, workspace: "SlackWorkspace") -> None:
        self._workspace = workspace

    async def healthy(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def about(self, _request: web.Request) -> web.Response:
        """For a person who opens the address."""
        methods = "\n".join(f"  {name}" for name in sorted(METHODS))
        text = _("This is the Web API of the camp's Slack workspace, for slack_sdk.WebClient(base_url=...). It knows:")
        return web.Response(text=f"{text}\n\n{methods}\n")

    async def api(self, request: web.Request) -> web.Response:
        try:
            given = await arguments(request)
            await self._suffer(request)
            answer = self._call(request, given)
            self._record(request, None, answer)
            return web.json_response({"ok": True, **answer})
        except SlackError as error:
            self._record(request, error.error, {})
            body = {"ok": False, "error": error.error, **error.more}
            return web.json_response(body, status=error.status, headers=error.headers)
        except web.HTTPRequestEntityTooLarge:
            return web.json_response({"ok": False, "error": "request_too_large"}, status=413)

    async def _suffer(self, request: web.Request) -> None:
        """Fails or waits as the fault that is on demands."""
        fault = self._workspace.faults.of_api(request.match_info["method"])
        if fault is None:
            return
        if fault.name == UNAVAILABLE:
            raise SlackError("service_unavailable", status=503)
        if fault.name == RATE_LIMITED:
            wait = self._workspace.faults.retry_after(fault)
            raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        await asyncio.sleep(fault.by)

    def _call(self, request: web.Request, given: dict[str, Any]) -> dict[str, Any]:
        name = request.match_info["method"]
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        caller = None if name in WITHOUT_TOKEN else self._caller(request, given)
        method, tier = METHODS[name]
        call = Call(self._workspace, given, caller, trace_of(request))
        if caller and self._workspace.limits:
            key = (caller.id, name, call.channel().id if tier is POSTING else "")
            if wait := self._workspace.limits.take(key, tier):
                raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        return method(call)

    def _record(self, request: web.Request, error: str | None, answer: Mapping[str, Any]) -> None:
        """A call in the journal: its trace when the caller sent one, and the message that it put up."""
        traceparent = request.headers.get("traceparent")
        self._workspace.journal.add(
            "api.called",
            method=request.match_info["method"][:LONGEST_METHOD],
            error=error,
            trace=trace_id_of(traceparent),
            span=span_id_of(traceparent),
            channel=answer.get("channel") if isinstance(answer.get("channel"), str) else None,
            message_ts=answer.get("ts") or answer.get("message_ts"),
        )

    def _caller(self, request: web.Request, given: dict[str, Any]) -> SlackApp:
        kind, _space, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if kind.lower() == "bearer" else str(given.get("token") or "")
        if not token:
            raise SlackError("not_authed")
        app = self._workspace.app_of_token(token)
        if app is None:
            raise SlackError("invalid_auth")
        return app

    async def respond(self, request: web.Request) -> web.Response:
        """A `response_url`: JSON with the message to put up."""
        try:
            answer = parse(await request.read())
        except (Malformed, web.RequestPayloadError):
            answer = None
        if not isinstance(answer, dict):
            return web.Response(status=400, text="invalid_payload")
        if not says_something(answer):
            return web.Response(status=400, text="no_text")
        try:
            trace = trace_id_of(request.headers.get("traceparent"))
            self._workspace.commands.answer_later(request.path, answer, trace)
        except ResponseError as error:
            return web.Response(status=error.status, text=error.word)
        return web.Response(text="ok")


def trace_of(request: web.Request) -> str:
    """The trace id that the caller sends, or a new one."""
    return trace_id_of(request.headers.get("traceparent")) or new_trace()
