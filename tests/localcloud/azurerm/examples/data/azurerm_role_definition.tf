data "azurerm_subscription" "primary" {}

data "azurerm_role_definition" "builtin" {
  name = "Contributor"
}

data "azurerm_role_definition" "by_id" {
  role_definition_id = "b24988ac-6180-42a0-ab88-20f7382dd24c"
  scope              = data.azurerm_subscription.primary.id
}

output "contributor_role_definition_id" {
  value = data.azurerm_role_definition.builtin.id
}
