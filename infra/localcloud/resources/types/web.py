"""Service plans, function apps and their slots."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import names, references
from ..effects import Body, Site
from ..errors import ResourceError, bad, conflict
from ..ids import ResourceId, parse
from ..store import Resource
from .base import Action, Put, RealType, ResourceType, at, guid
from .identities import IDENTITY

if TYPE_CHECKING:
    from ..model import Model

PLAN = "Microsoft.Web/serverfarms"
SITE = "Microsoft.Web/sites"
SLOT = f"{SITE}/slots"
PROFILES, FTP = "scm", "ftp"  # policies of publish profiles
STICKY_NAMES, STICKY = "slotconfignames", ("appSettingNames", "connectionStringNames")
TIERS = {
    "Y": "Dynamic", "EP": "ElasticPremium", "B": "Basic", "S": "Standard", "P": "PremiumV2", "F": "Free", "D": "Shared"
}  # fmt: skip
MOST_SLOTS = {"Free": 0, "Shared": 0, "Basic": 0, "Dynamic": 1}  # beside production; other tiers have five or more
NEVER_ALWAYS_ON = ("Free", "Shared", "Dynamic", "ElasticPremium")


class Plan(ResourceType):
    name = PLAN
    rule = names.PLAN
    members = ("sku", "kind")

    def check(self, put: Put) -> None:
        put.need("sku.name")
        sku = str(put.body["sku"]["name"])
        if sku.upper().startswith("FC"):
            raise bad("NotSupported", "The local cloud does not support the Flex Consumption plan (FC1).")
        letters = sku.rstrip("v0123456789").upper()
        tier = next((TIERS[one] for one in ("EP", letters[:1]) if letters.startswith(one) and one in TIERS), None)
        if tier is None:
            raise bad("BadRequest", f"The SKU '{sku}' is not supported.")
        put.body["sku"] = {**put.body["sku"], "name": sku, "tier": put.body["sku"].get("tier") or tier}
        put.default("kind", "linux" if put.properties.get("reserved") else "app")
        put.default("properties.reserved", False)
        put.keep("properties.reserved")

    def check_delete(self, model: "Model", resource: Resource, going: set[str]) -> None:
        sites = (one for one in model.store.of_type(SITE) if one.key not in going)
        used = [one.name for one in sites if _plan_key(one) == resource.key]
        if used:
            text = f"Server farm '{resource.name}' cannot be deleted because it has web app(s) {', '.join(used)} "
            raise conflict("Conflict", text + "assigned to it.")

    def shown(self, model: "Model", resource: Resource) -> Body:
        sites = [one for one in model.store.of_type(SITE) if _plan_key(one) == resource.key]
        return {"status": "Ready", "numberOfSites": len(sites)}


class App(ResourceType):
    """A function app, or a slot of one."""

    members = ("kind", "identity", "extendedLocation")
    reading = frozenset()

    def __init__(self, name: str, rule: names.Rule, world: bool) -> None:
        self.name = name
        self.rule = rule
        self.world = world

    def check(self, put: Put) -> None:
        if self.name == SLOT and put.id.name.lower() == "production":
            raise bad("BadRequest", "No slot can be named 'production': that is the app itself.")
        put.default("kind", "functionapp,linux")
        if "functionapp" not in str(put.body["kind"]) or "linux" not in str(put.body["kind"]):
            text = (
                f"The local cloud has Linux function apps alone (kind 'functionapp,linux', not '{put.body['kind']}')."
            )
            raise bad("NotSupported", text)
        if "functionAppConfig" in put.properties:
            raise bad("NotSupported", "The local cloud does not support Flex Consumption (functionAppConfig).")
        plan = self._plan(put)
        self._check_slots(put, plan)
        self._check_identity(put)
        put.default("properties.httpsOnly", False)
        put.default("properties.enabled", True)
        put.default("properties.publicNetworkAccess", "Enabled")
        put.default("properties.keyVaultReferenceIdentity", "SystemAssigned")
        put.hidden.setdefault("verification", f"{put.model.rng.getrandbits(256):064X}")
        put.hidden.setdefault("password", f"{put.model.rng.getrandbits(240):060x}")
        put.hidden.setdefault("settings", {})
        put.hidden.setdefault("connections", {})
        self._take_settings(put)
        if at(put.properties, "siteConfig.alwaysOn") and _tier(plan) in NEVER_ALWAYS_ON:
            text = "There was a conflict. AlwaysOn cannot be set for this site as the plan does not allow it."
            raise conflict("Conflict", text)

    def _plan(self, put: Put) -> Resource:
        put.default("properties.serverFarmId", at(self._owner(put), "properties.serverFarmId") or "")
        put.need("properties.serverFarmId")
        plan = put.model.store.get(str(put.properties["serverFarmId"]).lower().rstrip("/"))
        if plan is None or plan.type != PLAN:
            name = str(put.properties["serverFarmId"]).rpartition("/")[2]
            raise ResourceError(404, "NotFound", f"Cannot find ServerFarm with name {name}.")
        if not plan.properties.get("reserved"):
            raise bad("BadRequest", f"The plan '{plan.name}' is no Linux plan: its property 'reserved' is not true.")
        if plan.body["location"] != put.body["location"]:
            raise bad("BadRequest", f"The plan '{plan.name}' is in another region, {plan.body['location']}.")
        return plan

    def _check_slots(self, put: Put, plan: Resource) -> None:
        if self.name != SLOT or put.before:
            return
        app = put.id.parent.lower()
        there = [one for one in put.model.store.of_type(SLOT) if parse(one.id).parent.lower() == app]
        if len(there) >= MOST_SLOTS.get(_tier(plan), len(there) + 1):
            text = "Cannot complete the operation because the site will exceed the number of slots allowed for the "
            raise conflict("Conflict", f"{text}'{_tier(plan)}' SKU.")

    def _owner(self, put: Put) -> Body:
        """The app that a slot belongs to."""
        found = put.model.store.get(put.id.parent.lower()) if self.name == SLOT else None
        return found.body if found else {}

    def _check_identity(self, put: Put) -> None:
        identity = put.body.get("identity") or {"type": "None"}
        kinds = {one.strip() for one in str(identity.get("type", "None")).split(",")}
        given = identity.get("userAssignedIdentities") or {}
        if kinds - {"None", "SystemAssigned", "UserAssigned"} or bool(given) != ("UserAssigned" in kinds):
            raise bad("BadRequest", "The identity's type does not fit: None, SystemAssigned, UserAssigned, or both.")
        for one in given:
            found = put.model.store.get(str(one).lower())
            if found is None or found.type != IDENTITY:
                text = f"Identity operation for resource '{put.id}' failed: the identity '{one}' was not found."
                raise bad("FailedIdentityOperation", text)
        if "SystemAssigned" in kinds:
            put.hidden.setdefault("principalId", guid(put.model.rng))
        else:
            put.hidden.pop("principalId", None)
        put.body["identity"] = {
            "type": identity.get("type", "None"),
            "userAssignedIdentities": {one: {} for one in given},
        }

    def _take_settings(self, put: Put) -> None:
        """Settings are kept apart: nobody sees them who only reads the site."""
        config = put.properties.get("siteConfig")
        config = dict(config) if isinstance(config, dict) else {}
        for member, kept in (("appSettings", "settings"), ("connectionStrings", "connections")):
            given = config.pop(member, None)
            if isinstance(given, list):
                put.hidden[kept] = _named(given, member)
        before = at(put.before.body, "properties.siteConfig") if put.before else None
        put.properties["siteConfig"] = {**(before or {}), **config}

    def taken(self, name: str) -> ResourceError:
        return conflict("Conflict", f"Website with given name {name} already exists.")

    def shown(self, model: "Model", resource: Resource) -> Body:
        names = parse(resource.id).names
        host = host_name(resource)
        scm = host.replace(".azure", ".scm.azure", 1)
        return {
            "name": "-".join(names),
            "state": "Running" if resource.properties["enabled"] else "Stopped",
            "hostNames": [host],
            "defaultHostName": host,
            "enabledHostNames": [host, scm],
            "hostNameSslStates": [
                {"name": host, "sslState": "Disabled", "hostType": "Standard"},
                {"name": scm, "sslState": "Disabled", "hostType": "Repository"},
            ],
            "repositorySiteName": names[0],
            "resourceGroup": parse(resource.id).group,
            "customDomainVerificationId": resource.hidden["verification"],
            "reserved": True,
        }

    def shaped(self, model: "Model", resource: Resource, body: Body) -> None:
        identity = body["identity"]
        if "principalId" in resource.hidden:
            identity.update(principalId=resource.hidden["principalId"], tenantId=model.tenant)
        for one in identity["userAssignedIdentities"]:
            found = model.store.get(one.lower())
            identity["userAssignedIdentities"][one] = found.hidden if found else {}
        body["properties"]["siteConfig"] = {**body["properties"]["siteConfig"], "appSettings": None}

    async def make(self, model: "Model", resource: Resource, before: Resource | None) -> None:
        await self.resume(model, resource)

    async def resume(self, model: "Model", resource: Resource) -> None:
        await model.effects.sites.put(site(model, resource))

    async def unmake(self, model: "Model", resource: Resource) -> None:
        await model.effects.sites.remove(resource.id)

    def credentials(self, model: "Model", resource: Resource, _body: Body) -> Body:
        name = f"${'__'.join(parse(resource.id).names)}"
        return {"properties": {"publishingUserName": name, "publishingPassword": resource.hidden["password"]}}

    def actions(self) -> Mapping[str, Action]:
        return {
            "config/publishingcredentials/list": self.credentials,
            "config/appsettings/list": lambda _model, resource, _body: {"properties": resource.hidden["settings"]},
            "config/connectionstrings/list": lambda _model, resource, _body: {
                "properties": resource.hidden["connections"]
            },
        }


class Config(RealType):
    """`config/appsettings`, `config/connectionstrings` and, of an app, `config/slotConfigNames` (the names of settings
    that a swap leaves where they are): what is PUT replaces all."""

    def __init__(self, owner: str) -> None:
        self.name = f"{owner}/config"
        self.kept_as = {"appsettings": "settings", "connectionstrings": "connections"}
        if owner == SITE:
            self.kept_as[STICKY_NAMES] = "sticky"

    def check(self, put: Put) -> None:
        if put.id.name.lower() not in self.kept_as:
            raise bad("NotSupported", f"The local cloud does not support config/{put.id.name}; it knows appsettings.")
        if put.id.name.lower() == STICKY_NAMES:
            for name in STICKY:
                given = put.properties.get(name) or []
                if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
                    raise bad("BadRequest", f"{name} is a list of names.")

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return list(self.kept_as)

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        """Nothing is shown of settings: whoever may see them POSTs `config/appsettings/list`."""
        if id.name.lower() not in self.kept_as:
            return None
        owner = model.store.get(parse(id.parent).key)
        sticky = owner.hidden.get("sticky", {}) if owner and id.name.lower() == STICKY_NAMES else None
        return {} if sticky is None else {name: sticky.get(name) or [] for name in STICKY}

    async def write(self, put: Put) -> None:
        model = put.model
        owner = model.store.get(parse(put.id.parent).key)
        assert owner is not None
        kept = self.kept_as[put.id.name.lower()]
        changed = Resource(owner.id, owner.type, owner.body, {**owner.hidden, kept: dict(put.properties)}, owner.state)
        model.store.put(changed)
        await model.effects.sites.put(site(model, changed))

    async def remove(self, model: "Model", id: ResourceId) -> None:
        raise ResourceError(405, "MethodNotAllowed", "Settings are not deleted: PUT those that shall stay.")


class Policies(RealType):
    """`basicPublishingCredentialsPolicies/scm` and `/ftp`: whether a publish profile may be used, which it may until
    something else is PUT. (There is no FTP here; what is said of it is kept.)"""

    def __init__(self, owner: str) -> None:
        self.name = f"{owner}/basicPublishingCredentialsPolicies"

    def check(self, put: Put) -> None:
        if put.id.name.lower() not in (PROFILES, FTP):
            raise bad("BadRequest", f"There is no policy {put.id.name}: there are {PROFILES} and {FTP}.")
        if not isinstance(put.properties.get("allow"), bool):
            raise bad("BadRequest", "allow is true or false.")

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return [FTP, PROFILES]

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        owner = model.store.get(parse(id.parent).key)
        if owner is None or id.name.lower() not in (PROFILES, FTP):
            return None
        return {"allow": _allowed(owner, id.name)}

    async def write(self, put: Put) -> None:
        model = put.model
        owner = model.store.get(parse(put.id.parent).key)
        assert owner is not None
        policies = {**owner.hidden.get("policies", {}), put.id.name.lower(): put.properties["allow"]}
        changed = replace(owner, hidden={**owner.hidden, "policies": policies})
        model.store.put(changed)
        await model.effects.sites.put(site(model, changed))

    async def remove(self, model: "Model", id: ResourceId) -> None:
        raise ResourceError(405, "MethodNotAllowed", "A policy is not deleted: PUT what shall hold.")


def host_name(resource: Resource) -> str:
    """`app.azurewebsites.net`, of a slot `app-slot.azurewebsites.net`."""
    return "-".join(parse(resource.id).names).lower() + ".azurewebsites.net"


def settings(resource: Resource) -> dict[str, str]:
    """A site's settings as they were given."""
    return {name: str(value) for name, value in resource.hidden["settings"].items()}


def principal(model: "Model", resource: Resource) -> str | None:
    """Who reads the references of a site: an identity that is attached to it, or nobody."""
    wanted = str(resource.properties["keyVaultReferenceIdentity"])
    if wanted.lower() == "systemassigned":
        found = resource.hidden.get("principalId")
        return str(found) if found else None
    attached = {one.lower() for one in resource.body["identity"]["userAssignedIdentities"]}
    identity = model.store.get(wanted.lower())
    return str(identity.hidden["principalId"]) if identity and wanted.lower() in attached else None


def _allowed(site: Resource, policy: str) -> bool:
    return bool(site.hidden.get("policies", {}).get(policy.lower(), True))


def site(model: "Model", resource: Resource) -> Site:
    """A site as whoever runs it needs it."""
    names = parse(resource.id).names
    return Site(
        id=resource.id,
        name=names[0],
        slot=names[1] if len(names) > 1 else None,
        runtime=str(at(resource.body, "properties.siteConfig.linuxFxVersion") or ""),
        enabled=bool(resource.properties["enabled"]),
        profiles=_allowed(resource, PROFILES),
        settings=references.resolved(model, settings(resource), principal(model, resource)),
    )


def _tier(plan: Resource) -> str:
    return str(plan.body["sku"]["tier"])


def _plan_key(site: Resource) -> str:
    return str(site.properties["serverFarmId"]).lower().rstrip("/")


def _named(given: list[Any], member: str) -> dict[str, Any]:
    """A list of names and values as a mapping; ResourceError for one of another form, or with a name twice."""
    found: dict[str, Any] = {}
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise bad("InvalidRequestContent", f"Each of '{member}' must be an object with a name and a value.")
        if one["name"] in found:
            raise bad("BadRequest", f"'{one['name']}' is there twice in '{member}'.")
        found[one["name"]] = one.get("value", "") if member == "appSettings" else one
    return found


TYPES = (
    Plan(),
    App(SITE, names.SITE, world=True),
    App(SLOT, names.SLOT, world=False),
    Config(SITE),
    Config(SLOT),
    Policies(SITE),
    Policies(SLOT),
)
