data "azurerm_key_vault" "existing" {
  name                = "existing-vault"
  resource_group_name = "existing-resources"
}

data "azurerm_key_vault_secret" "sample" {
  name         = "secret-sauce"
  key_vault_id = data.azurerm_key_vault.existing.id
}

output "secret_value" {
  value     = data.azurerm_key_vault_secret.sample.value
  sensitive = true
}
