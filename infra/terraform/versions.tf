# What the engine and the provider must be, and where the state is.

terraform {
  required_version = ">= 1.6"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }

  # The state is a file in this folder. It holds every key and secret in plain text: never commit it. As soon as two
  # people apply, keep it on Azure, where a lease is the lock. Make a storage account for it by hand, in a group of
  # its own (README.md has the commands), fill in its name, and run `tofu init -migrate-state`.
  #
  # backend "azurerm" {
  #   resource_group_name  = "rg-camp-state"
  #   storage_account_name = "stcampstateNAME"
  #   container_name       = "state"
  #   key                  = "dev.tfstate" # one for each environment
  #   use_azuread_auth     = true          # a role on the container, no account key
  # }
}

# The subscription is ARM_SUBSCRIPTION_ID; who applies is whom `az login` signed in.
provider "azurerm" {
  features {
    resource_group {
      # A group that holds what somebody else made is not deleted with it.
      prevent_deletion_if_contains_resources = true
    }
  }
}
