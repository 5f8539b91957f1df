"""Storage accounts, and the queues, blob containers and tables in them."""

from typing import Any

from localcloud.resources import names

from ..problems import Failed, Problem
from ..resource import Resource, Session, group, location, new_name, same_text
from ..schema import Attribute, Block, number, text, text_map, text_set, truth
from ..values import BOOL, STRING, UNKNOWN, Path, Values, place

ACCOUNT = "{group}/providers/Microsoft.Storage/storageAccounts/{name}"
KEYS = {"primary": 0, "secondary": 1}


def enabled(**more: Any) -> Attribute:
    """A truth value that Resource Manager writes as Enabled or Disabled."""
    return truth(
        to_body=lambda value: "Enabled" if value else "Disabled",
        from_body=lambda value: str(value).lower() == "enabled",
        **more,
    )


def identity_block() -> Block:
    return Block(
        {
            "type": text("required", choices=("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned")),
            "identity_ids": text_set(),
            "principal_id": text("computed"),
            "tenant_id": text("computed"),
        },
        most=1,
    )


class StorageAccount(Resource):
    name = "azurerm_storage_account"
    title = "Storage Account"
    closes = {"public_network_access_enabled": False, "shared_access_key_enabled": False}  # noqa: RUF012
    rule = names.STORAGE_ACCOUNT
    id = ACCOUNT
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "account_tier": text("required new", choices=("Standard", "Premium")),
            "account_replication_type": text("required", choices=("LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS")),
            "account_kind": text(
                default="StorageV2",
                at="kind",
                choices=("Storage", "BlobStorage", "BlockBlobStorage", "FileStorage", "StorageV2"),
            ),
            "access_tier": text(
                "optional computed", at="properties.accessTier", choices=("Hot", "Cool", "Cold", "Premium")
            ),
            "https_traffic_only_enabled": truth(default=True, at="properties.supportsHttpsTrafficOnly"),
            "min_tls_version": text(
                default="TLS1_2", at="properties.minimumTlsVersion", choices=("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3")
            ),
            "allow_nested_items_to_be_public": truth(default=True, at="properties.allowBlobPublicAccess"),
            "shared_access_key_enabled": truth(default=True, at="properties.allowSharedKeyAccess"),
            "public_network_access_enabled": enabled(default=True, at="properties.publicNetworkAccess"),
            "default_to_oauth_authentication": truth(at="properties.defaultToOAuthAuthentication"),
            "cross_tenant_replication_enabled": truth(at="properties.allowCrossTenantReplication"),
            "tags": text_map(at="tags"),
            "primary_location": text("computed", at="properties.primaryLocation"),
            "primary_access_key": text("computed sensitive"),
            "secondary_access_key": text("computed sensitive"),
            "primary_connection_string": text("computed sensitive"),
            "secondary_connection_string": text("computed sensitive"),
            "primary_blob_connection_string": text("computed sensitive"),
            "primary_blob_endpoint": text("computed", at="properties.primaryEndpoints.blob"),
            "primary_queue_endpoint": text("computed", at="properties.primaryEndpoints.queue"),
            "primary_table_endpoint": text("computed", at="properties.primaryEndpoints.table"),
        },
        usual={
            "local_user_enabled": True,
            "queue_encryption_key_type": "Service",
            "table_encryption_key_type": "Service",
        },
        refused={
            "is_hns_enabled": BOOL,
            "sftp_enabled": BOOL,
            "nfsv3_enabled": BOOL,
            "large_file_share_enabled": BOOL,
            "local_user_enabled": BOOL,
            "infrastructure_encryption_enabled": BOOL,
            "edge_zone": STRING,
            "allowed_copy_scope": STRING,
            "dns_endpoint_type": STRING,
            "queue_encryption_key_type": STRING,
            "table_encryption_key_type": STRING,
            "provisioned_billing_model_version": STRING,
            "identity": Block({"type": text("required"), "identity_ids": text_set()}, most=1),
            "blob_properties": Block(
                {
                    "change_feed_enabled": truth(default=None),
                    "change_feed_retention_in_days": number(),
                    "last_access_time_enabled": truth(default=None),
                    "versioning_enabled": truth(default=None),
                    "default_service_version": text(),
                },
                {
                    "container_delete_retention_policy": Block({"days": number()}, most=1),
                    "delete_retention_policy": Block(
                        {"days": number(), "permanent_delete_enabled": truth(default=None)}, most=1
                    ),
                    "restore_policy": Block({"days": number("required")}, most=1),
                },
                most=1,
            ),
            "network_rules": Block(
                {
                    "default_action": text("required"),
                    "bypass": text_set(),
                    "ip_rules": text_set(),
                    "virtual_network_subnet_ids": text_set(),
                },
                most=1,
            ),
            "static_website": Block({"index_document": text(), "error_404_document": text()}, most=1),
            "sas_policy": Block({"expiration_period": text("required"), "expiration_action": text()}, most=1),
            "routing": Block({"choice": text()}, most=1),
            "custom_domain": Block({"name": text("required"), "use_subdomain": truth(default=None)}, most=1),
        },
    )

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """An account does not become one with copies in zones, nor the other way round."""
        if not prior or planned["account_replication_type"] is UNKNOWN:
            return []
        zones = ["ZRS" in one["account_replication_type"] for one in (prior, planned)]
        return [("account_replication_type",)] if zones[0] != zones[1] else []

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        place(body, "sku.name", f"{values['account_tier']}_{values['account_replication_type']}")
        return body

    def from_body(self, session: Session, body: Values) -> Values:
        tier, _underscore, copies = body["sku"]["name"].partition("_")
        return {**super().from_body(session, body), "account_tier": tier, "account_replication_type": copies}

    def more(self, session: Session, id: str, body: Values) -> Values:
        keys = [one["value"] for one in session.client.call("POST", id + "/listKeys")["keys"]]
        ends = body["properties"]["primaryEndpoints"]
        found: Values = {"primary_blob_connection_string": _connection(body["name"], keys[0], {"blob": ends["blob"]})}
        for which, index in KEYS.items():
            found[f"{which}_access_key"] = keys[index]
            found[f"{which}_connection_string"] = _connection(body["name"], keys[index], ends)
        return found


def _connection(account: str, key: str, endpoints: dict[str, str]) -> str:
    """As the local account is reached."""
    ends = "".join(f"{service.title()}Endpoint={url.rstrip('/')};" for service, url in endpoints.items())
    return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};{ends}"


class Part(Resource):
    """A queue or a blob container: in an account that is named by its id or (deprecated) by its name."""

    service: str
    kind: str

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        given = [one for one in ("storage_account_id", "storage_account_name") if config.get(one) is not None]
        if len(given) != 1:
            found.append(
                Problem(
                    "Invalid combination of arguments",
                    'one of "storage_account_id" or "storage_account_name" must be specified, and only one',
                    (given[-1],) if given else (),
                )
            )
        return found

    def forgives(self, prior: Values, planned: Values) -> set[str]:
        """To name the same account in the other way is no replacement."""
        one, other = _account_name(prior), _account_name(planned)
        return {"storage_account_id", "storage_account_name"} if one and one == other else set()

    def id_of(self, session: Session, values: Values) -> str:
        account = values.get("storage_account_id") or self._account_by_name(session, values["storage_account_name"])
        return f"{account}/{self.service}/default/{self.kind}/{values['name']}"

    def _account_by_name(self, session: Session, name: str) -> str:
        path = f"/subscriptions/{session.subscription}/providers/Microsoft.Storage/storageAccounts"
        found: Values = session.client.get(path) or {"value": []}
        for one in found["value"]:
            if one["name"] == name:
                return str(one["id"])
        raise Failed(Problem(f'locating Storage Account "{name}": it was not found', "", ("storage_account_name",)))

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        found = super().read(session, id, prior)
        if found is not None and prior.get("storage_account_name"):
            found.pop("storage_account_id", None)
        return found


def _account_name(values: Values) -> str | None:
    given = values.get("storage_account_id"), values.get("storage_account_name")
    if UNKNOWN in given:
        return None
    return str(given[0]).rpartition("/")[2] if given[0] else given[1]


class Queue(Part):
    name = "azurerm_storage_queue"
    title = "Queue"
    rule = names.QUEUE
    service, kind = "queueServices", "queues"
    id = "{storage_account_id}/queueServices/default/queues/{name}"
    scopes = ("storage_account_id",)
    schema = Block(
        {
            "name": new_name(),
            "storage_account_id": text("optional new", same=same_text),
            "storage_account_name": text("optional new deprecated", instead="storage_account_id"),
            "metadata": text_map(at="properties.metadata"),
            "resource_manager_id": text("computed"),
            "url": text("computed"),
        }
    )

    def more(self, session: Session, id: str, body: Values) -> Values:
        account = self.from_id(id)["storage_account_id"]
        ends = (session.client.get(account) or {})["properties"]["primaryEndpoints"]
        return {"resource_manager_id": id, "url": ends["queue"] + body["name"]}


class Container(Part):
    name = "azurerm_storage_container"
    title = "Container"
    rule = names.BLOB_CONTAINER
    service, kind = "blobServices", "containers"
    id = "{storage_account_id}/blobServices/default/containers/{name}"
    scopes = ("storage_account_id",)
    schema = Block(
        {
            "name": new_name(),
            "storage_account_id": text("optional new", same=same_text),
            "storage_account_name": text("optional new deprecated", instead="storage_account_id"),
            "container_access_type": text(
                default="private",
                at="properties.publicAccess",
                choices=("blob", "container", "private"),
                to_body=lambda value: {"private": "None", "blob": "Blob", "container": "Container"}[value],
                from_body=lambda value: {"None": "private"}.get(value, value.lower()),
            ),
            "metadata": text_map("optional computed", at="properties.metadata"),
            "has_immutability_policy": truth("computed"),
            "has_legal_hold": truth("computed"),
            "resource_manager_id": text("computed"),
        },
        refused={"default_encryption_scope": STRING, "encryption_scope_override_enabled": BOOL},
    )

    def more(self, session: Session, id: str, body: Values) -> Values:
        return {"resource_manager_id": id, "has_immutability_policy": False, "has_legal_hold": False}


class Table(Part):
    name = "azurerm_storage_table"
    title = "Table"
    rule = names.TABLE
    service, kind = "tableServices", "tables"
    id = "{storage_account_id}/tableServices/default/tables/{name}"
    scopes = ("storage_account_id",)
    schema = Block(
        {
            "name": new_name(),
            "storage_account_name": text("required new"),
            "resource_manager_id": text("computed"),
        },
        refused={
            "acl": Block(
                {"id": text("required")},
                {
                    "access_policy": Block(
                        {"permissions": text("required"), "start": text("required"), "expiry": text("required")}, most=1
                    )
                },
                nesting="set",
            )
        },
    )

    def problems(self, config: Values) -> list[Problem]:
        return Resource.problems(self, config)

    def from_id(self, id: str) -> Values:
        found = super().from_id(id)
        return {"name": found["name"], "storage_account_name": found["storage_account_id"].rpartition("/")[2]}

    def more(self, session: Session, id: str, body: Values) -> Values:
        return {"resource_manager_id": id}


TABLES = (StorageAccount(), Queue(), Container(), Table())
