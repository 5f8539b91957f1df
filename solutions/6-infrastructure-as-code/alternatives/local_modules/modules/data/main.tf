# The queue of jobs and the documents.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

locals {
  containers = {
    messages    = "/channel"
    counters    = "/id"
    reports     = "/id"
    deadletters = "/id"
  }
}

resource "azurerm_storage_account" "this" {
  name                            = var.storage_account_name
  resource_group_name             = var.group.name
  location                        = var.group.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_queue" "reports" {
  name               = "reports"
  storage_account_id = azurerm_storage_account.this.id
}

resource "azurerm_cosmosdb_account" "this" {
  name                = var.cosmos_account_name
  resource_group_name = var.group.name
  location            = var.group.location
  offer_type          = "Standard"

  capabilities {
    name = "EnableServerless"
  }

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = var.group.location
    failover_priority = 0
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_cosmosdb_sql_database" "camp" {
  name                = "camp"
  resource_group_name = var.group.name
  account_name        = azurerm_cosmosdb_account.this.name

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_cosmosdb_sql_container" "this" {
  for_each = local.containers

  name                = each.key
  resource_group_name = var.group.name
  account_name        = azurerm_cosmosdb_account.this.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = [each.value]

  lifecycle {
    prevent_destroy = true
  }
}
