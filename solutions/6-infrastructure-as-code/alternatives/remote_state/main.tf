# The whole camp as code, after a year: its state is on Azure, things have been renamed, and promises are written down.

terraform {
  required_version = ">= 1.6"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }

  # Which environment it is, is said at the start: tofu init -backend-config="key=dev.tfstate"
  backend "azurerm" {
    resource_group_name  = "rg-states"
    storage_account_name = "stourstates"
    container_name       = "camp"
    use_azuread_auth     = true
  }
}

provider "azurerm" {
  features {
    key_vault {
      purge_soft_delete_on_destroy    = false
      recover_soft_deleted_key_vaults = true
    }
  }
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

locals {
  name = "${var.prefix}-${var.environment}"

  # What an environment is given; one that is not named here gets the smallest.
  sizes = {
    prod    = { plan = "P1v3", replication = "ZRS" }
    staging = { plan = "S1", replication = "LRS" }
  }
  size = lookup(local.sizes, var.environment, { plan = "B1", replication = "LRS" })

  queues = ["reports", "reports-poison"]

  containers = {
    messages    = "/channel"
    counters    = "/id"
    reports     = "/id"
    deadletters = "/id"
  }

  # App setting -> secret value. The names of the secrets are not secret, their values are: for_each goes over the names.
  secrets = {
    AzureWebJobsStorage  = azurerm_storage_account.camp.primary_connection_string
    CosmosDbConnection   = azurerm_cosmosdb_account.camp.primary_sql_connection_string
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
  secret_names = ["AzureWebJobsStorage", "CosmosDbConnection", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_OUTGOING_TOKEN"]
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${local.name}"
  location = var.location
}

moved {
  from = azurerm_resource_group.main
  to   = azurerm_resource_group.camp
}

# --- Storage and queue ----------------------------------------------------------------------------------------------

resource "azurerm_storage_account" "camp" {
  name                            = "st${var.prefix}${var.environment}"
  resource_group_name             = azurerm_resource_group.camp.name
  location                        = azurerm_resource_group.camp.location
  account_tier                    = "Standard"
  account_replication_type        = local.size.replication
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_queue" "reports" {
  count = length(local.queues)

  name               = local.queues[count.index]
  storage_account_id = azurerm_storage_account.camp.id
}

moved {
  from = azurerm_storage_queue.reports
  to   = azurerm_storage_queue.reports[0]
}

# --- Cosmos DB ------------------------------------------------------------------------------------------------------

resource "azurerm_cosmosdb_account" "camp" {
  name                = "cosmos-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  offer_type          = "Standard"
  minimal_tls_version = "Tls12"

  capabilities {
    name = "EnableServerless"
  }

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

  # A partition key cannot be changed: Terraform would delete the container and make a new, empty one.
  lifecycle {
    prevent_destroy = true

    postcondition {
      condition     = length(self.partition_key_paths) == 1
      error_message = "The bot writes one key for a document."
    }
  }
}

# --- Key vault and identity -----------------------------------------------------------------------------------------

resource "azurerm_user_assigned_identity" "bot" {
  name                = "id-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
}

resource "azurerm_key_vault" "camp" {
  name                       = "kv-${local.name}"
  resource_group_name        = azurerm_resource_group.camp.name
  location                   = azurerm_resource_group.camp.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 7
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

# What was applied last, for whoever looks into the state.
resource "terraform_data" "size" {
  input = local.size
}

# --- Function app ---------------------------------------------------------------------------------------------------

resource "azurerm_service_plan" "camp" {
  name                = "asp-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  os_type             = "Linux"
  sku_name            = local.size.plan
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
    always_on           = true
    minimum_tls_version = "1.2"
    ftps_state          = "Disabled"

    application_stack {
      python_version = "3.11"
    }
  }

  app_settings = {
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

  # Without the role the references stay unresolved when the app starts.
  depends_on = [azurerm_role_assignment.bot]
}

check "the_bot_may_read" {
  assert {
    condition     = azurerm_role_assignment.bot.principal_id == azurerm_user_assigned_identity.bot.principal_id
    error_message = "The role is for another identity than the bot's."
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
