resource "azurerm_resource_group" "sample" {
  name     = "storage-table-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "sampletableaccount"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_table" "sample" {
  name                 = "sampletable"
  storage_account_name = azurerm_storage_account.sample.name
}
