resource "azurerm_resource_group" "sample" {
  name     = "storage-container-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "sampleblobaccount"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_container" "sample" {
  name                  = "disks"
  storage_account_id    = azurerm_storage_account.sample.id
  container_access_type = "private"
}

resource "azurerm_storage_container" "by_name" {
  name                  = "pictures"
  storage_account_name  = azurerm_storage_account.sample.name
  container_access_type = "blob"
}
