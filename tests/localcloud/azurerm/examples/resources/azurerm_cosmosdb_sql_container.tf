data "azurerm_cosmosdb_account" "sample" {
  name                = "existing-cosmos-account"
  resource_group_name = "existing-resources"
}

resource "azurerm_cosmosdb_sql_database" "sample" {
  name                = "database-of-containers"
  resource_group_name = data.azurerm_cosmosdb_account.sample.resource_group_name
  account_name        = data.azurerm_cosmosdb_account.sample.name
}

resource "azurerm_cosmosdb_sql_container" "sample" {
  name                  = "sample-container"
  resource_group_name   = data.azurerm_cosmosdb_account.sample.resource_group_name
  account_name          = data.azurerm_cosmosdb_account.sample.name
  database_name         = azurerm_cosmosdb_sql_database.sample.name
  partition_key_paths   = ["/definition/id"]
  partition_key_version = 1
  throughput            = 400

  indexing_policy {
    indexing_mode = "consistent"

    included_path {
      path = "/*"
    }

    included_path {
      path = "/included/?"
    }

    excluded_path {
      path = "/excluded/?"
    }
  }

  unique_key {
    paths = ["/definition/long", "/definition/short"]
  }
}
