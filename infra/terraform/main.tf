# Everything that labs 1 to 5 use on Azure.

data "azurerm_client_config" "me" {}

locals {
  name = "${var.prefix}-${var.environment}"
  tags = merge({ workshop = "serverless-camp", environment = var.environment }, var.tags)
}

resource "azurerm_resource_group" "camp" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}
