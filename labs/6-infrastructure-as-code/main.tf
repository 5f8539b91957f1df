# The whole camp as code: the first apply makes an environment, and a second environment stands beside it.
#
#   camp tofu init
#   camp tofu apply -var-file=dev.tfvars.json

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

# --- Inputs -----------------------------------------------------------------------------------------------------------

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
  type = string
}

variable "slack_signing_secret" {
  type = string
}

variable "slack_outgoing_token" {
  type = string
}

variable "slack_api_url" {
  type    = string
  default = "https://slack.com/api/"
}

variable "report_engine_url" {
  type    = string
  default = ""
}

# Check 6.6: everything below has the names that somebody typed into the portal. A second environment needs others.

resource "azurerm_resource_group" "camp" {
  name     = "rg-camp"
  location = var.location

  tags = {
    made = timestamp() # check 6.3: nobody has changed anything, and yet the next plan has something to do
  }
}

# --- Storage and queue ------------------------------------------------------------------------------------------------

resource "azurerm_storage_account" "camp" {
  name                     = "stcampclicked"
  resource_group_name      = azurerm_resource_group.camp.name
  location                 = azurerm_resource_group.camp.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

# Check 6.4: the queue "reports" was made by hand, so that no plan knows of it.

# --- Cosmos DB --------------------------------------------------------------------------------------------------------

# Check 6.2: an account, the database "camp", and its containers messages (/channel), counters, reports and
# deadletters (/id).
# Check 6.7: another partition key would make a container anew, and empty. Let Terraform refuse that.

# --- Key vault and identity -------------------------------------------------------------------------------------------

# Check 6.5: a vault (rbac_authorization_enabled), five secrets in it, and an identity that may read them.
# Check 6.8: that identity has one role, Key Vault Secrets User, on this vault. Whoever applies is its Officer.

# --- Function app -----------------------------------------------------------------------------------------------------

resource "azurerm_service_plan" "camp" {
  name                = "asp-camp"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  os_type             = "Linux"
  sku_name            = "B1"
}

resource "azurerm_linux_function_app" "bot" {
  name                       = "func-camp-clicked"
  resource_group_name        = azurerm_resource_group.camp.name
  location                   = azurerm_resource_group.camp.location
  service_plan_id            = azurerm_service_plan.camp.id
  storage_account_name       = azurerm_storage_account.camp.name
  storage_account_access_key = azurerm_storage_account.camp.primary_access_key

  site_config {
    always_on = true

    application_stack {
      python_version = "3.11"
    }
  }

  app_settings = {
    SLACK_BOT_TOKEN          = var.slack_bot_token
    SLACK_SIGNING_SECRET     = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN     = var.slack_outgoing_token
    SLACK_API_URL            = var.slack_api_url
    SLACK_OPS_CHANNEL        = "#ops"
    REPORT_ENGINE_URL        = var.report_engine_url
    BREAKER_MAX_CALLS        = "3"
    BREAKER_COOLDOWN_SECONDS = "30"
  }
}

# --- Outputs ----------------------------------------------------------------------------------------------------------

output "resource_group_name" {
  value = azurerm_resource_group.camp.name
}

output "function_app_name" {
  value = azurerm_linux_function_app.bot.name
}

output "storage_account_name" {
  value = azurerm_storage_account.camp.name
}

# Check 6.2 wants cosmos_account_name, too.
