# A vault, what is in it, and the identity that reads it.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

data "azurerm_client_config" "me" {}

resource "azurerm_key_vault" "this" {
  name                       = "kv-${var.name}"
  resource_group_name        = var.group.name
  location                   = var.group.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  soft_delete_retention_days = 7
}

resource "azurerm_user_assigned_identity" "reader" {
  name                = "id-${var.name}"
  resource_group_name = var.group.name
  location            = var.group.location
}

resource "azurerm_role_assignment" "writer" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Administrator"
  principal_id         = data.azurerm_client_config.me.object_id
}

resource "azurerm_role_assignment" "reader" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.reader.principal_id
}

# The names of a sensitive map are not secret: without nonsensitive, for_each would not take them.
resource "azurerm_key_vault_secret" "this" {
  for_each = nonsensitive(toset(keys(var.secrets)))

  name         = lower(replace(each.key, "_", "-"))
  value        = var.secrets[each.key]
  key_vault_id = azurerm_key_vault.this.id

  depends_on = [azurerm_role_assignment.writer]
}
