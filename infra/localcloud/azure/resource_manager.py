"""Resource Manager, `management.azure.com`: what clients read of the app, its settings, and the swap of slots."""

import asyncio
import contextlib
import random
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from localcloud.messages import _

from . import resources
from .certificates import MANAGEMENT
from .credentials import Credentials
from .deployment import Swap
from .kudu import Kudu
from .routing import Routes
from .site import Site
from .slot import PRODUCTION, Busy, NoSuchSlot, Slot
from .tokens import Tokens

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourcegroups/{group}"
SITE = GROUP + "/providers/microsoft.web/sites/{app}"
SLOT = SITE + "/slots/{slot}"
PLAN = GROUP + "/providers/microsoft.web/serverfarms"
FILTER = re.compile(r"(\w+)\s+eq\s+'([^']*)'", re.IGNORECASE)
MOST_OPERATIONS = 200


class ArmError(Exception):
    """As Resource Manager refuses."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code = status, code


class Call:
    """One request: who asks, and what the parts of the path are."""

    def __init__(self, request: web.Request, by: str, parts: dict[str, str], site: Site) -> None:
        self.request, self.by, self.parts, self._site = request, by, parts, site

    @property
    def slot(self) -> Slot:
        """The slot that the path names; production when it names none."""
        return self._site.slot(self.parts.get("slot") or PRODUCTION)

    async def body(self) -> dict[str, Any]:
        text = await self.request.text()
        try:
            found = await self.request.json() if text else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ArmError(400, "InvalidRequestContent", _("The request's content is no JSON object."))
        return found

    async def properties(self) -> dict[str, Any]:
        found = (await self.body()).get("properties")
        if not isinstance(found, dict):
            raise ArmError(400, "BadRequest", _("The request's content has no properties."))
        return found


Handle = Callable[[Call], Awaitable[Any]]


class ResourceManager:
    """All of it needs a token of the token endpoint. A handler returns JSON, or a response."""

    def __init__(self, site: Site, credentials: Credentials, tokens: Tokens, kudu: Kudu, rng: random.Random) -> None:
        self._site, self._credentials, self._tokens, self._kudu, self._rng = site, credentials, tokens, kudu, rng
        self._operations: dict[str, tuple[Swap, asyncio.Task[None]]] = {}
        self._routes: Routes[Handle] = Routes([*self._of_the_subscription(), *self._of_sites()])

    def _of_the_subscription(self) -> list[tuple[str, str, Handle]]:
        return [
            ("GET", "/subscriptions", self._subscriptions),
            ("GET", "/tenants", self._tenants),
            ("GET", "/providers/microsoft.web/functionappstacks", self._stacks),
            ("GET", SUBSCRIPTION, self._subscription),
            ("GET", SUBSCRIPTION + "/resourcegroups", self._groups),
            ("GET", GROUP, self._group),
            ("GET", SUBSCRIPTION + "/resources", self._resources),
            ("GET", GROUP + "/resources", self._resources),
            ("GET", SUBSCRIPTION + "/providers/microsoft.web/sites", self._sites),
            ("GET", GROUP + "/providers/microsoft.web/sites", self._sites),
            ("GET", SUBSCRIPTION + "/providers/microsoft.web/serverfarms", self._plans),
            ("GET", PLAN, self._plans),
            ("GET", PLAN + "/{plan}", self._plan),
        ]

    def _of_sites(self) -> list[tuple[str, str, Handle]]:
        own: list[tuple[str, str, Handle]] = [
            ("GET", "", self._show),
            ("POST", "/slotsswap", self._swap),
            ("GET", "/operationresults/{operation}", self._operation),
            ("POST", "/restart", self._restart),
            ("POST", "/syncfunctiontriggers", self._nothing),
            ("POST", "/host/default/sync", self._nothing),
            ("GET", "/functions", self._functions),
            ("GET", "/config/web", self._config),
            ("POST", "/config/appsettings/list", self._settings),
            ("PUT", "/config/appsettings", self._set),
            ("POST", "/config/connectionstrings/list", self._no_connection_strings),
            ("GET", "/config/slotconfignames", self._sticky),
            ("PUT", "/config/slotconfignames", self._set_sticky),
            ("POST", "/config/publishingcredentials/list", self._publishing_credentials),
            ("GET", "/basicpublishingcredentialspolicies/scm", self._policy),
            ("PUT", "/basicpublishingcredentialspolicies/scm", self._set_policy),
            ("GET", "/basicpublishingcredentialspolicies/ftp", self._policy_of_ftp),
            ("POST", "/publishxml", self._publish_xml),
        ]
        found = [(method, base + path, handler) for base in (SLOT, SITE) for method, path, handler in own]
        return [("GET", SITE + "/slots", self._slots), *found]

    async def stop(self) -> None:
        tasks = [task for _swap, task in self._operations.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            found = await self._answer(request)
        except ArmError as error:
            return _refused(error)
        except NoSuchSlot as error:
            return _refused(ArmError(404, "ResourceNotFound", str(error)))
        except Busy as error:
            return _refused(ArmError(409, "Conflict", str(error)))
        except ValueError as error:
            return _refused(ArmError(400, "BadRequest", str(error)))
        return found if isinstance(found, web.StreamResponse) else web.json_response(found)

    async def _answer(self, request: web.Request) -> Any:
        by = self._tokens.owner_of(request.headers.get("Authorization", ""))
        if by is None:
            self._site.journal.add("azure.refused", slot=None, what=request.path, why="token")
            text = _("The access token is missing, has expired, or is not one of this Azure's. Sign in again.")
            raise ArmError(401, "InvalidAuthenticationToken", text)
        found = self._routes.find(request.method, request.path)
        if found is None:
            words = _("The local Resource Manager has no {method} {path}.")
            raise ArmError(404, "NotFound", words.format(method=request.method, path=request.path))
        if not any(name.lower() == "api-version" for name in request.query):
            text = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", text)
        handler, parts = found
        self._must_be_known(parts)
        return await handler(Call(request, by, {key: value for key, value in parts.items() if value}, self._site))

    def _must_be_known(self, parts: dict[str, str]) -> None:
        known = {
            "subscription": (self._credentials.subscription_id, "SubscriptionNotFound", _("subscription")),
            "group": (self._site.resource_group, "ResourceGroupNotFound", _("resource group")),
            "app": (self._site.name, "ResourceNotFound", _("Function App")),
            "plan": (resources.PLAN, "ResourceNotFound", _("plan")),
        }
        for part, (name, code, what) in known.items():
            if part in parts and parts[part].lower() != name.lower():
                words = _("There is no {what} '{wanted}' here. The {what} is '{name}'.")
                raise ArmError(404, code, words.format(what=what, wanted=parts[part], name=name))

    # --- Reading ------------------------------------------------------------------------------------------------------

    async def _subscriptions(self, _call: Call) -> Any:
        return {"value": [self._subscription_json()], "count": {"type": "Total", "value": 1}}

    async def _subscription(self, _call: Call) -> Any:
        return self._subscription_json()

    def _subscription_json(self) -> dict[str, Any]:
        return resources.subscription(self._credentials)

    async def _tenants(self, _call: Call) -> Any:
        tenant = self._credentials.tenant_id
        return {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Serverless Camp"}]}

    async def _stacks(self, _call: Call) -> Any:
        return {"value": [resources.STACK]}

    async def _groups(self, _call: Call) -> Any:
        return {"value": [resources.group(self._site, self._credentials)]}

    async def _group(self, _call: Call) -> Any:
        return resources.group(self._site, self._credentials)

    async def _resources(self, call: Call) -> Any:
        """Those that `$filter` names by type and name."""
        wanted = {key.lower(): value.lower() for key, value in FILTER.findall(call.request.query.get("$filter", ""))}
        everything = resources.listed(self._site, self._credentials)
        kind, name = wanted.get("resourcetype"), wanted.get("name")
        return {
            "value": [
                one for one in everything if kind in (None, one["type"].lower()) and name in (None, one["name"].lower())
            ]
        }

    async def _sites(self, _call: Call) -> Any:
        return {"value": [self._site_json(self._site.slot(PRODUCTION))], "nextLink": None}

    async def _slots(self, _call: Call) -> Any:
        slots = [slot for slot in self._site.slots.values() if slot.name != PRODUCTION]
        return {"value": [self._site_json(slot) for slot in slots], "nextLink": None}

    async def _show(self, call: Call) -> Any:
        return self._site_json(call.slot)

    def _site_json(self, slot: Slot) -> dict[str, Any]:
        return resources.site(slot, self._credentials)

    async def _plans(self, _call: Call) -> Any:
        return {"value": [resources.plan(self._site, self._credentials)]}

    async def _plan(self, _call: Call) -> Any:
        return resources.plan(self._site, self._credentials)

    async def _config(self, call: Call) -> Any:
        return resources.child(call.slot, self._credentials, "config/web", resources.CONFIG)

    async def _functions(self, call: Call) -> Any:
        running = call.slot.content.running
        names = list(running.host.functions) if running else []
        return {
            "value": [
                resources.child(call.slot, self._credentials, f"functions/{name}", {"name": name}) for name in names
            ]
        }

    # --- Settings -----------------------------------------------------------------------------------------------------

    async def _settings(self, call: Call) -> Any:
        return resources.child(call.slot, self._credentials, "config/appsettings", call.slot.settings)

    async def _set(self, call: Call) -> Any:
        """As on Azure, what is sent takes the place of all settings."""
        given = await call.properties()
        if not all(isinstance(value, str) for value in given.values()):
            raise ArmError(400, "BadRequest", _("App settings are texts."))
        slot = call.slot
        changes: dict[str, str | None] = {name: None for name in slot.settings if name not in given}
        await slot.set_settings({**changes, **given}, call.by)
        return await self._settings(call)

    async def _no_connection_strings(self, call: Call) -> Any:
        return resources.child(call.slot, self._credentials, "config/connectionstrings", {})

    async def _sticky(self, call: Call) -> Any:
        names = {"appSettingNames": self._site.sticky, "connectionStringNames": []}
        return resources.child(self._site.slot(PRODUCTION), self._credentials, "config/slotConfigNames", names)

    async def _set_sticky(self, call: Call) -> Any:
        names = (await call.properties()).get("appSettingNames") or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ArmError(400, "BadRequest", _("appSettingNames is a list of names."))
        self._site.set_sticky(names)
        return await self._sticky(call)

    # --- Publishing ---------------------------------------------------------------------------------------------------

    async def _publishing_credentials(self, call: Call) -> Any:
        found = resources.publishing_credentials(call.slot, self._credentials)
        return resources.child(call.slot, self._credentials, "config/publishingcredentials", found)

    async def _policy(self, call: Call) -> Any:
        allow = {"allow": call.slot.name not in self._kudu.without_profiles}
        return resources.child(call.slot, self._credentials, "basicPublishingCredentialsPolicies/scm", allow)

    async def _set_policy(self, call: Call) -> Any:
        allow = (await call.properties()).get("allow")
        if not isinstance(allow, bool):
            raise ArmError(400, "BadRequest", _("allow is true or false."))
        self._kudu.allow_profiles(call.slot, allow)
        return await self._policy(call)

    async def _policy_of_ftp(self, call: Call) -> Any:
        return resources.child(call.slot, self._credentials, "basicPublishingCredentialsPolicies/ftp", {"allow": False})

    async def _publish_xml(self, call: Call) -> Any:
        return web.Response(text=self._credentials.publish_profile(call.slot), content_type="application/xml")

    # --- Doing --------------------------------------------------------------------------------------------------------

    async def _restart(self, call: Call) -> Any:
        await call.slot.restart()
        return web.Response(status=200)

    async def _nothing(self, _call: Call) -> Any:
        return web.Response(status=204)

    async def _swap(self, call: Call) -> Any:
        """202, with the address where one asks whether it has ended."""
        target = (await call.body()).get("targetSlot")
        if not isinstance(target, str) or not target:
            raise ArmError(400, "BadRequest", _("targetSlot is missing: the name of the slot to swap with."))
        swap = self._site.begin_swap(call.slot.name, target, call.by)
        operation = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        task = asyncio.create_task(self._site.finish_swap(swap))
        self._operations = dict([*self._operations.items(), (operation, (swap, task))][-MOST_OPERATIONS:])
        place = resources.id_of(self._site.slot(swap.source), self._credentials)
        version = call.request.query.get("api-version", "2024-11-01")
        where = f"https://{MANAGEMENT}{place}/operationresults/{operation}?api-version={version}"
        return web.Response(status=202, headers={"Location": where, "Retry-After": "1"})

    async def _operation(self, call: Call) -> Any:
        known = self._operations.get(call.parts["operation"].lower())
        if known is None:
            raise ArmError(404, "NotFound", _("There is no such operation."))
        swap, task = known
        if not task.done():
            here = f"https://{MANAGEMENT}{call.request.path_qs}"
            return web.Response(status=202, headers={"Location": here, "Retry-After": "1"})
        with contextlib.suppress(Exception):  # `swap.failure` says it
            await task
        if swap.failure:
            raise ArmError(409, "SwapFailed", swap.failure)
        return self._site_json(call.slot)


def _refused(error: ArmError) -> web.Response:
    return web.json_response({"error": {"code": error.code, "message": str(error)}}, status=error.status)
