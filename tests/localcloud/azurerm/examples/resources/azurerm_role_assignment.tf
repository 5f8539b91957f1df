data "azurerm_subscription" "primary" {}

data "azurerm_client_config" "sample" {}

resource "azurerm_role_assignment" "sample" {
  scope                = data.azurerm_subscription.primary.id
  role_definition_name = "Reader"
  principal_id         = data.azurerm_client_config.sample.object_id
}
