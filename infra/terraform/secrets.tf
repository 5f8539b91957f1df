# The vault with the five settings that are secret, the identity that reads them, and who may do what.

locals {
  # The names are not secret, the values are: for_each goes over the names.
  secret_names = ["AzureWebJobsStorage", "CosmosDbConnection", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_OUTGOING_TOKEN"]

  secrets = {
    AzureWebJobsStorage  = azurerm_storage_account.camp.primary_connection_string
    CosmosDbConnection   = azurerm_cosmosdb_account.camp.primary_sql_connection_string
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
}

resource "azurerm_user_assigned_identity" "bot" {
  name                = "id-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  tags                = local.tags
}

resource "azurerm_key_vault" "camp" {
  name                       = "kv-${local.name}"
  resource_group_name        = azurerm_resource_group.camp.name
  location                   = azurerm_resource_group.camp.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  soft_delete_retention_days = 7
  tags                       = local.tags
}

# Whoever applies writes the secrets, in this vault alone.
resource "azurerm_role_assignment" "deployer" {
  scope                = azurerm_key_vault.camp.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.me.object_id
}

# The bot reads them, and can do nothing else. The vault holds nothing but its secrets.
resource "azurerm_role_assignment" "bot" {
  scope                = azurerm_key_vault.camp.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.bot.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_key_vault_secret" "camp" {
  for_each = toset(local.secret_names)

  name         = replace(each.key, "_", "-") # a secret's name has no underscore
  value        = local.secrets[each.key]
  key_vault_id = azurerm_key_vault.camp.id
  tags         = local.tags

  # A role takes some minutes to be everywhere. If Azure answers 403 at first, apply again.
  depends_on = [azurerm_role_assignment.deployer]
}
