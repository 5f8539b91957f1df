"""Terraform's plugin protocol, version 6: the only part that needs packages of the extra `azurerm`."""
