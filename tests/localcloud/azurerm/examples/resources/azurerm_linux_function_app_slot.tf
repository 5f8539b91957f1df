resource "azurerm_resource_group" "sample" {
  name     = "function-app-slot-resources"
  location = "West Europe"
}

resource "azurerm_storage_account" "sample" {
  name                     = "slotfunctionaccount"
  resource_group_name      = azurerm_resource_group.sample.name
  location                 = azurerm_resource_group.sample.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_service_plan" "sample" {
  name                = "sample-app-service-plan"
  resource_group_name = azurerm_resource_group.sample.name
  location            = azurerm_resource_group.sample.location
  os_type             = "Linux"
  sku_name            = "Y1"
}

resource "azurerm_linux_function_app" "sample" {
  name                       = "sample-app-with-a-slot"
  resource_group_name        = azurerm_resource_group.sample.name
  location                   = azurerm_resource_group.sample.location
  service_plan_id            = azurerm_service_plan.sample.id
  storage_account_name       = azurerm_storage_account.sample.name
  storage_account_access_key = azurerm_storage_account.sample.primary_access_key

  site_config {}
}

resource "azurerm_linux_function_app_slot" "sample" {
  name                       = "sample-slot"
  function_app_id            = azurerm_linux_function_app.sample.id
  storage_account_name       = azurerm_storage_account.sample.name
  storage_account_access_key = azurerm_storage_account.sample.primary_access_key

  site_config {}
}
