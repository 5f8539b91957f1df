resource "azurerm_resource_group" "sample" {
  name     = "insights-resources"
  location = "West Europe"
}

resource "azurerm_log_analytics_workspace" "sample" {
  name                = "workspace-of-insights"
  location            = azurerm_resource_group.sample.location
  resource_group_name = azurerm_resource_group.sample.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_application_insights" "plain" {
  name                = "sample-appinsights"
  location            = azurerm_resource_group.sample.location
  resource_group_name = azurerm_resource_group.sample.name
  application_type    = "web"
}

resource "azurerm_application_insights" "workspace" {
  name                = "sample-appinsights-in-a-workspace"
  location            = azurerm_resource_group.sample.location
  resource_group_name = azurerm_resource_group.sample.name
  workspace_id        = azurerm_log_analytics_workspace.sample.id
  application_type    = "web"
}

output "instrumentation_key" {
  value     = azurerm_application_insights.plain.instrumentation_key
  sensitive = true
}

output "app_id" {
  value = azurerm_application_insights.plain.app_id
}
