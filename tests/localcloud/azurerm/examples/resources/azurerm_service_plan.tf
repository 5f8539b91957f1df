resource "azurerm_resource_group" "sample" {
  name     = "plan-resources"
  location = "West Europe"
}

resource "azurerm_service_plan" "sample" {
  name                = "sample-plan"
  resource_group_name = azurerm_resource_group.sample.name
  location            = azurerm_resource_group.sample.location
  os_type             = "Linux"
  sku_name            = "P1v2"
}
