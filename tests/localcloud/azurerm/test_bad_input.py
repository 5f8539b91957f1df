"""What a learner reads after a mistake: the engine's own message where it has one, else the provider's."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from .configurations import ACCOUNT, FIRST, GROUP
from .conftest import Cloud, Tofu

ENVIRONMENT = """
variable "environment" {}

resource "azurerm_resource_group" "one" {
  name     = "rg-${var.environment}"
  location = "japaneast"
}

resource "azurerm_storage_account" "one" {
  name                     = "st${var.environment}"
  resource_group_name      = azurerm_resource_group.one.name
  location                 = azurerm_resource_group.one.location
  account_tier             = "Standard"
  account_replication_type = "LRS"

  lifecycle {
    prevent_destroy = true
  }
}
"""
MANY = """
resource "azurerm_resource_group" "many" {
  count    = 10000
  name     = "rg-${count.index}"
  location = "japaneast"
}
"""


def plain(printed: str) -> str:
    return re.sub(r"\s+", " ", printed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            GROUP.replace("location", "loction"),
            'on main.tf line 17, in resource "azurerm_resource_group" "one": 17: loction = "japaneast" An argument '
            'named "loction" is not expected here. Did you mean "location"?',
            id="an argument that there is not",
        ),
        pytest.param(
            GROUP.replace('"japaneast"', '["japaneast"]'),
            'Inappropriate value for attribute "location": string required.',
            id="a value of another type",
        ),
        pytest.param(
            GROUP + 'resource "azurerm_storage_acount" "x" {}\n',
            'The provider hashicorp/azurerm does not support resource type "azurerm_storage_acount". Did you mean '
            '"azurerm_storage_account"?',
            id="a type that there is not",
        ),
        pytest.param(
            GROUP + ACCOUNT.replace("azurerm_resource_group.one.name", "azurerm_resource_group.two.name"),
            'A managed resource "azurerm_resource_group" "two" has not been declared in the root module.',
            id="a reference to nothing",
        ),
        pytest.param(
            GROUP + ACCOUNT.replace("azurerm_resource_group.one.name", "azurerm_resource_group.one.nme"),
            'This object has no argument, nested block, or exported attribute named "nme". Did you mean "name"?',
            id="a reference to an attribute that there is not",
        ),
        pytest.param(
            GROUP + ACCOUNT.replace('"stone"', '"St-One"'),
            'Error: invalid value for name: "St-One" with azurerm_storage_account.one, on main.tf line 21, in resource '
            '"azurerm_storage_account" "one": 21: name = "St-One" St-One is not a valid storage account name. Storage '
            "account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.",
            id="a name that breaks a rule",
        ),
        pytest.param(
            GROUP.replace('"rg-one"', '"rg-${azurerm_storage_account.one.name}"') + ACCOUNT,
            "Error: Cycle: azurerm_",
            id="a cycle",
        ),
        pytest.param(
            GROUP + 'output "x" {\n  value = 1\n',
            "There is no closing brace for this block before the end of the file.",
            id="a brace that is missing",
        ),
    ],
)
def test_a_mistake_is_named_when_the_code_is_validated(tofu: Any, text: str, said: str) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.write(text)
    assert said in plain(tofu("validate", fails=True))


def test_a_name_that_is_known_later_is_refused_in_the_plan(tofu: Any) -> None:
    tofu.write('variable "name" {}\n' + GROUP + ACCOUNT.replace('"stone"', "var.name"))
    tofu.init()
    tofu("validate")
    tofu.variables["name"] = "St-One"
    printed = plain(tofu("plan", "-input=false", fails=True))
    assert 'invalid value for name: "St-One"' in printed and "name = var.name" in printed


def test_a_variable_without_a_value_is_named(tofu: Any) -> None:
    tofu.write('variable "prefix" {}\n' + GROUP.replace('"rg-one"', "var.prefix"))
    tofu.init()
    printed = plain(tofu("plan", "-input=false", fails=True))
    assert 'The root module input variable "prefix" is not set, and has no default value.' in printed


def test_a_name_that_is_taken_is_refused_by_apply_with_its_line(tofu: Any) -> None:
    model = tofu.cloud.model
    group = f"/subscriptions/{model.subscription}/resourceGroups/rg-of-somebody-else"
    body = {
        "location": "japaneast",
        "properties": {"tenantId": model.tenant, "sku": {"family": "A", "name": "standard"}},
    }
    tofu.cloud.run(model.put(group, {"location": "japaneast"}))
    tofu.cloud.run(model.put(f"{group}/providers/Microsoft.KeyVault/vaults/kv-one", body))
    tofu.write(
        GROUP
        + f"""
resource "azurerm_key_vault" "one" {{
  name                = "kv-one"
  resource_group_name = azurerm_resource_group.one.name
  location            = azurerm_resource_group.one.location
  tenant_id           = "{model.tenant}"
  sku_name            = "standard"
}}
"""
    )
    tofu.init()
    printed = plain(tofu.apply(fails=True))
    assert "VaultAlreadyExists: The vault name 'kv-one' is already in use." in printed
    assert 'in resource "azurerm_key_vault" "one"' in printed


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("~> 9.0", "no available releases match the given constraints ~> 9.0"),
        ("four", "this string does not use correct version constraint syntax"),
        ("= 4.0.0", "no available releases match the given constraints 4.0.0"),
    ],
)
def test_a_version_of_the_provider_that_there_is_not_is_named(tofu: Any, version: str, said: str) -> None:
    tofu.write(GROUP, first=FIRST.replace("~> 4.0", version))
    assert said in plain(tofu("init", "-input=false", fails=True)).lower()


def test_the_state_of_another_environment_would_be_replaced_and_protection_says_no(tofu: Any) -> None:
    tofu.write(ENVIRONMENT)
    tofu.init()
    tofu.variables["environment"] = "dev"
    tofu.apply()
    tofu.variables["environment"] = "prod"
    printed = plain(tofu("plan", "-input=false", fails=True))
    assert '~ name = "rg-dev" -> "rg-prod" # forces replacement' in printed
    assert "Resource azurerm_storage_account.one has lifecycle.prevent_destroy set" in printed
    tofu.write(ENVIRONMENT.replace("prevent_destroy = true", "prevent_destroy = false"))
    assert "Plan: 2 to add, 0 to change, 2 to destroy." in tofu("plan", "-input=false")


def test_the_state_of_a_cloud_that_is_no_more_is_made_anew(tofu: Any, tmp_path: Path, program: Path) -> None:
    tofu.write(ENVIRONMENT)
    tofu.init()
    tofu.variables["environment"] = "dev"
    tofu.apply()
    other = Cloud(tmp_path / "other", random.Random(2))
    try:
        there = Tofu(tofu.folder, other, program)
        there.variables = tofu.variables
        assert there.cloud.model.subscription != tofu.cloud.model.subscription
        assert "Plan: 2 to add, 0 to change, 0 to destroy." in there("plan", "-input=false")
    finally:
        other.stop()
        other.close()


def test_a_state_that_is_lost_does_not_take_what_is_there(tofu: Any) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.apply()
    (tofu.folder / "terraform.tfstate").unlink()
    printed = plain(tofu.apply(fails=True))
    assert "already exists - to be managed via Terraform this resource needs to be imported into the State" in printed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "The state file could not be parsed as JSON"),
        (lambda text: text.replace('"version": 4', '"version": 99'), "The state file uses format version 99"),
    ],
)
def test_a_state_that_cannot_be_read_is_said_to_be_so(tofu: Any, change: Any, said: str) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.apply()
    state = tofu.folder / "terraform.tfstate"
    state.write_text(change(state.read_text("utf-8")), "utf-8")
    assert said in plain(tofu("plan", "-input=false", fails=True))


def test_ten_thousand_resources_are_planned_and_more_than_azure_has_are_refused(
    tofu: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tofu.write(MANY)
    tofu.init()
    assert "Plan: 10000 to add, 0 to change, 0 to destroy." in tofu("plan", "-input=false", seconds=600)
    monkeypatch.setattr("localcloud.resources.quotas.MOST_GROUPS", 5)
    monkeypatch.setattr("localcloud.resources.quotas.MOST_OF_A_TYPE", 5)
    tofu.write(MANY.replace("10000", "7"))
    printed = plain(tofu.apply(fails=True))
    assert "ResourceGroupQuotaExceeded: Creating the resource group" in printed
    assert "would exceed the quota of '5'. The current resource group count is '5'" in printed
    assert len(tofu.state()) == 5
