data "azurerm_management_group" "sample" {
  name = "00000000-0000-0000-0000-000000000000"
}
