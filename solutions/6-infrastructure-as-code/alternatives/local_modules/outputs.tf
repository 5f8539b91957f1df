output "resource_group_name" {
  value = azurerm_resource_group.camp.name
}

output "function_app_name" {
  value = module.app.name
}

output "cosmos_account_name" {
  value = module.data.cosmos_account_name
}

output "storage_account_name" {
  value = module.data.storage_account_name
}
