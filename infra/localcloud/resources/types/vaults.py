"""Key vaults, also deleted ones, and secrets as Resource Manager writes them. (Their values: `secrets.py`.)"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import names, secrets
from ..effects import Body
from ..errors import ResourceError, bad, conflict
from ..ids import ResourceId, parse
from ..store import Resource
from .base import Action, Put, RealType, ResourceType, at

if TYPE_CHECKING:
    from ..model import Model

VAULT = "Microsoft.KeyVault/vaults"
DELETED = "Microsoft.KeyVault/locations/deletedVaults"
RETENTION = range(7, 91)


class Vault(ResourceType):
    name = VAULT
    rule = names.VAULT
    world = True

    def check(self, put: Put) -> None:
        put.need("properties.tenantId", "properties.sku.name")
        put.choose("properties.sku.name", ("standard", "premium"))
        if str(put.properties["tenantId"]).lower() != put.model.tenant:
            text = f"The tenant '{put.properties['tenantId']}' is not the one of this subscription, {put.model.tenant}."
            raise bad("BadRequest", text)
        put.default("properties.enableRbacAuthorization", False)
        put.default("properties.softDeleteRetentionInDays", 90)
        put.default("properties.publicNetworkAccess", "Enabled")
        put.default("properties.accessPolicies", [])
        put.properties["enableSoftDelete"] = True
        if put.properties["softDeleteRetentionInDays"] not in RETENTION:
            raise bad("BadRequest", "softDeleteRetentionInDays must be a whole number from 7 to 90.")
        if put.properties["accessPolicies"]:
            text = "The local cloud does not support access policies: use enableRbacAuthorization and role assignments."
            raise bad("NotSupported", text)
        self._check_changes(put)
        self._recover(put)
        put.hidden.setdefault("secrets", {})

    def _check_changes(self, put: Put) -> None:
        purge = put.properties.get("enablePurgeProtection")
        if put.before and put.before.properties.get("enablePurgeProtection") and not purge:
            raise bad("BadRequest", 'The property "enablePurgeProtection" cannot be set to false once it is true.')
        put.keep("properties.softDeleteRetentionInDays")

    def _recover(self, put: Put) -> None:
        mode = put.properties.pop("createMode", "default")
        gone = deleted(put.model, put.id.name) if put.before is None else None
        if gone is None:
            return
        if mode != "recover" or at(gone.body, "properties.vaultId").lower() != put.id.key:
            raise self.taken(put.id.name)
        put.hidden.update(gone.hidden)
        put.model.store.remove(gone.key)

    def taken(self, name: str) -> ResourceError:
        text = (
            f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
            "name is already taken. If you are sure that the vault name was not taken then it is possible that a vault "
            "with the same name was recently deleted but not purged after being placed in a recoverable state."
        )
        return conflict("VaultAlreadyExists", text)

    def shown(self, model: "Model", resource: Resource) -> Body:
        return {"vaultUri": secrets.vault_uri(resource.name)}

    def deleted(self, model: "Model", resource: Resource) -> None:
        """It can be recovered, and keeps its name, until it is purged."""
        id = parse(resource.id)
        location = resource.body["location"]
        kept = f"/subscriptions/{id.subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/"
        properties = {
            "vaultId": resource.id,
            "location": location,
            "purgeProtectionEnabled": bool(resource.properties.get("enablePurgeProtection")),
        }
        model.store.put(Resource(kept + resource.name, DELETED, {"properties": properties}, resource.hidden))


class DeletedVault(ResourceType):
    name = DELETED
    located = False

    def check(self, put: Put) -> None:
        raise ResourceError(405, "MethodNotAllowed", "A deleted vault is not made: delete a vault.")

    def purge(self, model: "Model", resource: Resource, _body: Body) -> Body:
        if resource.properties["purgeProtectionEnabled"]:
            text = f"The vault '{resource.name}' has purge protection: it cannot be purged before its time is over."
            raise bad("VaultIsProtected", text)
        model.store.remove(resource.key)
        return {}

    def actions(self) -> Mapping[str, Action]:
        return {"purge": self.purge}


class Secret(RealType):
    """A secret written through Resource Manager, which needs no role on data."""

    name = f"{VAULT}/secrets"
    rule = names.SECRET

    def check(self, put: Put) -> None:
        put.need("properties.value")

    async def write(self, put: Put) -> None:
        vault = put.model.store.get(parse(put.id.parent).key)
        assert vault is not None
        given = put.properties
        secrets.write(put.model, vault, put.id.name, {**given, "tags": put.body.get("tags")})

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        vault = model.store.get(parent.key)
        return [one["name"] for one in vault.hidden["secrets"].values() if not one["deleted"]] if vault else []

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        """Its properties: never its value."""
        vault = model.store.get(parse(id.parent).key)
        return self._shown(vault, id.name) if vault else None

    def _shown(self, vault: Resource, name: str) -> Body | None:
        latest = secrets.latest(vault, name)
        if latest is None:
            return None
        uri = secrets.secret_uri(vault.name, name)
        return {
            "secretUri": uri,
            "secretUriWithVersion": f"{uri}/{latest['version']}",
            "contentType": latest.get("contentType"),
            "attributes": {"enabled": latest["enabled"]},
        }

    async def remove(self, model: "Model", id: ResourceId) -> None:
        raise ResourceError(405, "MethodNotAllowed", "Secrets are deleted through the vault, not Resource Manager.")


def deleted(model: "Model", name: str) -> Resource | None:
    """The deleted vault of that name."""
    return next((one for one in model.store.of_type(DELETED) if one.name.lower() == name.lower()), None)


TYPES = (Vault(), DeletedVault(), Secret())
