output "storage_account_name" {
  value = azurerm_storage_account.this.name
}

output "storage_connection" {
  value     = azurerm_storage_account.this.primary_connection_string
  sensitive = true
}

output "cosmos_account_name" {
  value = azurerm_cosmosdb_account.this.name
}

output "cosmos_connection" {
  value     = azurerm_cosmosdb_account.this.primary_sql_connection_string
  sensitive = true
}
