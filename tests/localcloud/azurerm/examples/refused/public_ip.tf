resource "azurerm_resource_group" "sample" {
  name     = "refused-resources"
  location = "West Europe"
}

resource "azurerm_public_ip" "sample" {
  name                = "locked-publicip"
  location            = azurerm_resource_group.sample.location
  resource_group_name = azurerm_resource_group.sample.name
  allocation_method   = "Static"
}
