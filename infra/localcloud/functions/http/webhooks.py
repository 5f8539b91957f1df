"""`/runtime/webhooks/<extension>`: where Event Grid delivers events, to functions and to blob triggers."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.messages import _

from ..worker.values import Value
from .event_grid import EventError, blob_of, events_of, validation_code
from .keys import given_key

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from ..loading.index import FunctionInfo

SECONDS_TO_LOAD = 60.0
EVENT_TYPE = "aeg-event-type"
LISTENERS = {"eventgrid": "eventgridtrigger", "blobs": "blobtrigger"}
PREFIX = "host.functions."


def webhook_routes(host: "FunctionsHost") -> list[web.RouteDef]:
    """The webhook of every extension that has one here."""
    return [web.route("*", "/runtime/webhooks/{extension}", Webhooks(host).answer)]


class Webhooks:
    """Checks the key, finds the function, and answers as the Event Grid extension does."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host

    async def answer(self, request: web.Request) -> web.Response:
        host, extension = self._host, request.match_info["extension"].lower()
        if extension not in LISTENERS:
            return web.Response(status=404)
        if not await host.wait_until_loaded(SECONDS_TO_LOAD) or host.gave_up:
            return web.Response(status=503, text="Function host is not running.")
        given = given_key(request.headers, request.query)
        if host.enforce_keys and not host.app.keys.allows("SYSTEM", f"{extension}_extension", given):
            return web.Response(status=401)
        name = request.query.get("functionName", "")
        function = self._named(name, LISTENERS[extension])
        if function is None:
            return web.Response(status=404, text=f"cannot find function: '{name}'")
        if request.method == "OPTIONS":  # the handshake of CloudEvents
            return web.Response(headers={"WebHook-Allowed-Origin": request.headers.get("WebHook-Request-Origin", "*")})
        return await self._deliver(function, request)

    async def _deliver(self, function: "FunctionInfo", request: web.Request) -> web.Response:
        kind = request.headers.get(EVENT_TYPE, "").lower()
        if kind == "unsubscribe":
            return web.Response(status=202)
        if request.method != "POST" or kind not in ("notification", "subscriptionvalidation"):
            return _refused(
                _("Send a POST with the header {header}: Notification, SubscriptionValidation or Unsubscribe.").format(
                    header=EVENT_TYPE
                )
            )
        try:
            events = events_of(await request.read())
            if kind == "subscriptionvalidation":
                return web.json_response({"validationResponse": validation_code(events)})
            work = [self._run(function, event, request.headers.get("traceparent")) for event in events]
        except EventError as error:
            return _refused(str(error))
        failures = [one for one in await asyncio.gather(*work) if one]
        return web.Response(status=500, text=failures[0]) if failures else web.Response(status=202)

    def _run(self, function: "FunctionInfo", event: dict[str, Any], trace: str | None) -> Any:
        if str(function.trigger["type"]).lower() == "blobtrigger":
            container, name, etag = blob_of(event)
            return self._tell_of_blob(function, container, name, etag, trace)
        return self._tell(function, event, trace)

    async def _tell(self, function: "FunctionInfo", event: dict[str, Any], trace: str | None) -> str | None:
        """Runs the function with one event; why it failed. Event Grid delivers all of a request again then."""
        result = await self._host.invoke(
            function,
            {function.trigger["name"]: Value("json", json.dumps(event))},
            {"data": Value("json", json.dumps(event.get("data")))},
            reason="EventGrid trigger fired at " + str(event.get("eventTime") or event.get("time") or "-"),
            trace=trace,
            data=event,
        )
        return str(result.failure) if result.failure else None

    async def _tell_of_blob(
        self, function: "FunctionInfo", container: str, name: str, etag: str, trace: str | None
    ) -> str | None:
        from ..bindings.blob_binding import found_by_event

        return await found_by_event(self._host, function, container, name, etag, trace)

    def _named(self, name: str, trigger: str) -> "FunctionInfo | None":
        wanted = name.lower().removeprefix(PREFIX)
        return next(
            (
                one
                for one in self._host.functions.values()
                if one.name.lower() == wanted and str(one.trigger["type"]).lower() == trigger and not one.disabled
            ),
            None,
        )


def _refused(why: str) -> web.Response:
    return web.Response(status=400, text=why)
