# The function app with its slots, and what is seen of it.
#
# Both slots take jobs from the same queue, as the labs have it: what is in staging works for real. No setting is sticky.

locals {
  # The same in both slots. No version in a reference: a new value of a secret is found without another apply.
  settings = merge(
    {
      for name in local.secret_names :
      name => "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.camp[name].versionless_id})"
      if name != "AzureWebJobsStorage" # storage_key_vault_secret_id sets it
    },
    {
      SLACK_API_URL                  = var.slack_api_url
      SLACK_OPS_CHANNEL              = var.slack_ops_channel
      REPORT_ENGINE_URL              = var.report_engine_url
      BREAKER_MAX_CALLS              = "3"
      BREAKER_COOLDOWN_SECONDS       = "30"
      SCM_DO_BUILD_DURING_DEPLOYMENT = "true" # pip install on Azure, after a zip deployment
    }
  )
}

resource "azurerm_log_analytics_workspace" "camp" {
  name                = "log-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  sku                 = "PerGB2018"
  retention_in_days   = 30
  tags                = local.tags
}

resource "azurerm_application_insights" "camp" {
  name                = "appi-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  workspace_id        = azurerm_log_analytics_workspace.camp.id
  application_type    = "web"
  retention_in_days   = 30
  tags                = local.tags
}

resource "azurerm_service_plan" "camp" {
  name                = "asp-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  os_type             = "Linux"
  sku_name            = var.plan_sku
  tags                = local.tags
}

resource "azurerm_linux_function_app" "bot" {
  name                            = "func-${local.name}"
  resource_group_name             = azurerm_resource_group.camp.name
  location                        = azurerm_resource_group.camp.location
  service_plan_id                 = azurerm_service_plan.camp.id
  https_only                      = true
  storage_key_vault_secret_id     = azurerm_key_vault_secret.camp["AzureWebJobsStorage"].versionless_id
  key_vault_reference_identity_id = azurerm_user_assigned_identity.bot.id
  app_settings                    = local.settings
  tags                            = local.tags

  # Deployments sign in with Microsoft Entra (azure/login). A publish profile needs `true` here and in the slot.
  ftp_publish_basic_authentication_enabled       = false
  webdeploy_publish_basic_authentication_enabled = false

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  site_config {
    always_on                              = true # else queues are not looked at while no request comes
    application_insights_connection_string = azurerm_application_insights.camp.connection_string
    minimum_tls_version                    = "1.2"
    ftps_state                             = "Disabled"

    application_stack {
      python_version = "3.11"
    }
  }

  # Without the role the references stay unresolved when the app starts.
  depends_on = [azurerm_role_assignment.bot]
}

resource "azurerm_linux_function_app_slot" "staging" {
  name                            = "staging"
  function_app_id                 = azurerm_linux_function_app.bot.id
  https_only                      = true
  storage_key_vault_secret_id     = azurerm_key_vault_secret.camp["AzureWebJobsStorage"].versionless_id
  key_vault_reference_identity_id = azurerm_user_assigned_identity.bot.id
  app_settings                    = local.settings
  tags                            = local.tags

  ftp_publish_basic_authentication_enabled       = false
  webdeploy_publish_basic_authentication_enabled = false

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  site_config {
    always_on                              = true
    application_insights_connection_string = azurerm_application_insights.camp.connection_string
    minimum_tls_version                    = "1.2"
    ftps_state                             = "Disabled"

    application_stack {
      python_version = "3.11"
    }
  }

  depends_on = [azurerm_role_assignment.bot]
}
