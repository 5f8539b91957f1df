data "azurerm_user_assigned_identity" "sample" {
  name                = "existing-identity"
  resource_group_name = "existing-resources"
}

output "uai_client_id" {
  value = data.azurerm_user_assigned_identity.sample.client_id
}

output "uai_principal_id" {
  value = data.azurerm_user_assigned_identity.sample.principal_id
}

output "uai_tenant_id" {
  value = data.azurerm_user_assigned_identity.sample.tenant_id
}
