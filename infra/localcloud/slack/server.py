"""The workspace's HTTP side: the Web API, and the response URLs of slash commands."""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.http_loopback import is_local
from localcloud.trace import new_traceparent, trace_id_of

from .call import Call, SlackError
from .commands import ResponseError
from .methods import METHODS, WITHOUT_TOKEN
from .model import SlackApp
from .ratelimit import POSTING

if TYPE_CHECKING:
    from .workspace import SlackWorkspace

MOST_BYTES = 4 * 1024 * 1024
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def application(workspace: "SlackWorkspace") -> web.Application:
    """The aiohttp application of a workspace."""
    server = Server(workspace)
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[only_local])
    app.router.add_route("*", "/api/{method}", server.api)
    app.router.add_post("/commands/{team}/{token}", server.respond)
    app.router.add_get("/healthz", server.healthy)
    return app


@web.middleware
async def only_local(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuses foreign Host names (DNS rebinding)."""
    if not is_local(request.host):
        return web.json_response({"ok": False, "error": "invalid_host"}, status=403)
    answer: web.StreamResponse = await handler(request)
    return answer


class Server:
    """Reads calls, finds the method and answers in Slack's shape."""

    def __init__(self, workspace: "SlackWorkspace") -> None:
        self._workspace = workspace

    async def healthy(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def api(self, request: web.Request) -> web.Response:
        try:
            return _answer({"ok": True, **self._call(request, await _arguments(request))})
        except SlackError as error:
            body = {"ok": False, "error": error.error, **error.more}
            return _answer(body, error.status, error.headers)
        except web.HTTPRequestEntityTooLarge:
            return _answer({"ok": False, "error": "request_too_large"}, 413)

    def _call(self, request: web.Request, arguments: dict[str, Any]) -> dict[str, Any]:
        name = request.match_info["method"]
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        caller = None if name in WITHOUT_TOKEN else self._caller(request, arguments)
        method, tier = METHODS[name]
        trace = new_traceparent(trace_id_of(request.headers.get("traceparent")))
        call = Call(self._workspace, arguments, caller, trace)
        if caller and self._workspace.limits:
            key = (caller.id, name, call.channel().id if tier is POSTING else "")
            if wait := self._workspace.limits.take(key, tier):
                raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        return method(call)

    def _caller(self, request: web.Request, arguments: dict[str, Any]) -> SlackApp:
        kind, _space, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if kind.lower() == "bearer" else str(arguments.get("token") or "")
        if not token:
            raise SlackError("not_authed")
        app = self._workspace.app_of_token(token)
        if app is None:
            raise SlackError("invalid_auth")
        return app

    async def respond(self, request: web.Request) -> web.Response:
        """A `response_url`: JSON with the message to put up."""
        try:
            answer = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        if not isinstance(answer, dict):
            return web.Response(status=400, text="invalid_payload")
        if not (answer.get("text") or answer.get("blocks") or answer.get("attachments")):
            return web.Response(status=400, text="no_text")
        trace = new_traceparent(trace_id_of(request.headers.get("traceparent")))
        try:
            self._workspace.respond_later(request.path, answer, trace)
        except ResponseError as error:
            return web.Response(status=error.status, text=error.word)
        return web.Response(text="ok")


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Query, form or JSON arguments; SlackError in Slack's words when they are malformed."""
    found: dict[str, Any] = dict(request.query)
    if request.method not in ("GET", "POST"):
        raise SlackError("invalid_post_type")
    content = await request.read()
    if not content:
        return found
    if request.content_type == "application/json":
        return {**found, **_json(content)}
    if request.content_type not in FORMS:
        raise SlackError("invalid_post_type")
    try:
        form = await request.post()
    except (ValueError, UnicodeDecodeError):
        raise SlackError("invalid_form_data") from None
    return {**found, **{name: value for name, value in form.items() if isinstance(value, str)}}


def _json(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed


def _answer(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
