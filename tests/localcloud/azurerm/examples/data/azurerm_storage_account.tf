data "azurerm_storage_account" "sample" {
  name                = "existingimages"
  resource_group_name = "existing-resources"
}

output "storage_account_tier" {
  value = data.azurerm_storage_account.sample.account_tier
}
