data "azurerm_subscription" "primary" {}

data "azurerm_client_config" "sample" {}

resource "azurerm_role_definition" "sample" {
  name  = "my-custom-role"
  scope = data.azurerm_subscription.primary.id

  permissions {
    actions     = ["Microsoft.Resources/subscriptions/resourceGroups/read"]
    not_actions = []
  }
}

resource "azurerm_role_assignment" "sample" {
  scope              = data.azurerm_subscription.primary.id
  role_definition_id = azurerm_role_definition.sample.role_definition_resource_id
  principal_id       = data.azurerm_client_config.sample.object_id
}
