data "azurerm_linux_function_app" "sample" {
  name                = "existing-app"
  resource_group_name = "existing-resources"
}

output "id" {
  value = data.azurerm_linux_function_app.sample.id
}
