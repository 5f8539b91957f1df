resource "azurerm_key_vault" "main" {
  name                       = "${var.prefix}-${var.environment}-vault"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = azurerm_resource_group.main.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
}

resource "azurerm_role_assignment" "writer" {
  scope                = azurerm_key_vault.main.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_key_vault_secret" "storage" {
  name         = "storage-connection"
  value        = azurerm_storage_account.main.primary_connection_string
  key_vault_id = azurerm_key_vault.main.id
  content_type = "connection string"
  depends_on   = [azurerm_role_assignment.writer]
}

resource "azurerm_key_vault_secret" "cosmos" {
  name         = "cosmos-connection"
  value        = azurerm_cosmosdb_account.main.primary_sql_connection_string
  key_vault_id = azurerm_key_vault.main.id
  content_type = "connection string"
  depends_on   = [azurerm_role_assignment.writer]
}

resource "azurerm_key_vault_secret" "bot_token" {
  name         = "slack-bot-token"
  value        = var.slack_bot_token
  key_vault_id = azurerm_key_vault.main.id
  depends_on   = [azurerm_role_assignment.writer]
}

resource "azurerm_key_vault_secret" "signing_secret" {
  name         = "slack-signing-secret"
  value        = var.slack_signing_secret
  key_vault_id = azurerm_key_vault.main.id
  depends_on   = [azurerm_role_assignment.writer]
}

resource "azurerm_key_vault_secret" "outgoing_token" {
  name         = "slack-outgoing-token"
  value        = var.slack_outgoing_token
  key_vault_id = azurerm_key_vault.main.id
  depends_on   = [azurerm_role_assignment.writer]
}

resource "azurerm_user_assigned_identity" "bot" {
  name                = "${var.prefix}-${var.environment}-bot"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}

# A role for each secret, not for the vault: another secret in it stays closed to the bot.
resource "azurerm_role_assignment" "bot" {
  for_each = {
    storage        = azurerm_key_vault_secret.storage.resource_versionless_id
    cosmos         = azurerm_key_vault_secret.cosmos.resource_versionless_id
    bot_token      = azurerm_key_vault_secret.bot_token.resource_versionless_id
    signing_secret = azurerm_key_vault_secret.signing_secret.resource_versionless_id
    outgoing_token = azurerm_key_vault_secret.outgoing_token.resource_versionless_id
  }

  scope              = each.value
  role_definition_id = data.azurerm_role_definition.secrets_user.id
  principal_id       = azurerm_user_assigned_identity.bot.principal_id
  principal_type     = "ServicePrincipal"
}
