output "identity_id" {
  value      = azurerm_user_assigned_identity.reader.id
  depends_on = [azurerm_role_assignment.reader]
}

output "ids" {
  description = "The secret's id without version, by setting."
  value       = { for setting, secret in azurerm_key_vault_secret.this : setting => secret.versionless_id }
}
