output "resource_group_name" {
  value = azurerm_resource_group.main.name
}

output "function_app_name" {
  value = azurerm_linux_function_app.bot.name
}

output "cosmos_account_name" {
  value = azurerm_cosmosdb_account.main.name
}

output "storage_account_name" {
  value = azurerm_storage_account.main.name
}
