output "name" {
  value = azurerm_linux_function_app.this.name
}
