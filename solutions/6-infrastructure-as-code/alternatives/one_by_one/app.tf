resource "azurerm_service_plan" "main" {
  name                = "${var.prefix}-${var.environment}-plan"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  os_type             = "Linux"
  sku_name            = "P0v3"
}

resource "azurerm_linux_function_app" "bot" {
  name                            = "${var.prefix}-${var.environment}-bot"
  resource_group_name             = azurerm_resource_group.main.name
  location                        = azurerm_resource_group.main.location
  service_plan_id                 = azurerm_service_plan.main.id
  https_only                      = true
  builtin_logging_enabled         = false
  storage_key_vault_secret_id     = azurerm_key_vault_secret.storage.versionless_id
  key_vault_reference_identity_id = azurerm_user_assigned_identity.bot.id

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  site_config {
    always_on           = true
    minimum_tls_version = "1.3"

    application_stack {
      python_version = "3.11"
    }
  }

  app_settings = {
    CosmosDbConnection   = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.main.name};SecretName=${azurerm_key_vault_secret.cosmos.name})"
    SLACK_BOT_TOKEN      = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.main.name};SecretName=${azurerm_key_vault_secret.bot_token.name})"
    SLACK_SIGNING_SECRET = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.main.name};SecretName=${azurerm_key_vault_secret.signing_secret.name})"
    SLACK_OUTGOING_TOKEN = "@Microsoft.KeyVault(VaultName=${azurerm_key_vault.main.name};SecretName=${azurerm_key_vault_secret.outgoing_token.name})"

    SLACK_API_URL            = var.slack_api_url
    SLACK_OPS_CHANNEL        = "#ops"
    REPORT_ENGINE_URL        = var.report_engine_url
    BREAKER_MAX_CALLS        = 3
    BREAKER_COOLDOWN_SECONDS = 30
  }

  depends_on = [azurerm_role_assignment.bot]
}
