resource "azurerm_resource_group" "sample" {
  name     = "key-vault-resources"
  location = "West Europe"
}

data "azurerm_client_config" "current" {}

resource "azurerm_key_vault" "sample" {
  name                        = "sample-keyvault"
  location                    = azurerm_resource_group.sample.location
  resource_group_name         = azurerm_resource_group.sample.name
  enabled_for_disk_encryption = true
  tenant_id                   = data.azurerm_client_config.current.tenant_id
  soft_delete_retention_days  = 7
  purge_protection_enabled    = false
  sku_name                    = "standard"
  rbac_authorization_enabled  = true
}
