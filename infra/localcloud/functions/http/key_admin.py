"""Azure's endpoints that list, set and delete an app's keys."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .keys import HOST, MASTER, SYSTEM, Keys, new_key

if TYPE_CHECKING:
    from ..host import FunctionsHost
    from .admin import Admin

SCOPES = {"keys": HOST, "functionkeys": HOST, "systemkeys": SYSTEM}


def key_routes(host: "FunctionsHost", admin: "Admin") -> list[web.RouteDef]:
    """The routes, behind the master key where keys are enforced."""
    keys = KeyAdmin(host)
    places = ("/admin/functions/{function}/keys", "/admin/host/{scope:keys|functionkeys|systemkeys}")
    one = [("GET", keys.one), ("POST", keys.put), ("PUT", keys.put), ("DELETE", keys.delete)]
    listed = [web.get(place, admin.guarded(keys.all)) for place in places]
    single = [
        web.route(method, f"{place}/{{name}}", admin.guarded(handler)) for place in places for method, handler in one
    ]
    return [*listed, *single]


class KeyAdmin:
    """The keys of one function, of the whole host, and of the webhooks."""

    def __init__(self, host: "FunctionsHost") -> None:
        self._host = host

    async def all(self, request: web.Request) -> web.Response:
        found = self._in_scope(request)
        if found is None:
            return web.Response(status=404)
        return web.json_response({"keys": [_shown(name, value) for name, value in found.items()]})

    async def one(self, request: web.Request) -> web.Response:
        """One key; the master key is among the system keys."""
        name = request.match_info["name"]
        found = dict(self._in_scope(request) or {})
        if request.match_info.get("scope") == "systemkeys":
            found[MASTER] = self._keys.master
        return web.json_response(_shown(name, found[name])) if name in found else web.Response(status=404)

    async def put(self, request: web.Request) -> web.Response:
        """Sets a key: to the `value` that a PUT brings, to a fresh one at a POST."""
        found, name = self._in_scope(request), request.match_info["name"]
        if found is None:
            return web.Response(status=404)
        value = new_key() if request.method == "POST" else await _value(request)
        if not value:
            return web.Response(status=400, text="Invalid key value")
        self._host.keep_keys(self._keys.with_key(self._scope(request), name, value))
        new = name not in found and name != MASTER
        return web.json_response(_shown(name, value), status=201 if new else 200)

    async def delete(self, request: web.Request) -> web.Response:
        found, name = self._in_scope(request), request.match_info["name"]
        if name == MASTER:
            return web.Response(status=400, text="Cannot delete System Key.")
        if not found or name not in found:
            return web.Response(status=404)
        self._host.keep_keys(self._keys.without_key(self._scope(request), name))
        return web.Response(status=204)

    @property
    def _keys(self) -> Keys:
        return self._host.app.keys

    def _scope(self, request: web.Request) -> str:
        """The function's name as it is written, or which of the host's keys."""
        if scope := request.match_info.get("scope"):
            return SCOPES[scope]
        wanted = request.match_info["function"].lower()
        return next((name for name in self._host.functions if name.lower() == wanted), "")

    def _in_scope(self, request: web.Request) -> Mapping[str, str] | None:
        """The keys there are, by name; None when there is no such function."""
        return self._keys.of(self._scope(request))


async def _value(request: web.Request) -> str | None:
    try:
        body: Any = json.loads(await request.read())
    except (ValueError, RecursionError):
        return None
    value = body.get("value") if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def _shown(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}
