# The bot and what it runs on.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

resource "azurerm_service_plan" "this" {
  name                = "asp-${var.name}"
  resource_group_name = var.group.name
  location            = var.group.location
  os_type             = "Linux"
  sku_name            = "B1"
}

resource "azurerm_linux_function_app" "this" {
  name                            = "func-${var.name}"
  resource_group_name             = var.group.name
  location                        = var.group.location
  service_plan_id                 = azurerm_service_plan.this.id
  https_only                      = true
  storage_key_vault_secret_id     = var.storage_secret_id
  key_vault_reference_identity_id = var.identity_id

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  site_config {
    always_on = true

    application_stack {
      python_version = "3.11"
    }
  }

  app_settings = merge(
    var.plain_settings,
    { for setting, id in var.secret_setting_ids : setting => "@Microsoft.KeyVault(SecretUri=${id})" }
  )
}
