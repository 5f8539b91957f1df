"""Small configurations that several tests apply."""

FIRST = """
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
"""
GROUP = """
resource "azurerm_resource_group" "one" {
  name     = "rg-one"
  location = "japaneast"
}
"""
ACCOUNT = """
resource "azurerm_storage_account" "one" {
  name                     = "stone"
  resource_group_name      = azurerm_resource_group.one.name
  location                 = azurerm_resource_group.one.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
"""
QUEUE = """
resource "azurerm_storage_queue" "one" {
  name               = "reports"
  storage_account_id = azurerm_storage_account.one.id
}
"""
