"""Key vaults that are destroyed and come again."""

from typing import Any

import pytest

from .configurations import FIRST, GROUP

VAULT = """
data "azurerm_client_config" "me" {}

resource "azurerm_key_vault" "one" {
  name                       = "kv-one"
  location                   = azurerm_resource_group.one.location
  resource_group_name        = azurerm_resource_group.one.name
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = PROTECTED
}

resource "azurerm_role_assignment" "officer" {
  scope                = azurerm_key_vault.one.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.me.object_id
}

resource "azurerm_key_vault_secret" "one" {
  name         = "sauce"
  value        = "VALUE"
  key_vault_id = azurerm_key_vault.one.id
  depends_on   = [azurerm_role_assignment.officer]
}
"""
NO_RECOVERY = FIRST.replace("features {}", "features {\n    key_vault { recover_soft_deleted_key_vaults = false }\n  }")


@pytest.mark.parametrize("protected", ["false", "true"])
def test_a_vault_that_was_destroyed_comes_again(tofu: Any, protected: str) -> None:
    """Without protection the provider purges it, and a new one takes its name; with it, the old one is recovered with
    what was in it."""
    vault = VAULT.replace("PROTECTED", protected)
    tofu.write(GROUP + vault.replace("VALUE", "first"))
    tofu.init()
    tofu.apply()
    tofu.destroy()
    tofu.write(GROUP + vault.replace("VALUE", "second"))
    tofu.apply()
    assert tofu.plan() == {} and tofu.state()["azurerm_key_vault_secret.one"]["value"] == "second"


def test_a_protected_vault_keeps_its_name_where_nothing_is_recovered(tofu: Any) -> None:
    tofu.write(GROUP + VAULT.replace("PROTECTED", "true"), first=NO_RECOVERY)
    tofu.init()
    tofu.apply()
    tofu.destroy()
    assert "soft-deleted" in tofu.apply(fails=True).replace("soft deleted", "soft-deleted")
