output "resource_group_name" {
  description = "RESOURCE_GROUP of the workflows of Lab 3."
  value       = azurerm_resource_group.camp.name
}

output "function_app_name" {
  description = "FUNCTIONAPP_NAME of the workflows of Lab 3."
  value       = azurerm_linux_function_app.bot.name
}

output "slack_events_url" {
  description = "What to enter in the Slack app under Event Subscriptions."
  value       = "https://${azurerm_linux_function_app.bot.default_hostname}/api/slack/events"
}

output "staging_url" {
  description = "Where the slot staging answers."
  value       = "https://${azurerm_linux_function_app_slot.staging.default_hostname}"
}

output "cosmos_endpoint" {
  description = "For camp up --cosmos ENDPOINT."
  value       = azurerm_cosmosdb_account.camp.endpoint
}

output "cosmos_account_name" {
  value = azurerm_cosmosdb_account.camp.name
}

output "storage_account_name" {
  value = azurerm_storage_account.camp.name
}

output "key_vault_name" {
  value = azurerm_key_vault.camp.name
}
