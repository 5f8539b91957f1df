resource "azurerm_resource_group" "sample" {
  name     = "storage-queue-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "samplequeueaccount"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_queue" "by_name" {
  name                 = "by-name-of-account"
  storage_account_name = azurerm_storage_account.sample.name
}

resource "azurerm_storage_queue" "by_id" {
  name               = "by-id-of-account"
  storage_account_id = azurerm_storage_account.sample.id
}
