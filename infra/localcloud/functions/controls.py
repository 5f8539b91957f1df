"""What the portal does with an app beyond looking at it: keys, settings, switches and runs. No key: loopback only."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.http_loopback import only_from_loopback
from localcloud.messages import _

from .loading.masking import is_secret
from .loading.settings import SettingsError, read_local_settings

if TYPE_CHECKING:
    from .host import FunctionsHost
    from .http.admin import Admin
    from .loading.index import FunctionInfo

APP_PREFIXES = ("azurewebjobs", "functions_", "slack_", "cosmos", "website_", "aws_", "python_", "connectionstrings:")


def control_routes(host: "FunctionsHost", admin: "Admin") -> list[web.RouteDef]:
    controls = Controls(host, admin)
    routes = (
        ("GET", "/admin/camp/keys", controls.keys),
        ("POST", "/admin/camp/keys", controls.key),
        ("GET", "/admin/camp/settings", controls.settings),
        ("POST", "/admin/camp/settings", controls.setting),
        ("GET", "/admin/camp/queues", controls.queues),
        ("POST", "/admin/camp/functions/{name}/run", controls.run),
        ("POST", "/admin/camp/functions/{name}/switch", controls.switch),
    )
    return [web.route(method, path, only_from_loopback(handler)) for method, path, handler in routes]


class Controls:
    """The camp's endpoints beside those of `CampAdmin`."""

    def __init__(self, host: "FunctionsHost", admin: "Admin") -> None:
        self._host = host
        self._admin = admin

    async def keys(self, _request: web.Request) -> web.Response:
        """The names of all keys, without their values: `function` is null for those of the whole host."""
        found = [{"function": one, "name": name} for one, name in self._all_keys()]
        return web.json_response({"enforced": self._host.enforce_keys, "keys": found})

    async def key(self, request: web.Request) -> web.Response:
        """`function` (or null) and `name`: the key's `value`."""
        body = await _object(request)
        wanted = (body.get("function"), body.get("name"))
        value = next((key for place, key in self._all_keys().items() if place == wanted), None)
        return web.json_response({"value": value}) if value else _refusal(404, _("There is no such key."))

    def _all_keys(self) -> dict[tuple[str | None, str], str]:
        keys = self._host.app.keys
        found: dict[tuple[str | None, str], str] = {(None, "_master"): keys.master}
        found |= {(None, name): key for name, key in keys.host.items()}
        for function in self._host.functions:
            found |= {(function, name): key for name, key in keys.functions.get(function, {}).items()}
        return found

    async def settings(self, _request: web.Request) -> web.Response:
        """Every setting with its value, null for a secret; `own` are the app's, the others the computer's."""
        local = self._local_names()
        found = [
            {
                "name": name,
                "value": None if is_secret(name, value) else value,
                "own": name in local or name.lower().startswith(APP_PREFIXES),
            }
            for name, value in sorted(self._host.settings.items(), key=lambda one: one[0].lower())
        ]
        return web.json_response(found)

    def _local_names(self) -> Mapping[str, str]:
        try:
            return read_local_settings(self._host.app_dir / "local.settings.json").values
        except SettingsError:
            return {}  # the host's errors tell what is wrong with the file

    async def setting(self, request: web.Request) -> web.Response:
        """`name`: the setting's `value`, be it a secret or not."""
        name = (await _object(request)).get("name")
        value = self._host.settings.get(name) if isinstance(name, str) else None
        return _refusal(404, _("There is no such setting.")) if value is None else web.json_response({"value": value})

    async def queues(self, _request: web.Request) -> web.Response:
        """The messages that the host holds, which nobody else can see."""
        if "localcloud.functions.bindings.queue_hub" not in sys.modules:
            return web.json_response([])
        from .bindings.queue_hub import hub_of

        return web.json_response(hub_of(self._host).held.to_json())

    async def run(self, request: web.Request) -> web.Response:
        """Runs a function beside with `input` as what triggered it, as `POST /admin/functions/{name}` does."""
        if self._named(request) is None:
            return _refusal(404, _("There is no such function."))
        return await self._admin.run(request)

    async def switch(self, request: web.Request) -> web.Response:
        """`disabled`: switches a function off or on. The app restarts, as on Azure when a setting changes."""
        function, disabled = self._named(request), (await _object(request)).get("disabled")
        if function is None:
            return _refusal(404, _("There is no such function."))
        if not isinstance(disabled, bool):
            return _refusal(400, _('Send JSON such as {"disabled": true}.'))
        self._host.switches.put(function.name, disabled)
        self._host.journal.add("function.switched", function=function.name, disabled=disabled)
        await self._host.restart()
        return web.json_response({"disabled": disabled})

    def _named(self, request: web.Request) -> "FunctionInfo | None":
        return self._host.functions.get(request.match_info["name"])


async def _object(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request, empty when it brings none."""
    try:
        found = json.loads(await request.read())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
