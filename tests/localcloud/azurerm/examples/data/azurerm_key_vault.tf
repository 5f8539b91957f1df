data "azurerm_key_vault" "sample" {
  name                = "existing-vault"
  resource_group_name = "existing-resources"
}

output "vault_uri" {
  value = data.azurerm_key_vault.sample.vault_uri
}
