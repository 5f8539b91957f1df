data "azurerm_cosmosdb_account" "sample" {
  name                = "existing-cosmos-account"
  resource_group_name = "existing-resources"
}

resource "azurerm_cosmosdb_sql_database" "sample" {
  name                = "sample-database"
  resource_group_name = data.azurerm_cosmosdb_account.sample.resource_group_name
  account_name        = data.azurerm_cosmosdb_account.sample.name
  throughput          = 400
}
