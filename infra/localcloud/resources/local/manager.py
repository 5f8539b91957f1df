"""Resource Manager, `management.azure.com`, and the data of key vaults: what whoever has signed in may do.

Resources are the model's. What belongs to a running app (swaps, restarts, publish profiles ...) is answered as the
local Azure of one app answers it.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from localcloud.azure import resources
from localcloud.azure.tokens import Tokens
from localcloud.messages import _

from .. import server
from ..errors import ResourceError, bad
from ..ids import parse
from ..model import Model

if TYPE_CHECKING:
    from .apps import Apps

APP = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Web/sites/(?P<app>[^/]+)"
SITE = rf"(?P<site>{APP}(?:/slots/[^/]+)?)"
OF_APPS = re.compile(
    rf"{SITE}/(?P<what>slotsswap|operationresults/[^/]+|restart|syncfunctiontriggers|host/default/sync|functions|publishxml"
    r"|config/publishingcredentials/list)/?",
    re.IGNORECASE,
)
SWITCHES = re.compile(rf"{SITE}/(?P<rest>start|stop)/?", re.IGNORECASE)
CONFIG = re.compile(rf"{SITE}/config/web/?", re.IGNORECASE)
GROUP = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/?", re.IGNORECASE)
FILTER = re.compile(r"(\w+)\s+eq\s+'([^']*)'", re.IGNORECASE)


class Manager:
    """All of it needs a token of the token endpoint."""

    def __init__(self, model: Model, apps: "Apps", tokens: Tokens) -> None:
        self._model = model
        self._apps = apps
        self._tokens = tokens

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request, "InvalidAuthenticationToken")
            return await self._answer(request)
        except ResourceError as error:
            return web.json_response(error.body, status=error.status)

    async def answer_for_vault(self, vault: str, request: web.Request) -> web.StreamResponse:
        try:
            self._check(request, "Unauthorized")
            return await server.vault_answer(self._model, vault, request.path, request)
        except ResourceError as error:
            return web.json_response(error.body, status=error.status)

    def _check(self, request: web.Request, code: str) -> None:
        if self._tokens.owner_of(request.headers.get("Authorization", "")) is None:
            text = _("The access token is missing, has expired, or is not one of this Azure's. Sign in again.")
            raise ResourceError(401, code, text)
        if not any(name.lower() == "api-version" for name in request.query):
            text = "The api-version query parameter (?api-version=) is required for all requests."
            raise bad("MissingApiVersionParameter", text)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if own := OF_APPS.fullmatch(path):
            await self._model.get(own["site"])
            if request.method != "GET":
                self._model.check_action(parse(own["site"]), own["what"])
            return await self._apps.app(own["app"]).manager.answer(request)
        if (switch := SWITCHES.fullmatch(path)) and request.method == "POST":
            await self._model.patch(switch["site"], {"properties": {"enabled": switch["rest"].lower() == "start"}})
            return web.Response(status=200)
        if config := CONFIG.fullmatch(path):
            return web.json_response(await self._config(config["site"], request))
        if request.method == "HEAD":
            return web.Response(status=204 if await self._model.exists(path) else 404)
        if GROUP.fullmatch(path) and request.method == "DELETE":
            await self._model.get(path)  # alone of all resources, one that is not there is refused
        if request.method == "GET" and (found := self._of_everybody(path.rstrip("/").lower())) is not None:
            return web.json_response(found)
        answer = await server.answer(self._model, path, request)
        return _filtered(answer, request.query.get("$filter", "")) if "$filter" in request.query else answer

    async def _config(self, site: str, request: web.Request) -> Any:
        """An app's `siteConfig`, which is a part of the app."""
        if request.method in ("PUT", "PATCH"):
            given = (await server.read_body(request)).get("properties") or {}
            found = await self._model.patch(site, {"properties": {"siteConfig": given}})
        elif request.method == "GET":
            found = await self._model.get(site)
        else:
            raise ResourceError(405, "MethodNotAllowed", f"{request.method} is no method of config/web.")
        properties = {**resources.CONFIG, **found["properties"]["siteConfig"]}
        return {"id": f"{site}/config/web", "name": "web", "type": f"{found['type']}/config", "properties": properties}

    def _of_everybody(self, path: str) -> Any:
        """What is asked of no resource; None for anything else."""
        subscription: dict[str, Any] = {
            "id": f"/subscriptions/{self._model.subscription}", "subscriptionId": self._model.subscription,
            "tenantId": self._model.tenant, "displayName": "Serverless Camp", "state": "Enabled",
            "authorizationSource": "RoleBased", "managedByTenants": [],
        }  # fmt: skip
        tenant = {"id": f"/tenants/{self._model.tenant}", "tenantId": self._model.tenant}
        known: dict[str, Any] = {
            "/subscriptions": {"value": [subscription], "count": {"type": "Total", "value": 1}},
            subscription["id"]: subscription,
            "/tenants": {"value": [{**tenant, "displayName": "Serverless Camp"}]},
            "/providers/microsoft.web/functionappstacks": {"value": [resources.STACK]},
        }
        return known.get(path)


def _filtered(answer: web.Response, text: str) -> web.Response:
    """A listing of those that `$filter` names by type and name."""
    found = json.loads(answer.text or "{}")
    wanted = {key.lower(): value.lower() for key, value in FILTER.findall(text)}
    kind, name = wanted.get("resourcetype"), wanted.get("name")
    if isinstance(found.get("value"), list):
        found["value"] = [
            one for one in found["value"] if kind in (None, one["type"].lower()) and name in (None, one["name"].lower())
        ]
    return web.json_response(found, status=answer.status)
