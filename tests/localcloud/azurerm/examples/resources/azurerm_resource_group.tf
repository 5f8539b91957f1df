resource "azurerm_resource_group" "sample" {
  name     = "only-a-group-resources"
  location = "West Europe"
}
