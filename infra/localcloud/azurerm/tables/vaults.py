"""Key vaults and their secrets."""

import re
from datetime import datetime, timezone
from typing import Any

from localcloud.resources import names

from ..client import Refused
from ..problems import Failed, Problem
from ..resource import Resource, Session, group, location, new_name, same_text
from ..schema import Block, number, text, text_map, text_set, texts, truth
from ..values import NUMBER, STRING, UNKNOWN, Path, Values
from .storage import enabled

SECRET_URL = re.compile(r"https://([a-zA-Z0-9-]+)\.vault\.azure\.net/secrets/([^/]+)(?:/([^/]+))?/?")
VAULTS = "Microsoft.KeyVault/vaults"


class Vault(Resource):
    name = "azurerm_key_vault"
    title = "Key Vault"
    closes = {"public_network_access_enabled": False}  # noqa: RUF012
    rule = names.VAULT
    id = "{group}/providers/Microsoft.KeyVault/vaults/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "tenant_id": text("required", at="properties.tenantId"),
            "sku_name": text("required", at="properties.sku.name", choices=("standard", "premium")),
            "rbac_authorization_enabled": truth("optional computed", at="properties.enableRbacAuthorization"),
            "enable_rbac_authorization": truth("optional computed deprecated", instead="rbac_authorization_enabled"),
            "purge_protection_enabled": truth(at="properties.enablePurgeProtection"),
            "soft_delete_retention_days": number(default=90, at="properties.softDeleteRetentionInDays"),
            "public_network_access_enabled": enabled(default=True, at="properties.publicNetworkAccess"),
            "enabled_for_deployment": truth(at="properties.enabledForDeployment"),
            "enabled_for_disk_encryption": truth(at="properties.enabledForDiskEncryption"),
            "enabled_for_template_deployment": truth(at="properties.enabledForTemplateDeployment"),
            "tags": text_map(at="tags"),
            "vault_uri": text("computed", at="properties.vaultUri"),
        },
        refused={
            "network_acls": Block(
                {
                    "bypass": text("required"),
                    "default_action": text("required"),
                    "ip_rules": text_set(),
                    "virtual_network_subnet_ids": text_set(),
                },
                most=1,
            ),
            "contact": Block({"email": text("required"), "name": text(), "phone": text()}, nesting="set"),
            "access_policy": Block(
                {
                    "tenant_id": text("required"),
                    "object_id": text("required"),
                    "application_id": text(),
                    "certificate_permissions": texts(),
                    "key_permissions": texts(),
                    "secret_permissions": texts(),
                    "storage_permissions": texts(),
                }
            ),
        },
    )

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """The attribute has two names in 4.x; both show the same, and false is the default."""
        new, old = config["rbac_authorization_enabled"], config["enable_rbac_authorization"]
        wanted = new if new is not None else old if old is not None else False
        planned["rbac_authorization_enabled"] = planned["enable_rbac_authorization"] = wanted
        return []

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        body["properties"]["sku"]["family"] = "A"
        body["properties"]["accessPolicies"] = []
        if not values.get("purge_protection_enabled"):
            body["properties"].pop("enablePurgeProtection", None)
        return body

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        return {
            **found,
            "enable_rbac_authorization": found["rbac_authorization_enabled"],
            "purge_protection_enabled": bool(found["purge_protection_enabled"]),
        }

    def put(self, session: Session, id: str, planned: Values, prior: Values | None) -> None:
        """A deleted vault of the name is recovered, as the provider's features say."""
        if prior is None and self._deleted(session, planned["location"], planned["name"]):
            if not session.feature("key_vault", "recover_soft_deleted_key_vaults", True):
                raise Failed(
                    Problem(
                        f'An existing soft-deleted Key Vault exists with the Name "{planned["name"]}", but it is not '
                        "to be recovered: recover_soft_deleted_key_vaults is false in the features block."
                    )
                )
            body = self.to_body(session, planned)
            body["properties"]["createMode"] = "recover"
            session.client.call("PUT", id, body, self.seconds(planned, "create"))
            return
        super().put(session, id, planned, prior)

    def delete(self, session: Session, prior: Values) -> None:
        super().delete(session, prior)
        purge = session.feature("key_vault", "purge_soft_delete_on_destroy", True)
        if purge and not prior.get("purge_protection_enabled"):
            session.client.call("POST", self._deleted_id(session, prior["location"], prior["name"]) + "/purge")

    def _deleted(self, session: Session, location: str, name: str) -> Any:
        return session.client.get(self._deleted_id(session, location, name))

    def _deleted_id(self, session: Session, location: str, name: str) -> str:
        region = location.replace(" ", "").lower()
        provider = f"/subscriptions/{session.subscription}/providers/Microsoft.KeyVault"
        return f"{provider}/locations/{region}/deletedVaults/{name}"


class Secret(Resource):
    """Written and read as data: whoever applies needs a role for that."""

    name = "azurerm_key_vault_secret"
    title = "Secret"
    rule = names.SECRET
    schema = Block(
        {
            "name": new_name(),
            "key_vault_id": text("required new", same=same_text),
            "value": text("optional sensitive"),
            "content_type": text(),
            "not_before_date": text(),
            "expiration_date": text(),
            "tags": text_map(),
            "version": text("computed"),
            "versionless_id": text("computed"),
            "resource_id": text("computed"),
            "resource_versionless_id": text("computed"),
        },
        refused={"value_wo": STRING, "value_wo_version": NUMBER},
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        if config["value"] is None and not any(one.path[-1:] == ("value_wo",) for one in found):
            found.append(Problem('Missing required argument: one of "value", "value_wo" must be specified'))
        for date in ("not_before_date", "expiration_date"):
            if isinstance(config[date], str) and _epoch(config[date]) is None:
                found.append(Problem(f'"{config[date]}" is no RFC3339 date', "Write 2030-01-01T00:00:00Z.", (date,)))
        return found

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """A new value is a new version."""
        if prior and planned["value"] != prior["value"]:
            planned.update(dict.fromkeys(("id", "version", "resource_id"), UNKNOWN))
        return []

    def create(self, session: Session, planned: Values) -> Values:
        path = self._path(planned)
        if self._there(session, path):
            raise Failed(
                Problem(
                    f'A resource with the ID "https://{path.split("/")[2]}.vault.azure.net/secrets/{planned["name"]}" '
                    "already exists - to be managed via Terraform this resource needs to be imported into the State."
                )
            )
        try:
            made = session.client.call("PUT", path, self._body(planned))
        except Refused as error:
            if error.code != "ObjectIsDeletedButRecoverable":
                raise
            if not session.feature("key_vault", "recover_soft_deleted_secrets", True):
                raise
            session.client.call("POST", path.replace("/secrets/", "/deletedsecrets/") + "/recover")
            made = session.client.call("PUT", path, self._body(planned))
        return self._state(session, made["id"], planned["key_vault_id"])

    def _there(self, session: Session, path: str) -> bool:
        return session.client.get(path) is not None

    def update(self, session: Session, planned: Values, prior: Values) -> Values:
        path = self._path(planned)
        if planned["value"] != prior["value"]:
            made = session.client.call("PUT", path, self._body(planned))
            return self._state(session, made["id"], planned["key_vault_id"])
        body = self._body(planned)
        body.pop("value")
        session.client.call("PATCH", f"{path}/{prior['version']}", body)
        return self._state(session, prior["id"], planned["key_vault_id"])

    def _body(self, planned: Values) -> Values:
        dates = {"nbf": "not_before_date", "exp": "expiration_date"}
        return {
            "value": planned["value"],
            "contentType": planned["content_type"],
            "tags": planned["tags"] or {},
            "attributes": {wire: _epoch(planned[one]) for wire, one in dates.items() if planned[one]},
        }

    def _path(self, values: Values) -> str:
        return f"/vaults/{values['key_vault_id'].rpartition('/')[2]}/secrets/{values['name']}"

    def _state(self, session: Session, id: str, vault: str) -> Values:
        found = self._looked(session, id, vault)
        if found is None:
            raise Failed(Problem(f"{id} was there and is gone"))
        return found

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        """The newest version, whose id becomes the resource's."""
        found = SECRET_URL.fullmatch(id)
        if not found:
            raise Failed(Problem(f"parsing {id!r}: it is no URL of a secret"))
        vault = prior.get("key_vault_id") or _vault_id(session, found[1])
        if vault is None or session.client.get(vault) is None:
            return None
        return self._looked(session, f"https://{found[1]}.vault.azure.net/secrets/{found[2]}", vault)

    def _looked(self, session: Session, id: str, vault: str) -> Values | None:
        found = SECRET_URL.fullmatch(id)
        assert found
        body = session.client.get(f"/vaults/{found[1]}/secrets/{found[2]}" + (f"/{found[3]}" if found[3] else ""))
        if body is None:
            return None
        versionless, _slash, version = body["id"].rpartition("/")
        attributes = body["attributes"]
        return {
            "id": body["id"],
            "name": found[2],
            "key_vault_id": vault,
            "value": body["value"],
            "content_type": body.get("contentType"),
            "not_before_date": _date(attributes.get("nbf")),
            "expiration_date": _date(attributes.get("exp")),
            "tags": body.get("tags") or None,
            "version": version,
            "versionless_id": versionless,
            "resource_id": f"{vault}/secrets/{found[2]}/versions/{version}",
            "resource_versionless_id": f"{vault}/secrets/{found[2]}",
        }

    def delete(self, session: Session, prior: Values) -> None:
        path = self._path(prior)
        try:
            session.client.call("DELETE", path)
        except Refused as error:
            if error.code != "SecretNotFound":
                raise
            return
        vault = session.client.get(prior["key_vault_id"]) or {"properties": {}}
        protected = vault["properties"].get("enablePurgeProtection")
        if session.feature("key_vault", "purge_soft_deleted_secrets_on_destroy", True) and not protected:
            session.client.call("DELETE", path.replace("/secrets/", "/deletedsecrets/"))

    def import_id(self, session: Session, id: str) -> str:
        if not SECRET_URL.fullmatch(id):
            raise Failed(
                Problem(f"parsing {id!r}: the id has the form https://VAULT.vault.azure.net/secrets/NAME/VERSION")
            )
        return id


def _vault_id(session: Session, name: str) -> str | None:
    listed = session.client.get(f"/subscriptions/{session.subscription}/providers/{VAULTS}") or {"value": []}
    return next((str(one["id"]) for one in listed["value"] if one["name"].lower() == name.lower()), None)


def _epoch(date: str) -> int | None:
    try:
        return int(datetime.fromisoformat(date.replace("Z", "+00:00")).timestamp())
    except ValueError:
        return None


def _date(epoch: int | None) -> str | None:
    if epoch is None:
        return None
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


TABLES = (Vault(), Secret())
