"""The data sources: who one is, and what somebody else made."""

from typing import Any

from .problems import Failed, Problem
from .resource import DataSource, Resource, Session
from .schema import Attribute, Block, text
from .tables import RESOURCES
from .values import Values


class ClientConfig(DataSource):
    name = "azurerm_client_config"
    title = "Client Config"
    block = Block(
        {one: text("computed") for one in ("id", "client_id", "tenant_id", "subscription_id", "object_id")}
    )  # fmt: skip

    def read(self, session: Session, config: Values) -> Values:
        me = session.me
        return {
            "id": me["clientId"],
            "client_id": me["clientId"],
            "tenant_id": me["tenantId"],
            "object_id": me["objectId"],
            "subscription_id": session.subscription,
        }


class Subscription(DataSource):
    name = "azurerm_subscription"
    title = "Subscription"
    block = Block(
        {
            "subscription_id": text("optional computed"),
            **{
                one: text("computed")
                for one in (
                    "id",
                    "display_name",
                    "tenant_id",
                    "state",
                    "location_placement_id",
                    "quota_id",
                    "spending_limit",
                )
            },
        }
    )

    def read(self, session: Session, config: Values) -> Values:
        id = config["subscription_id"] or session.subscription
        return {
            "id": f"/subscriptions/{id}",
            "subscription_id": id,
            "tenant_id": session.me["tenantId"],
            "display_name": "Serverless Camp",
            "state": "Enabled",
            "location_placement_id": "Public_2014-09-01",
            "quota_id": "PayAsYouGo_2014-09-01",
            "spending_limit": "Off",
        }


class Looked(DataSource):
    """A resource of one of the tables, found by the attributes that its id has."""

    def __init__(self, resource: Resource, arguments: tuple[str, ...]) -> None:
        self.name = resource.name
        self.title = resource.title
        self._resource = resource
        self._arguments = arguments
        known = {name: _computed(one) for name, one in resource.schema.attributes.items()}
        self.block = Block({"id": text("computed"), **known, **{one: text("required") for one in arguments}})

    def read(self, session: Session, config: Values) -> Values:
        id = self._resource.id_of(session, config)
        found = self._resource.read(session, id, {})
        if found is None:
            named = " ".join(f'{one}: "{config[one]}"' for one in self._arguments)
            raise Failed(Problem(f"{self.title} ({named}) was not found"))
        return {**found, **{one: config[one] for one in self._arguments}}


class LookedSecret(Looked):
    def __init__(self) -> None:
        super().__init__(RESOURCES["azurerm_key_vault_secret"], ("name", "key_vault_id"))

    def read(self, session: Session, config: Values) -> Values:
        vault = str(config["key_vault_id"])
        url = f"https://{vault.rpartition('/')[2].lower()}.vault.azure.net/secrets/{config['name']}"
        found = self._resource.read(session, url, {"key_vault_id": vault})
        if found is None:
            raise Failed(Problem(f'KeyVault Secret "{config["name"]}" (KeyVault URI "{url}") does not exist'))
        return found


class RoleDefinition(DataSource):
    name = "azurerm_role_definition"
    title = "Role Definition"
    block = Block(
        {
            "id": text("computed"),
            "name": text("optional computed"),
            "role_definition_id": text("optional computed"),
            "scope": text("optional"),
            "description": text("computed"),
            "type": text("computed"),
        }
    )

    def read(self, session: Session, config: Values) -> Values:
        path = f"/subscriptions/{session.subscription}/providers/Microsoft.Authorization/roleDefinitions"
        for one in session.client.call("GET", path)["value"]:
            if config["name"] in (None, one["properties"]["roleName"]) and config["role_definition_id"] in (
                None,
                one["name"],
            ):
                return {
                    "id": one["id"],
                    "name": one["properties"]["roleName"],
                    "role_definition_id": one["name"],
                    "description": "",
                    "type": "BuiltInRole",
                }
        raise Failed(Problem(f"loading Role Definition List: could not find role '{config['name']}'"))


def _computed(one: Attribute) -> Attribute:
    flags = {"computed", *({"sensitive"} & one.flags)}
    return Attribute(one.type, frozenset(flags), at=one.at, from_body=one.from_body)


def _of(name: str, *arguments: str) -> Any:
    return Looked(RESOURCES[name], arguments)


DATA_SOURCES: dict[str, DataSource] = {
    one.name: one
    for one in (
        ClientConfig(),
        Subscription(),
        RoleDefinition(),
        LookedSecret(),
        _of("azurerm_resource_group", "name"),
        *(
            _of(name, "name", "resource_group_name")
            for name in (
                "azurerm_storage_account", "azurerm_key_vault", "azurerm_cosmosdb_account", "azurerm_service_plan",
                "azurerm_user_assigned_identity", "azurerm_linux_function_app", "azurerm_application_insights",
                "azurerm_log_analytics_workspace",
            )
        ),
    )
}  # fmt: skip
