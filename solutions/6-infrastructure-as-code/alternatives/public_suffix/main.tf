# The whole camp as code, with a slot beside production. Connection strings are put together from names and keys; the end of
# each global name is drawn once, and kept in the state.

terraform {
  required_version = ">= 1.6"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}

provider "azurerm" {
  features {}
}

data "azurerm_client_config" "me" {}

# --- Inputs ---------------------------------------------------------------------------------------------------------

variable "prefix" {
  description = "Yours alone, 3 to 8 lower-case letters and digits, a letter first: it makes the global names unique."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,7}$", var.prefix))
    error_message = "The prefix has 3 to 8 lower-case letters and digits and starts with a letter."
  }
}

variable "environment" {
  description = "dev, prod, staging, ...: 3 to 7 lower-case letters."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{3,7}$", var.environment))
    error_message = "The environment has 3 to 7 lower-case letters."
  }
}

variable "location" {
  type    = string
  default = "japaneast"
}

variable "slack_bot_token" {
  type      = string
  sensitive = true
}

variable "slack_signing_secret" {
  type      = string
  sensitive = true
}

variable "slack_outgoing_token" {
  type      = string
  sensitive = true
}

variable "slack_api_url" {
  type    = string
  default = "https://slack.com/api/"
}

variable "report_engine_url" {
  type    = string
  default = ""
}

resource "random_string" "suffix" {
  length  = 4
  upper   = false
  special = false

  keepers = {
    environment = var.environment
  }
}

locals {
  suffix = random_string.suffix.result
  name   = "${var.prefix}-${var.environment}-${local.suffix}"

  tags = {
    app         = "camp-bot"
    environment = var.environment
    managed-by  = "terraform"
  }

  containers = {
    messages    = "/channel"
    counters    = "/id"
    reports     = "/id"
    deadletters = "/id"
  }

  # App setting -> secret value. The names of the secrets are not secret, their values are: for_each goes over the names.
  secrets = {
    AzureWebJobsStorage  = "DefaultEndpointsProtocol=https;AccountName=${azurerm_storage_account.camp.name};AccountKey=${azurerm_storage_account.camp.primary_access_key};EndpointSuffix=core.windows.net"
    CosmosDbConnection   = "AccountEndpoint=https://${azurerm_cosmosdb_account.camp.name}.documents.azure.com:443/;AccountKey=${azurerm_cosmosdb_account.camp.primary_key};"
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
  secret_names = ["AzureWebJobsStorage", "CosmosDbConnection", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_OUTGOING_TOKEN"]
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}

# --- Storage and queue ----------------------------------------------------------------------------------------------

resource "azurerm_storage_account" "camp" {
  name                            = "st${var.prefix}${var.environment}${local.suffix}"
  resource_group_name             = azurerm_resource_group.camp.name
  location                        = azurerm_resource_group.camp.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  tags                            = local.tags
}

resource "azurerm_storage_queue" "reports" {
  name               = "reports"
  storage_account_id = azurerm_storage_account.camp.id
}

# --- Cosmos DB ------------------------------------------------------------------------------------------------------

resource "azurerm_cosmosdb_account" "camp" {
  name                = "cosmos-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  offer_type          = "Standard"
  minimal_tls_version = "Tls12"
  tags                = local.tags

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = azurerm_resource_group.camp.location
    failover_priority = 0
  }
}

resource "azurerm_cosmosdb_sql_database" "camp" {
  name                = "camp"
  resource_group_name = azurerm_resource_group.camp.name
  account_name        = azurerm_cosmosdb_account.camp.name
}

resource "azurerm_cosmosdb_sql_container" "camp" {
  for_each = local.containers

  name                = each.key
  resource_group_name = azurerm_resource_group.camp.name
  account_name        = azurerm_cosmosdb_account.camp.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = [each.value]

  autoscale_settings {
    max_throughput = 1000
  }

  # A partition key cannot be changed: Terraform would delete the container and make a new, empty one.
  lifecycle {
    prevent_destroy = true
  }
}

# --- Key vault and identity -----------------------------------------------------------------------------------------

resource "azurerm_user_assigned_identity" "bot" {
  name                = "id-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  tags                = local.tags
}

resource "azurerm_key_vault" "camp" {
  name                       = "kv${var.prefix}${var.environment}${local.suffix}"
  resource_group_name        = azurerm_resource_group.camp.name
  location                   = azurerm_resource_group.camp.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  tags                       = local.tags
}

# Whoever applies this file writes the secrets; the bot reads them, and can do nothing else.
resource "azurerm_role_assignment" "deployer" {
  scope                = azurerm_key_vault.camp.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.me.object_id
}

resource "azurerm_role_assignment" "bot" {
  scope                = azurerm_key_vault.camp.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.bot.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_key_vault_secret" "camp" {
  for_each = toset(local.secret_names)

  name         = replace(each.key, "_", "-")
  value        = local.secrets[each.key]
  key_vault_id = azurerm_key_vault.camp.id

  depends_on = [azurerm_role_assignment.deployer]
}

# --- Function app ---------------------------------------------------------------------------------------------------

locals {
  # The same in both slots.
  settings = {
    CosmosDbConnection       = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.camp["CosmosDbConnection"].versionless_id})"
    SLACK_BOT_TOKEN          = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.camp["SLACK_BOT_TOKEN"].versionless_id})"
    SLACK_SIGNING_SECRET     = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.camp["SLACK_SIGNING_SECRET"].versionless_id})"
    SLACK_OUTGOING_TOKEN     = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.camp["SLACK_OUTGOING_TOKEN"].versionless_id})"
    SLACK_API_URL            = var.slack_api_url
    SLACK_OPS_CHANNEL        = "#ops"
    REPORT_ENGINE_URL        = var.report_engine_url
    BREAKER_MAX_CALLS        = "3"
    BREAKER_COOLDOWN_SECONDS = "30"
  }
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
  tags                = local.tags
}

resource "azurerm_service_plan" "camp" {
  name                = "asp-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  os_type             = "Linux"
  sku_name            = "S1"
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

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  site_config {
    always_on                              = true
    minimum_tls_version                    = "1.2"
    scm_minimum_tls_version                = "1.2"
    ftps_state                             = "Disabled"
    application_insights_connection_string = azurerm_application_insights.camp.connection_string

    application_stack {
      python_version = "3.11"
    }
  }

  app_settings = local.settings

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

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.bot.id]
  }

  site_config {
    always_on  = true
    ftps_state = "Disabled"

    application_stack {
      python_version = "3.11"
    }
  }
}

# --- Outputs --------------------------------------------------------------------------------------------------------

output "resource_group_name" {
  value = azurerm_resource_group.camp.name
}

output "function_app_name" {
  value = azurerm_linux_function_app.bot.name
}

output "cosmos_account_name" {
  value = azurerm_cosmosdb_account.camp.name
}

output "storage_account_name" {
  value = azurerm_storage_account.camp.name
}
