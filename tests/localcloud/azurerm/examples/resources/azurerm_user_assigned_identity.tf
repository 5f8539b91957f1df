resource "azurerm_resource_group" "sample" {
  name     = "identity-resources"
  location = "West Europe"
}

resource "azurerm_user_assigned_identity" "sample" {
  location            = azurerm_resource_group.sample.location
  name                = "sample-identity"
  resource_group_name = azurerm_resource_group.sample.name
}
