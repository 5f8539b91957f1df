# The camp of one environment, from three modules: where data are, who reads which secret, and the bot.

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

locals {
  name = "${var.prefix}-${var.environment}"
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${local.name}"
  location = var.location
}

module "data" {
  source = "./modules/data"

  group                = azurerm_resource_group.camp
  storage_account_name = "st${var.prefix}${var.environment}"
  cosmos_account_name  = "cosmos-${local.name}"
}

module "secrets" {
  source = "./modules/secrets"

  group = azurerm_resource_group.camp
  name  = local.name

  secrets = {
    AzureWebJobsStorage  = module.data.storage_connection
    CosmosDbConnection   = module.data.cosmos_connection
    SLACK_BOT_TOKEN      = var.slack_bot_token
    SLACK_SIGNING_SECRET = var.slack_signing_secret
    SLACK_OUTGOING_TOKEN = var.slack_outgoing_token
  }
}

module "app" {
  source = "./modules/app"

  group              = azurerm_resource_group.camp
  name               = local.name
  identity_id        = module.secrets.identity_id
  storage_secret_id  = module.secrets.ids["AzureWebJobsStorage"]
  secret_setting_ids = { for setting, id in module.secrets.ids : setting => id if setting != "AzureWebJobsStorage" }

  plain_settings = {
    SLACK_API_URL            = var.slack_api_url
    SLACK_OPS_CHANNEL        = "#ops"
    REPORT_ENGINE_URL        = var.report_engine_url
    BREAKER_MAX_CALLS        = "3"
    BREAKER_COOLDOWN_SECONDS = "30"
  }
}
