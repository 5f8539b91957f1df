"""The host's admin endpoints: Azure's own, and the camp's for the portal (journal, state, faults)."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.event_stream import events, since, stream
from localcloud.faults import UnknownFault
from localcloud.http_loopback import only_from_loopback
from localcloud.messages import _

from .. import host_faults
from ..by_hand import run_by_hand
from ..controls import control_routes
from ..traces import about, lately
from ..workers.process import LoadFailed, WorkerGone
from ..workers.warm_up import warm_up
from .key_admin import key_routes
from .keys import given_key

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from ..loading.index import FunctionInfo

SHOWN_TRACES = 200
VERSION = "4.1037.0.0"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def admin_routes(host: "FunctionsHost") -> list[web.RouteDef]:
    """Every route under `/admin`; Azure's own need the master key where keys are enforced."""
    admin, camp = Admin(host), CampAdmin(host)
    keyed: list[tuple[str, str, Handler]] = [
        ("GET", "/admin/functions", admin.functions),
        ("GET", "/admin/functions/{name}", admin.function),
        ("GET", "/admin/functions/{name}/status", admin.status_of),
        ("POST", "/admin/functions/{name}", admin.run),
        ("GET", "/admin/host/status", admin.status),
        ("POST", "/admin/host/restart", admin.restart),
        ("POST", "/admin/host/drain", admin.drain),
        ("POST", "/admin/host/resume", admin.resume),
        ("POST", "/admin/host/synctriggers", admin.synchronise),
        ("GET", "/admin/warmup", admin.warm_up),
        ("POST", "/admin/warmup", admin.warm_up),
    ]
    routes = [web.route(method, path, admin.guarded(handler)) for method, path, handler in keyed]
    routes.append(web.route("*", "/admin/host/ping", admin.ping))
    local: list[tuple[str, str, Handler]] = [
        ("GET", "/admin/camp/journal", camp.journal),
        ("GET", "/admin/camp/traces", camp.traces),
        ("GET", "/admin/camp/live", camp.live),
        ("GET", "/admin/camp/state", camp.state),
        ("GET", "/admin/camp/faults", camp.faults),
        ("POST", "/admin/camp/faults/{fault}", camp.fault),
        ("DELETE", "/admin/camp/faults/{fault}", camp.end_fault),
    ]
    routes += [web.route(method, path, only_from_loopback(handler)) for method, path, handler in local]
    return [*routes, *key_routes(host, admin), *control_routes(host, admin)]


class Admin:
    """Azure's admin endpoints."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind the master key."""

        async def guard(request: web.Request) -> web.StreamResponse:
            given = given_key(request.headers, request.query)
            if self._host.enforce_keys and not self._host.app.keys.allows("ADMIN", "", given):
                return web.Response(status=401)
            return await handler(request)

        return guard

    async def functions(self, _request: web.Request) -> web.Response:
        return web.json_response([self._facts(one) for one in self._host.functions.values()])

    async def function(self, request: web.Request) -> web.Response:
        found = self._named(request)
        return web.json_response(self._facts(found)) if found else web.Response(status=404)

    async def status_of(self, request: web.Request) -> web.Response:
        return web.json_response({"isDisabled": found.disabled}) if (found := self._named(request)) else _missing()

    async def run(self, request: web.Request) -> web.Response:
        """Runs a function beside, with `input` as what triggered it."""
        function = self._named(request)
        if function is None:
            return _missing()
        try:
            text = (await request.json())["input"]
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400, text=_('Send JSON such as {"input": "text"}.'))
        self._host.later(run_by_hand(self._host, function, text if isinstance(text, str) else json.dumps(text)))
        return web.Response(status=202)

    async def status(self, _request: web.Request) -> web.Response:
        answer: dict[str, Any] = {
            "id": self._host.id,
            "state": self._host.state,
            "version": VERSION,
            "versionDetails": f"{VERSION} (serverless-camp)",
            "processUptime": round((time.time() - self._host.started_at) * 1000),
            "extensionBundle": self._host.config.raw.get("extensionBundle"),
        }
        if self._host.errors:
            answer["errors"] = self._host.errors
        return web.json_response(answer)

    async def restart(self, _request: web.Request) -> web.Response:
        self._host.later(self._host.restart())
        return web.Response(status=202)

    async def drain(self, _request: web.Request) -> web.Response:
        await self._host.listening.stop()
        return web.Response(status=202)

    async def resume(self, _request: web.Request) -> web.Response:
        await self._host.listening.start()
        return web.json_response({"state": self._host.state})

    async def synchronise(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "success"})

    async def warm_up(self, _request: web.Request) -> web.Response:
        """Runs the warm-up functions, as a new instance does."""
        await warm_up(self._host)
        return web.Response()

    async def ping(self, _request: web.Request) -> web.Response:
        return web.Response()

    def _named(self, request: web.Request) -> "FunctionInfo | None":
        wanted = request.match_info["name"].lower()
        return next((one for name, one in self._host.functions.items() if name.lower() == wanted), None)

    def _facts(self, function: "FunctionInfo") -> dict[str, Any]:
        script = f"{self._host.app_dir}/{function.raw['script']}"
        return {
            "name": function.name,
            "script_href": f"file://{script}",
            "config": {"scriptFile": function.raw["script"], "bindings": function.raw["bindings"]},
            "href": f"{self._host.url}/admin/functions/{function.name}",
            "invoke_url_template": function.address(self._host.base_url),
            "language": "python",
            "isDisabled": function.disabled,
            "isDirect": False,
            "isProxy": False,
        }


class CampAdmin:
    """What the portal reads, and the faults that it may ask for. No key: loopback only."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host

    async def journal(self, request: web.Request) -> web.Response:
        """The entries after `since`; with `trace`, those about it."""
        entries = self._host.journal.since(since(request))
        if trace := request.query.get("trace"):
            entries = about(entries, trace)
        return web.json_response([entry.to_json() for entry in entries])

    async def traces(self, _request: web.Request) -> web.Response:
        return web.json_response(lately(self._host.journal.entries, SHOWN_TRACES))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The journal as server-sent events."""
        batches = self._host.journal.batches(since(request))
        return await stream(request, (events(batch) async for batch in batches))

    async def state(self, _request: web.Request) -> web.Response:
        functions = [
            {
                "name": one.name,
                "trigger": one.trigger["type"],
                "route": one.route if one.is_http else None,
                "methods": sorted(one.methods) if one.is_http and one.methods else None,
                "url": one.address(self._host.base_url),
                "disabled": one.disabled,
            }
            for one in self._host.functions.values()
        ]
        workers = [{"pid": pid} for pid in self._host.worker_pids]
        entries = self._host.journal.entries
        last = entries[-1].number if entries else 0
        facts = {"state": self._host.state, "errors": self._host.errors, "last": last}
        return web.json_response({**facts, "functions": functions, "workers": workers})

    async def faults(self, _request: web.Request) -> web.Response:
        """The kinds that one may inject, and the faults that are on."""
        known = [asdict(kind) for kind in host_faults.kinds()]
        return web.json_response({"kinds": known, "active": self._host.queues.faults.to_json()})

    async def fault(self, request: web.Request) -> web.Response:
        """Injects a fault, with `target` (a queue), `seconds`, `times` and `by` as it takes them."""
        try:
            await host_faults.inject(self._host, request.match_info["fault"], await _fields(request))
        except UnknownFault as error:
            return web.Response(status=404, text=str(error))
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        except (LoadFailed, WorkerGone) as error:
            return web.Response(status=409, text=_("The app does not run: {error}").format(error=error))
        return web.json_response({"workers": self._host.worker_pids})

    async def end_fault(self, request: web.Request) -> web.Response:
        """Ends a fault, of the queue `target` if that is given."""
        if not self._host.queues.faults.end(request.match_info["fault"], request.query.get("target", "")):
            return web.Response(status=409, text=_("That fault is over already."))
        return web.json_response({})


async def _fields(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request, empty without a body; ValueError when it brings something else."""
    text = await request.read()
    fields = json.loads(text) if text else {}
    if not isinstance(fields, dict):
        raise ValueError(_("Send a JSON object."))
    return fields


def _missing() -> web.Response:
    return web.Response(status=404)
