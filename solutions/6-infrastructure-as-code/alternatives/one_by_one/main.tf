# The camp without a loop: each thing is written where it is looked for. References name vault and secret, and the
# bot's role is given for each secret alone.

terraform {
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

data "azurerm_client_config" "current" {}

data "azurerm_role_definition" "secrets_user" {
  name = "Key Vault Secrets User"
}

resource "azurerm_resource_group" "main" {
  name     = "${var.prefix}-${var.environment}"
  location = var.region
}
