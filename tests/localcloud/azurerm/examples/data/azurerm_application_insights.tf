data "azurerm_application_insights" "sample" {
  name                = "existing-insights"
  resource_group_name = "existing-resources"
}

output "instrumentation_key" {
  value     = data.azurerm_application_insights.sample.instrumentation_key
  sensitive = true
}
