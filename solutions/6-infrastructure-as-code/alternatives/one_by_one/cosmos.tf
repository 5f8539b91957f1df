resource "azurerm_cosmosdb_account" "main" {
  name                = "${var.prefix}-${var.environment}-db"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  offer_type          = "Standard"

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = azurerm_resource_group.main.location
    failover_priority = 0
  }
}

# 400 request units a second for all containers together.
resource "azurerm_cosmosdb_sql_database" "camp" {
  name                = "camp"
  resource_group_name = azurerm_resource_group.main.name
  account_name        = azurerm_cosmosdb_account.main.name
  throughput          = 400
}

resource "azurerm_cosmosdb_sql_container" "messages" {
  name                  = "messages"
  resource_group_name   = azurerm_resource_group.main.name
  account_name          = azurerm_cosmosdb_account.main.name
  database_name         = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths   = ["/channel"]
  partition_key_version = 2

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_cosmosdb_sql_container" "counters" {
  name                = "counters"
  resource_group_name = azurerm_resource_group.main.name
  account_name        = azurerm_cosmosdb_account.main.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = ["/id"]
}

resource "azurerm_cosmosdb_sql_container" "reports" {
  name                = "reports"
  resource_group_name = azurerm_resource_group.main.name
  account_name        = azurerm_cosmosdb_account.main.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = ["/id"]
}

resource "azurerm_cosmosdb_sql_container" "deadletters" {
  name                = "deadletters"
  resource_group_name = azurerm_resource_group.main.name
  account_name        = azurerm_cosmosdb_account.main.name
  database_name       = azurerm_cosmosdb_sql_database.camp.name
  partition_key_paths = ["/id"]
  default_ttl         = -1
}
