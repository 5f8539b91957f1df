data "azurerm_service_plan" "sample" {
  name                = "existing-plan"
  resource_group_name = "existing-resources"
}

output "id" {
  value = data.azurerm_service_plan.sample.id
}
