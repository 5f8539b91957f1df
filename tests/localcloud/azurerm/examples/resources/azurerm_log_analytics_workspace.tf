resource "azurerm_resource_group" "sample" {
  name     = "workspace-resources"
  location = "West Europe"
}

resource "azurerm_log_analytics_workspace" "sample" {
  name                = "sample-workspace"
  location            = azurerm_resource_group.sample.location
  resource_group_name = azurerm_resource_group.sample.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
}
