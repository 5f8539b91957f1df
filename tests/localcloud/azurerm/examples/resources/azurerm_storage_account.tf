resource "azurerm_resource_group" "sample" {
  name     = "storage-account-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "samplestorageaccount"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "GRS"

  tags = {
    environment = "staging"
  }
}
