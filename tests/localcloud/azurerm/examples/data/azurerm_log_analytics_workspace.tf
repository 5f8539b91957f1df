data "azurerm_log_analytics_workspace" "sample" {
  name                = "existing-workspace"
  resource_group_name = "existing-resources"
}

output "log_analytics_workspace_id" {
  value = data.azurerm_log_analytics_workspace.sample.workspace_id
}
