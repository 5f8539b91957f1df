data "azurerm_cosmosdb_account" "sample" {
  name                = "existing-cosmos-account"
  resource_group_name = "existing-resources"
}

output "cosmosdb_account_endpoint" {
  value = data.azurerm_cosmosdb_account.sample.endpoint
}
