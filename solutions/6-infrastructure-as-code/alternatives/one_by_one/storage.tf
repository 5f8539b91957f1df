resource "azurerm_storage_account" "main" {
  name                            = "${var.prefix}${var.environment}sa"
  resource_group_name             = azurerm_resource_group.main.name
  location                        = azurerm_resource_group.main.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
}

resource "azurerm_storage_queue" "reports" {
  name               = "reports"
  storage_account_id = azurerm_storage_account.main.id
}

resource "azurerm_storage_queue" "poison" {
  name               = "${azurerm_storage_queue.reports.name}-poison"
  storage_account_id = azurerm_storage_account.main.id
}
