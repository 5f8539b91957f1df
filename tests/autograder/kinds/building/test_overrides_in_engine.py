"""Override files of the checks' own, merged by the real engine."""

import random

import pytest

from autograder.kinds.building.overrides import another_key, without_protection
from autograder.kinds.building.workspace import Workspace

from .conftest import FIRST, GROUP, Site

DATA = """
module "data" {
  source = "./modules/data"
  name   = var.prefix
  group  = azurerm_resource_group.camp.name
}
"""
ACCOUNT = """variable "name" {
  type = string
}

variable "group" {
  type = string
}

resource "azurerm_cosmosdb_account" "camp" {
  name                = "cosmos-${var.name}"
  resource_group_name = var.group
  location            = "japaneast"
  offer_type          = "Standard"

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = "japaneast"
    failover_priority = 0
  }
}

resource "azurerm_cosmosdb_sql_database" "camp" {
  name                = "camp"
  resource_group_name = var.group
  account_name        = azurerm_cosmosdb_account.camp.name
}

resource "azurerm_cosmosdb_sql_container" "camp" {
  REPEATED
  NAME
  resource_group_name = var.group
  account_name        = azurerm_cosmosdb_account.camp.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = KEY

  lifecycle {
    prevent_destroy = PROTECTED
  }
}
"""
EACH = 'for_each = { m = ["messages", "/channel"], "r.1" = ["reports", "/id"] }'
COUNT = "count = 2"
LOOPS = {
    "for_each": (EACH, "name = each.value[0]", "[each.value[1]]"),
    "count": (COUNT, 'name = ["reports", "messages"][count.index]', '[["/id", "/channel"][count.index]]'),
    "neither": ("", 'name = "messages"', '["/channel"]'),
}


def workspace_of(site: Site, loop: str, protected: bool) -> Workspace:
    repeated, name, key = LOOPS[loop]
    text = ACCOUNT.replace("REPEATED", repeated).replace("NAME", name).replace("KEY", key)
    files = {
        "main.tf": (FIRST + GROUP + DATA).encode(),
        "modules/data/main.tf": text.replace("PROTECTED", str(protected).lower()).encode(),
    }
    inputs = {"prefix": f"a{random.Random(loop).randrange(10**6)}", "environment": "staging"}
    return Workspace(site.engine, loop, files, inputs)


@pytest.mark.parametrize("loop", LOOPS)
async def test_another_key_replaces_one_container_alone(site: Site, loop: str) -> None:
    workspace = workspace_of(site, loop, protected=False)
    assert (await workspace.init()).code == 0
    plan = await workspace.plan()
    ran = await workspace.apply(planned=True)
    assert ran.code == 0, ran.text
    override = another_key(plan.json or {}, await workspace.state(), "messages")
    assert override
    workspace.override(override.file, override.text)
    changed = await workspace.plan()
    assert [one.actions for one in changed.changes] == [("delete", "create")], changed.text


async def test_protection_refuses_to_destroy_until_it_is_lifted(site: Site) -> None:
    workspace = workspace_of(site, "for_each", protected=True)
    assert (await workspace.init()).code == 0
    plan = await workspace.plan()
    assert (await workspace.apply(planned=True)).code == 0
    assert "prevent_destroy" in (await workspace.destroy()).text
    for override in without_protection(plan.json or {}):
        workspace.override(override.file, override.text)
    ran = await workspace.destroy()
    assert ran.code == 0, ran.text
