"""After an apply, or an import, a plan has nothing to do; and what is taken out of a configuration is gone."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .configurations import ACCOUNT, GROUP

EVERYTHING = Path(__file__).with_name("everything.tf")
COSMOS = (
    GROUP
    + """
resource "azurerm_cosmosdb_account" "one" {
  name                = "cosmos-rest"
  resource_group_name = azurerm_resource_group.one.name
  location            = azurerm_resource_group.one.location
  offer_type          = "Standard"

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = "japaneast"
    failover_priority = 0
  }
}

resource "azurerm_cosmosdb_sql_database" "one" {
  name                = "camp"
  resource_group_name = azurerm_resource_group.one.name
  account_name        = azurerm_cosmosdb_account.one.name
}

resource "azurerm_cosmosdb_sql_container" "one" {
  name                = "messages"
  resource_group_name = azurerm_resource_group.one.name
  account_name        = azurerm_cosmosdb_account.one.name
  database_name       = azurerm_cosmosdb_sql_database.one.name
  partition_key_paths = ["/channel"]
  MORE
}
"""
)
APP = (
    GROUP
    + ACCOUNT
    + """
resource "azurerm_service_plan" "one" {
  name                = "plan-one"
  resource_group_name = azurerm_resource_group.one.name
  location            = azurerm_resource_group.one.location
  os_type             = "Linux"
  sku_name            = "B1"
}

resource "azurerm_linux_function_app" "one" {
  name                       = "func-rest"
  resource_group_name        = azurerm_resource_group.one.name
  location                   = azurerm_resource_group.one.location
  service_plan_id            = azurerm_service_plan.one.id
  storage_account_name       = azurerm_storage_account.one.name
  storage_account_access_key = azurerm_storage_account.one.primary_access_key

  site_config {
    application_stack {
      python_version = "3.12"
    }
    MORE
  }
}
"""
)
CONTAINER, SITE = "azurerm_cosmosdb_sql_container.one", "azurerm_linux_function_app.one"


def changed(tofu: Any, text: str, before: str, after: str) -> dict[str, str]:
    """What a plan does once `before` has been applied and `after` stands in its place."""
    tofu.write(text.replace("MORE", before))
    tofu.init()
    tofu.apply()
    assert tofu.plan() == {}
    tofu.write(text.replace("MORE", after))
    found: dict[str, str] = tofu.plan()
    return found


@pytest.mark.parametrize(
    "argument",
    [
        'health_check_path = "/api/ping"\n    health_check_eviction_time_in_min = 5',
        'app_command_line = "start.sh"',
        'cors {\n      allowed_origins = ["https://portal.azure.com"]\n    }',
    ],
    ids=["health_check", "app_command_line", "cors"],
)
def test_an_argument_that_was_taken_out_of_site_config_is_gone(tofu: Any, argument: str) -> None:
    assert changed(tofu, APP, argument, "") == {SITE: "update"}
    tofu.apply()
    assert tofu.plan() == {}


def test_a_time_to_live_that_was_taken_out_is_gone(tofu: Any) -> None:
    assert changed(tofu, COSMOS, "default_ttl = 3600", "") == {CONTAINER: "update"}
    tofu.apply()
    assert tofu.plan() == {} and tofu.state()[CONTAINER]["default_ttl"] is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'unique_key {\n    paths = ["/name"]\n  }'),
        ('unique_key {\n    paths = ["/name"]\n  }', ""),
        ('unique_key {\n    paths = ["/name"]\n  }', 'unique_key {\n    paths = ["/id2"]\n  }'),
    ],
    ids=["comes", "goes", "differs"],
)
def test_another_unique_key_needs_another_container(tofu: Any, before: str, after: str) -> None:
    assert changed(tofu, COSMOS, before, after) == {CONTAINER: "replace"}


def test_a_container_keeps_its_kind_of_throughput(tofu: Any) -> None:
    tofu.write(COSMOS.replace("MORE", "throughput = 400"))
    tofu.init()
    tofu.apply()
    tofu.write(COSMOS.replace("MORE", "autoscale_settings {\n    max_throughput = 1000\n  }"))
    assert "Switching between autoscale and manual throughput is not supported" in tofu("plan", fails=True)


def test_another_name_with_another_kind_of_throughput_is_another_container(tofu: Any) -> None:
    tofu.write(COSMOS.replace("MORE", "throughput = 400"))
    tofu.init()
    tofu.apply()
    other = COSMOS.replace('"messages"', '"others"')
    tofu.write(other.replace("MORE", "autoscale_settings {\n    max_throughput = 1000\n  }"))
    assert tofu.plan() == {CONTAINER: "replace"}


def test_everything_can_be_imported_and_then_differs_in_nothing(tofu: Any) -> None:
    """What remains is the engine's: an import knows neither `timeouts` nor that a value comes from a secret."""
    shutil.copy(EVERYTHING, tofu.folder / "main.tf")
    tofu.init()
    tofu.apply()
    ours = {name: values["id"] for name, values in tofu.state().items() if name.startswith("azurerm_")}
    tofu("state", "rm", *ours)
    for name, id in ours.items():
        tofu("import", "-input=false", name, id)
    tofu("plan", "-input=false", "-out=plan")
    for resource in json.loads(tofu("show", "-json", "plan"))["resource_changes"]:
        before, after = resource["change"]["before"], resource["change"]["after"]
        if resource["mode"] == "managed":
            assert {**(before or {}), "timeouts": None} == {**after, "timeouts": None}, resource["address"]
    tofu.apply()
    assert tofu.plan() == {}
