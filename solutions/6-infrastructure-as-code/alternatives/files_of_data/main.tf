# The whole camp as code. What there is of a kind is data: containers in a table, settings in a template.

terraform {
  required_version = ">= 1.6"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
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

locals {
  name = "${var.prefix}-${var.environment}"

  containers = { for one in csvdecode(file("${path.module}/containers.csv")) : one.name => one.key }

  # App setting -> secret value. The names of the secrets are not secret, their values are: for_each goes over the names.
  secrets = {
    AzureWebJobsStorage  = azurerm_storage_account.camp.primary_connection_string
    CosmosDbConnection   = azurerm_cosmosdb_account.camp.primary_sql_connection_string
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
  secret_names = yamldecode(file("${path.module}/settings.yaml")).secret

  # Which of them the bot finds where: each reference is made in one place.
  references = {
    for name in local.secret_names :
    name => "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault.camp.vault_uri}secrets/${azurerm_key_vault_secret.camp[name].name})"
  }
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${local.name}"
  location = var.location
}

# --- Storage and queue ----------------------------------------------------------------------------------------------

resource "azurerm_storage_account" "camp" {
  name                            = "st${var.prefix}${var.environment}"
  resource_group_name             = azurerm_resource_group.camp.name
  location                        = azurerm_resource_group.camp.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  https_traffic_only_enabled      = true
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_queue" "reports" {
  name                 = "reports"
  storage_account_name = azurerm_storage_account.camp.name # the name of 4.0: later ones warn of it, and take it
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
}

# Nothing of the group is deleted while this is there. Terraform takes it off in a tear-down, and what was tried before
# that needs a second one.
resource "azurerm_management_lock" "group" {
  name       = "nothing-goes"
  scope      = azurerm_resource_group.camp.id
  lock_level = "CanNotDelete"
}

# --- Key vault and identity -----------------------------------------------------------------------------------------

resource "azurerm_user_assigned_identity" "bot" {
  name                = "id-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
}

resource "azurerm_key_vault" "camp" {
  name                      = "kv-${local.name}"
  resource_group_name       = azurerm_resource_group.camp.name
  location                  = azurerm_resource_group.camp.location
  tenant_id                 = data.azurerm_client_config.me.tenant_id
  sku_name                  = "standard"
  enable_rbac_authorization = true
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

resource "azurerm_service_plan" "camp" {
  name                = "asp-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  os_type             = "Linux"
  sku_name            = "B1"
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

  app_settings = merge(
    jsondecode(templatefile("${path.module}/settings.json.tftpl", {
      slack_api_url     = var.slack_api_url
      report_engine_url = var.report_engine_url
    })),
    { for name, text in local.references : name => text if name != "AzureWebJobsStorage" }
  )

  # Without the role the references stay unresolved when the app starts.
  depends_on = [azurerm_role_assignment.bot]
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
