resource "azurerm_resource_group" "sample" {
  name     = "refused-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "samplenetworkrules"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "LRS"

  network_rules {
    default_action             = "Deny"
    ip_rules                   = ["100.0.0.1"]
    virtual_network_subnet_ids = []
  }
}
