resource "azurerm_resource_group" "sample" {
  name     = "key-vault-secret-resources"
  location = "West Europe"
}

data "azurerm_client_config" "current" {}

resource "azurerm_key_vault" "sample" {
  name                        = "sample-secretvault"
  location                    = azurerm_resource_group.sample.location
  resource_group_name         = azurerm_resource_group.sample.name
  enabled_for_disk_encryption = true
  tenant_id                   = data.azurerm_client_config.current.tenant_id
  soft_delete_retention_days  = 7
  purge_protection_enabled    = false
  sku_name                    = "premium"
  rbac_authorization_enabled  = true
}

resource "azurerm_role_assignment" "officer" {
  scope                = azurerm_key_vault.sample.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_key_vault_secret" "sample" {
  name         = "secret-sauce"
  value        = "szechuan"
  key_vault_id = azurerm_key_vault.sample.id

  depends_on = [azurerm_role_assignment.officer]
}
