data "azurerm_resource_group" "sample" {
  name = "existing-resources"
}

output "id" {
  value = data.azurerm_resource_group.sample.id
}
