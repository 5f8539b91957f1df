# Where data are: the queue of reports, and the documents.

locals {
  # What labs 2 to 5 keep, with the partition key that each lab starts from.
  containers = {
    messages    = "/channel"
    counters    = "/id"
    reports     = "/id"
    deadletters = "/id"
    leases      = "/id"
  }
}

resource "azurerm_storage_account" "camp" {
  name                            = "st${var.prefix}${var.environment}"
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

resource "azurerm_cosmosdb_account" "camp" {
  name                = "cosmos-${local.name}"
  resource_group_name = azurerm_resource_group.camp.name
  location            = azurerm_resource_group.camp.location
  offer_type          = "Standard"
  minimal_tls_version = "Tls12"
  tags                = local.tags

  # Paid by the request, and nothing when nobody asks.
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

# Another partition key makes a container anew, and empty. This is a workshop's cloud, which goes as a whole:
# for data that must stay, add `lifecycle { prevent_destroy = true }`.
resource "azurerm_cosmosdb_sql_container" "camp" {
  for_each = local.containers

  name                = each.key
  resource_group_name = azurerm_resource_group.camp.name
  account_name        = azurerm_cosmosdb_account.camp.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = [each.value]
}
