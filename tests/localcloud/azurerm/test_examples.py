"""Configurations in the manner of the provider's own documentation: each resource and each data source, by itself in a
module. All are planned and applied together; what this cloud does not have is refused by its name."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.azurerm.looking_up import DATA_SOURCES
from localcloud.azurerm.tables import RESOURCES

EXAMPLES = Path(__file__).with_name("examples")
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"


def write(tofu: Any, kind: str) -> int:
    """The examples of a kind as modules; how many there are."""
    modules = []
    for file in sorted((EXAMPLES / kind).iterdir()):
        name = f"{kind}_{file.stem}"
        (tofu.folder / name).mkdir()
        (tofu.folder / name / "main.tf").write_text(file.read_text("utf-8"), "utf-8")
        modules.append(f'module "{name}" {{\n  source = "./{name}"\n}}\n')
    tofu.write("\n".join(modules), f"{kind}.tf", first="")
    return len(modules)


def existing(tofu: Any) -> None:
    """What somebody else has made, which data sources find."""
    model = tofu.cloud.model
    group = f"/subscriptions/{model.subscription}/resourceGroups/existing-resources"
    here: dict[str, Any] = {"location": "westeurope"}

    def of(type: str, name: str) -> str:
        return f"{group}/providers/Microsoft.{type}/{name}"

    vault = of("KeyVault/vaults", "existing-vault")
    plan = of("Web/serverfarms", "existing-plan")
    role = f"/subscriptions/{model.subscription}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_OFFICER}"
    sku = {"family": "A", "name": "standard"}
    for id, body in {
        group: here,
        of("Storage/storageAccounts", "existingimages"): {**here, "sku": {"name": "Standard_LRS"}},
        of("DocumentDB/databaseAccounts", "existing-cosmos-account"): {
            **here,
            "properties": {
                "databaseAccountOfferType": "Standard",
                "locations": [{"locationName": "westeurope", "failoverPriority": 0}],
            },
        },
        vault: {**here, "properties": {"tenantId": model.tenant, "sku": sku, "enableRbacAuthorization": True}},
        f"{vault}/providers/Microsoft.Authorization/roleAssignments/00000001-0000-4000-8000-000000000000": {
            "properties": {"roleDefinitionId": role, "principalId": model.deployer}
        },
        f"{vault}/secrets/secret-sauce": {"properties": {"value": "szechuan"}},
        of("ManagedIdentity/userAssignedIdentities", "existing-identity"): here,
        plan: {**here, "sku": {"name": "Y1"}, "kind": "linux", "properties": {"reserved": True}},
        of("Web/sites", "existing-app"): {**here, "kind": "functionapp,linux", "properties": {"serverFarmId": plan}},
        of("Insights/components", "existing-insights"): {
            **here, "kind": "web", "properties": {"Application_Type": "web"},
        },
        of("OperationalInsights/workspaces", "existing-workspace"): {
            **here, "properties": {"sku": {"name": "PerGB2018"}},
        },
    }.items():  # fmt: skip
        tofu.cloud.run(model.put(id, body))


def test_every_resource_and_every_data_source_has_an_example() -> None:
    named = [{file.stem for file in (EXAMPLES / kind).iterdir()} for kind in ("resources", "data")]
    assert named == [set(RESOURCES), set(DATA_SOURCES)]


def test_examples_of_every_resource_and_data_source_are_planned_applied_and_destroyed(tofu: Any) -> None:
    existing(tofu)
    kept = len(tofu.cloud.model.store.all())
    assert write(tofu, "resources") == len(RESOURCES)
    assert write(tofu, "data") == len(DATA_SOURCES)
    tofu.write("")
    assert tofu("fmt", "-check", "-recursive") == ""
    tofu.init()
    tofu("validate")
    plan = tofu.plan()
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in plan} >= set(RESOURCES)
    assert set(plan.values()) == {"create"}
    tofu.apply()
    assert tofu.plan() == {}
    read = {one.split(".data.")[1].partition(".")[0] for one in tofu.state() if ".data." in one}
    assert read == set(DATA_SOURCES)
    tofu.destroy()
    assert tofu.state() == {}
    assert len(tofu.cloud.model.store.all()) == kept


def test_a_lock_on_the_subscription_keeps_everything_in_it(tofu: Any) -> None:
    tofu.write(
        """
data "azurerm_subscription" "current" {}

resource "azurerm_resource_group" "kept" {
  name     = "kept-resources"
  location = "West Europe"
}

resource "azurerm_management_lock" "subscription" {
  name       = "subscription-level"
  scope      = data.azurerm_subscription.current.id
  lock_level = "CanNotDelete"
  notes      = "Nothing is deleted in this subscription"
}
"""
    )
    tofu.init()
    tofu.apply()
    assert "ScopeLocked" in tofu.destroy("-target=azurerm_resource_group.kept", fails=True)
    tofu.destroy("-target=azurerm_management_lock.subscription")
    tofu.destroy()
    assert tofu.state() == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("access_policy", "does not support access_policy"),
        ("network_rules", "does not support network_rules"),
        ("app_without_a_key", "The local cloud needs storage_account_access_key"),
        ("mongodb", "does not support accounts of kind MongoDB"),
        ("mongodb", "does not support the capability EnableMongo"),
        ("identity_of_an_account", "does not support default_identity_type"),
        ("custom_role", 'does not support resource type "azurerm_role_definition"'),
        ("management_group", 'does not support data source "azurerm_management_group"'),
        ("public_ip", 'does not support resource type "azurerm_public_ip"'),
    ],
)
def test_what_this_cloud_does_not_have_is_refused_by_its_name(tofu: Any, name: str, said: str) -> None:
    tofu.write((EXAMPLES / "refused" / f"{name}.tf").read_text("utf-8"))
    tofu("fmt", "-check")
    tofu.init()
    printed = " ".join(tofu("validate", fails=True).split())
    assert said in printed and "on main.tf line" in printed
