"""The host's HTTP side: requests to functions, and what Azure's host answers around them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from localcloud.messages import _

from ..bindings.expressions import http_data
from ..loading.settings import setting
from ..worker.values import Value
from .admin import admin_routes
from .answer import AnswerError, HttpAnswer, answer_of, answer_of_other
from .keys import given_key
from .webhooks import webhook_routes

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from ..invocation import Result
    from ..loading.index import FunctionInfo

MOST_BYTES = 104_857_600
SECONDS_TO_LOAD = 60.0
REASON = "This function was programmatically called via the host APIs."
Handler = Callable[[web.Request], Awaitable[web.Response]]
HOME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui; margin: 4em auto; max-width: 40em }}
</style>
</head><body><h1>{title}</h1><p>{text}</p></body></html>
""".format(
    title=_("Your function app is up and running"),
    text=_("This is the Functions host of your local cloud. Your functions answer at their own addresses."),
)
DROPPED = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "date", "server"})


def application(host: "FunctionsHost") -> web.Application:
    """The aiohttp application of a host."""
    front = HttpFront(host)
    app = web.Application(client_max_size=MOST_BYTES)
    app.add_routes([*(admin_routes(host) if host.admin else ()), *webhook_routes(host)])
    app.router.add_route("*", "/", front.home)
    app.router.add_route("*", "/{path:.*}", front.call)
    return app


class HttpFront:
    """Finds the function for a request, checks its key, calls it and answers."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The home page, unless a function is at the root; which of them it is shows once the app is loaded."""
        return await self._around(request, self._home)

    async def _home(self, request: web.Request) -> web.Response:
        if not await self._is_running() or self._host.routes_to(request.method, "") is not None:
            return await self._answer(request)
        if (setting(self._host.settings, "AzureWebJobsDisableHomepage") or "").lower() == "true":
            return web.Response(status=204)
        return web.Response(text=HOME, content_type="text/html")

    async def call(self, request: web.Request) -> web.StreamResponse:
        return await self._around(request, self._answer)

    async def _around(self, request: web.Request, answer: Handler) -> web.StreamResponse:
        """What every answer gets: headers for other origins, and those of host.json."""
        extra = _cors_headers(request, self._host.cors, self._host.cors_credentials)
        if self._host.cors and _is_preflight(request):
            return web.Response(status=204, headers=extra)
        response = await answer(request)
        response.headers.update({**self._host.config.headers, **extra})
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        if not await self._is_running():
            return web.Response(status=503, text="Function host is not running.")
        found = self._host.routes_to(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        function, parameters = found
        if not self._allowed(function, request):
            return web.Response(status=401)
        return await self._call(function, parameters, request)

    async def _is_running(self) -> bool:
        """Whether the app is loaded, or has failed to and was told of, after waiting for it."""
        loaded = self._host.loaded.is_set() or await self._host.wait_until_loaded(SECONDS_TO_LOAD)
        return loaded and not self._host.gave_up

    def _allowed(self, function: "FunctionInfo", request: web.Request) -> bool:
        if not self._host.enforce_keys:
            return True
        level = str(function.trigger.get("authLevel") or "FUNCTION").upper()
        given = given_key(request.headers, request.query)
        return self._host.app.keys.allows(level, function.name, given)

    async def _call(self, function: "FunctionInfo", parameters: dict[str, str], request: web.Request) -> web.Response:
        body = await _body(request)
        headers, query = joined(request.headers, lower=True), joined(request.query)
        value = Value(
            "http",
            {
                "method": request.method,
                "url": f"{request.scheme}://{request.host}{request.raw_path}",
                "headers": headers,
                "query": {name: text for name, text in query.items() if text},
                "params": parameters,
                "body": body,
            },
        )
        result = await self._host.invoke(
            function,
            {function.trigger["name"]: value},
            {},
            reason=REASON,
            trace=request.headers.get("traceparent"),
            data=http_data(parameters, query, headers, body) if function.outputs or function.inputs else None,
        )
        if not result.ok:
            return web.Response(status=500)
        return self._response(function, result)

    def _response(self, function: "FunctionInfo", result: "Result") -> web.Response:
        convert = answer_of_other if result.elsewhere else answer_of
        value = result.answer
        try:
            return response_of(convert(value.type if value else None, value.value if value else None))
        except AnswerError as error:
            self._host.log.say(
                _("The answer of '{name}' cannot be sent: {error}").format(name=function.name, error=error), "ERROR"
            )
            return web.Response(status=500)


async def _body(request: web.Request) -> bytes:
    """The body of a request with a Content-Length; a chunked one arrives empty, as on Azure."""
    return await request.read() if request.content_length else b""


def joined(pairs: Mapping[str, str], *, lower: bool = False) -> dict[str, str]:
    """Names with their values, those of a repeated name joined by commas."""
    found: dict[str, str] = {}
    for name, text in pairs.items():
        key = name.lower() if lower else name
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def response_of(answer: HttpAnswer) -> web.Response:
    """The aiohttp response; what belongs to the connection is the server's own."""
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.pop("Content-Type", None)
    for name, text in answer.headers:
        if name.lower() not in DROPPED:
            response.headers.add(name, text)
    return response


def _cors_headers(request: web.Request, allowed: Sequence[str], credentials: bool = False) -> dict[str, str]:
    """The headers that let the request's origin read the answer, as ASP.NET Core sets them; none when that is not
    allowed."""
    origin = request.headers.get("Origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return {}
    found = {"Access-Control-Allow-Origin": "*" if "*" in allowed else origin}
    if "*" not in allowed:
        found["Vary"] = "Origin"
    if credentials:
        found["Access-Control-Allow-Credentials"] = "true"
    if _is_preflight(request):
        found["Access-Control-Allow-Methods"] = request.headers["Access-Control-Request-Method"]
        if asked := request.headers.get("Access-Control-Request-Headers"):
            found["Access-Control-Allow-Headers"] = asked
    return found


def _is_preflight(request: web.Request) -> bool:
    """Whether a browser asks what another origin may do."""
    asked = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return request.method == "OPTIONS" and asked
