resource "azurerm_resource_group" "sample" {
  name     = "lock-resources"
  location = "West Europe"
}

resource "azurerm_management_lock" "group" {
  name       = "resource-group-level"
  scope      = azurerm_resource_group.sample.id
  lock_level = "ReadOnly"
  notes      = "Nothing changes in this resource group"
}
