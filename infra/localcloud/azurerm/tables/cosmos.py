"""Cosmos DB accounts, their databases and containers."""

from localcloud.resources import names

from ..planning import replacements
from ..problems import Failed, Problem
from ..resource import Resource, Session, group, location, new_name, same_region
from ..schema import Block, number, text, text_map, text_set, texts, truth
from ..values import BOOL, STRING, Path, Values, at
from . import indexing
from .storage import enabled

ACCOUNTS = "{group}/providers/Microsoft.DocumentDB/databaseAccounts"
# Those of the model, which would take long to import in a process that starts for every command.
CAPABILITIES = (
    "EnableServerless", "EnableNoSQLVectorSearch", "EnableNoSQLFullTextSearch", "DisableRateLimitingResponses",
)  # fmt: skip
LEVELS = ("BoundedStaleness", "Eventual", "Session", "Strong", "ConsistentPrefix")
NAMES = {
    "primary_key": "primaryMasterKey",
    "secondary_key": "secondaryMasterKey",
    "primary_readonly_key": "primaryReadonlyMasterKey",
    "secondary_readonly_key": "secondaryReadonlyMasterKey",
}


class Account(Resource):
    name = "azurerm_cosmosdb_account"
    title = "CosmosDB Account"
    closes = {"public_network_access_enabled": False}  # noqa: RUF012
    rule = names.COSMOS_ACCOUNT
    id = ACCOUNTS + "/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "offer_type": text("required", at="properties.databaseAccountOfferType", choices=("Standard",)),
            "kind": text("optional new", default="GlobalDocumentDB", at="kind"),
            "free_tier_enabled": truth("optional new", at="properties.enableFreeTier"),
            "automatic_failover_enabled": truth(at="properties.enableAutomaticFailover"),
            "minimal_tls_version": text(
                default="Tls12", at="properties.minimalTlsVersion", choices=("Tls", "Tls11", "Tls12")
            ),
            "local_authentication_disabled": truth(at="properties.disableLocalAuth"),
            "access_key_metadata_writes_enabled": truth(
                default=True,
                at="properties.disableKeyBasedMetadataWriteAccess",
                to_body=lambda value: not value,
                from_body=lambda value: not value,
            ),
            "public_network_access_enabled": enabled(default=True, at="properties.publicNetworkAccess"),
            "tags": text_map(at="tags"),
            "endpoint": text("computed", at="properties.documentEndpoint"),
            "read_endpoints": texts("computed"),
            "write_endpoints": texts("computed"),
            **{one: text("computed sensitive") for one in NAMES},
            "primary_sql_connection_string": text("computed sensitive"),
            "secondary_sql_connection_string": text("computed sensitive"),
            "primary_readonly_sql_connection_string": text("computed sensitive"),
            "secondary_readonly_sql_connection_string": text("computed sensitive"),
        },
        {
            "consistency_policy": Block(
                {
                    "consistency_level": text("required", at="defaultConsistencyLevel", choices=LEVELS),
                    "max_interval_in_seconds": number(default=5, at="maxIntervalInSeconds"),
                    "max_staleness_prefix": number(default=100, at="maxStalenessPrefix"),
                },
                least=1,
                most=1,
                at="properties.consistencyPolicy",
            ),
            "geo_location": Block(
                {
                    "location": text("required", at="locationName", same=same_region),
                    "failover_priority": number("required", at="failoverPriority"),
                    "zone_redundant": truth(at="isZoneRedundant"),
                },
                nesting="set",
                least=1,
                at="properties.locations",
            ),
            "capabilities": Block({"name": text("required", at="name")}, nesting="set", at="properties.capabilities"),
            "capacity": Block(
                {"total_throughput_limit": number("required", at="totalThroughputLimit")},
                most=1,
                at="properties.capacity",
            ),
        },
        refused={
            "ip_range_filter": ["set", STRING],
            "analytical_storage_enabled": BOOL,
            "burst_capacity_enabled": BOOL,
            "is_virtual_network_filter_enabled": BOOL,
            "multiple_write_locations_enabled": BOOL,
            "network_acl_bypass_for_azure_services": BOOL,
            "network_acl_bypass_ids": ["list", STRING],
            "partition_merge_enabled": BOOL,
            "key_vault_key_id": STRING,
            "default_identity_type": STRING,
            "create_mode": STRING,
            "mongo_server_version": STRING,
            "managed_hsm_key_id": STRING,
            "backup": Block(
                {
                    "type": text("required"),
                    "interval_in_minutes": number(),
                    "retention_in_hours": number(),
                    "storage_redundancy": text(),
                    "tier": text(),
                },
                most=1,
            ),
            "virtual_network_rule": Block(
                {"id": text("required"), "ignore_missing_vnet_service_endpoint": truth(default=None)}, nesting="set"
            ),
            "cors_rule": Block(
                {
                    "allowed_origins": texts("required"),
                    "exposed_headers": texts("required"),
                    "allowed_headers": texts("required"),
                    "allowed_methods": texts("required"),
                    "max_age_in_seconds": number(),
                },
                most=1,
            ),
            "identity": Block({"type": text("required"), "identity_ids": text_set()}, most=1),
            "analytical_storage": Block({"schema_type": text("required")}, most=1),
        },
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        kind = config["kind"]
        if isinstance(kind, str) and kind != "GlobalDocumentDB":
            text = "It has accounts of the API for NoSQL alone: leave kind out, or write GlobalDocumentDB."
            found.append(Problem(f"The local cloud does not support accounts of kind {kind}", text, ("kind",)))
        if config["local_authentication_disabled"] is True:
            text = "Apps here reach an account with its keys alone."
            path = ("local_authentication_disabled",)
            found.append(Problem("The local cloud does not support local_authentication_disabled", text, path))
        for one in config["capabilities"] or ():
            name = one["name"]
            if isinstance(name, str) and name not in CAPABILITIES:
                text = f"It knows {', '.join(CAPABILITIES)}."
                found.append(
                    Problem(f"The local cloud does not support the capability {name}", text, ("capabilities",))
                )
        return found

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        properties = body["properties"]
        for one in found["consistency_policy"]:
            one["max_interval_in_seconds"] = one["max_interval_in_seconds"] or 5
            one["max_staleness_prefix"] = one["max_staleness_prefix"] or 100
        ends = [properties["documentEndpoint"]]
        return {**found, "read_endpoints": ends, "write_endpoints": ends}

    def more(self, session: Session, id: str, body: Values) -> Values:
        keys = session.client.call("POST", id + "/listKeys")
        strings = session.client.call("POST", id + "/listConnectionStrings")["connectionStrings"]
        readonly = strings[0]["connectionString"].replace(keys["primaryMasterKey"], keys["primaryReadonlyMasterKey"])
        return {
            **{one: keys[wire] for one, wire in NAMES.items()},
            "primary_readonly_sql_connection_string": readonly,
            "secondary_readonly_sql_connection_string": readonly,
            "primary_sql_connection_string": strings[0]["connectionString"],
            "secondary_sql_connection_string": strings[1]["connectionString"],
        }


NO_SWITCH = "Switching between autoscale and manual throughput is not supported via this provider"
NO_SWITCH_SAID = (
    "It must be completed via the Azure Portal, and refreshed. Or give it another name, which makes a new one."
)


class Owned(Resource):
    """A database or a container: both have a throughput of their own or none."""

    def options(self, values: Values) -> Values:
        settings = values.get("autoscale_settings") or []
        maximum = settings[0].get("max_throughput") if settings else None
        if maximum:
            return {"autoscaleSettings": {"maxThroughput": maximum}}
        return {"throughput": values["throughput"]} if isinstance(values.get("throughput"), int) else {}

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        if config.get("autoscale_settings") and config.get("throughput") is not None:
            found.append(Problem('"autoscale_settings": conflicts with throughput', "", ("throughput",)))
        return found

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """A throughput that is there stays of its kind."""
        if prior is None or replacements(self.block, prior, planned):
            return []
        if prior["throughput"] is not None and config["autoscale_settings"]:
            raise Failed(Problem(NO_SWITCH, NO_SWITCH_SAID, ("autoscale_settings",)))
        if prior["autoscale_settings"] and config["throughput"] is not None:
            raise Failed(Problem(NO_SWITCH, NO_SWITCH_SAID, ("throughput",)))
        return []

    def put(self, session: Session, id: str, planned: Values, prior: Values | None) -> None:
        super().put(session, id, planned, prior)
        wanted = self.options(planned)
        if prior and wanted and wanted != self.options(prior):
            session.client.call("PUT", f"{id}/throughputSettings/default", {"properties": {"resource": wanted}})

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        options = body["properties"].get("options") or {}
        maximum = (options.get("autoscaleSettings") or {}).get("maxThroughput")
        return {
            **found,
            "throughput": options.get("throughput"),
            "autoscale_settings": [{"max_throughput": maximum}] if maximum else [],
        }


AUTOSCALE = Block({"max_throughput": number("optional computed")}, most=1)


class Database(Owned):
    name = "azurerm_cosmosdb_sql_database"
    title = "Cosmos SQL Database"
    rule = names.COSMOS_CHILD
    id = ACCOUNTS + "/{account_name}/sqlDatabases/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "account_name": new_name(),
            "throughput": number("optional computed"),
        },
        {"autoscale_settings": AUTOSCALE},
    )

    def to_body(self, session: Session, values: Values) -> Values:
        return {"properties": {"resource": {"id": values["name"]}, "options": self.options(values)}}


CHOSEN_VERSION = 2  # of the hash, that the service takes where none is given


class Container(Owned):
    name = "azurerm_cosmosdb_sql_container"
    title = "Cosmos SQL Container"
    rule = names.COSMOS_CHILD
    id = ACCOUNTS + "/{account_name}/sqlDatabases/{database_name}/containers/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "account_name": new_name(),
            "database_name": new_name(),
            "partition_key_paths": texts("required new", at="properties.resource.partitionKey.paths"),
            "partition_key_kind": text(
                "optional new",
                default="Hash",
                at="properties.resource.partitionKey.kind",
                choices=("Hash", "MultiHash"),
            ),
            "partition_key_version": number("optional new", at="properties.resource.partitionKey.version"),
            "default_ttl": number(at="properties.resource.defaultTtl"),
            "throughput": number("optional computed"),
        },
        {
            "autoscale_settings": AUTOSCALE,
            "unique_key": Block({"paths": text_set("required new", at="paths")}, nesting="set"),
            "indexing_policy": indexing.BLOCK,
        },
        refused={
            "analytical_storage_ttl": "number",
            "conflict_resolution_policy": Block(
                {"mode": text("required"), "conflict_resolution_path": text(), "conflict_resolution_procedure": text()},
                most=1,
            ),
        },
    )

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        resource = body["properties"]["resource"]
        resource["id"] = values["name"]
        if values["unique_key"]:
            resource["uniqueKeyPolicy"] = {"uniqueKeys": [{"paths": one["paths"]} for one in values["unique_key"]]}
        if values["indexing_policy"]:
            resource["indexingPolicy"] = indexing.to_service(values["indexing_policy"][0])
        body["properties"]["options"] = self.options(values)
        return body

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        keys = at(body, "properties.resource.uniqueKeyPolicy.uniqueKeys") or []
        found["unique_key"] = [{"paths": one["paths"]} for one in keys]
        found.pop("indexing_policy", None)
        policy = at(body, "properties.resource.indexingPolicy")
        if policy:
            found["indexing_policy"] = [indexing.from_service(policy)]
        return found

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        """The service completes a policy (and a key's version): what was written stays as long as it still holds. An
        import brings what the service would not have chosen."""
        found = super().read(session, id, prior)
        if found is None:
            return None
        if not prior.get("partition_key_version") and found["partition_key_version"] == CHOSEN_VERSION:
            found.pop("partition_key_version")
        written = prior.get("indexing_policy") or ([] if prior.get("name") else [indexing.CHOSEN])
        if not written or indexing.covers(found["indexing_policy"][0], written[0]):
            found.pop("indexing_policy", None)
        elif not prior.get("name"):
            policy = found["indexing_policy"][0]
            policy["excluded_path"] = [one for one in policy["excluded_path"] if one["path"] not in indexing.ETAG]
        return found

    def forgives(self, prior: Values, planned: Values) -> set[str]:
        versions = {
            prior["partition_key_version"] or CHOSEN_VERSION,
            planned["partition_key_version"] or CHOSEN_VERSION,
        }
        return {"partition_key_version"} if versions == {CHOSEN_VERSION} else set()


TABLES = (Account(), Database(), Container())
