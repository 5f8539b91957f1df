# Every resource and data source of the local provider, in ways that people write them.

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.0"
    }
  }
}

provider "azurerm" {
  features {
    key_vault {
      purge_soft_delete_on_destroy    = true
      recover_soft_deleted_key_vaults = true
    }

    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}

data "azurerm_client_config" "me" {}

data "azurerm_subscription" "current" {}

data "azurerm_role_definition" "reader" {
  name = "Key Vault Secrets User"
}

resource "random_string" "suffix" {
  length  = 6
  upper   = false
  special = false
}

resource "random_password" "secret" {
  length      = 20
  min_special = 2
}

resource "random_id" "id" {
  byte_length = 4
  keepers     = { first = "one" }
}

resource "random_pet" "pet" {}

resource "random_integer" "number" {
  min = 1
  max = 9
}

resource "azurerm_resource_group" "all" {
  name     = "rg-all"
  location = "West Europe"

  tags = {
    environment = "test"
  }

  timeouts {
    create = "10m"
    delete = "1h30m"
  }
}

resource "azurerm_storage_account" "all" {
  name                     = "st${random_string.suffix.result}"
  resource_group_name      = azurerm_resource_group.all.name
  location                 = azurerm_resource_group.all.location
  account_tier             = "Standard"
  account_replication_type = "GRS"
  tags                     = azurerm_resource_group.all.tags
}

resource "azurerm_storage_queue" "all" {
  count = 2

  name               = "queue-${count.index}"
  storage_account_id = azurerm_storage_account.all.id
  metadata           = { number = count.index }
}

resource "azurerm_storage_container" "all" {
  name                  = "content"
  storage_account_id    = azurerm_storage_account.all.id
  container_access_type = "private"
}

resource "azurerm_storage_table" "all" {
  name                 = "mytable"
  storage_account_name = azurerm_storage_account.all.name
}

resource "azurerm_cosmosdb_account" "all" {
  name                = "cosmos-${random_string.suffix.result}"
  location            = azurerm_resource_group.all.location
  resource_group_name = azurerm_resource_group.all.name
  offer_type          = "Standard"
  kind                = "GlobalDocumentDB"

  automatic_failover_enabled = true

  consistency_policy {
    consistency_level       = "BoundedStaleness"
    max_interval_in_seconds = 300
    max_staleness_prefix    = 100000
  }

  geo_location {
    location          = "West Europe"
    failover_priority = 0
  }

  geo_location {
    location          = "northeurope"
    failover_priority = 1
  }
}

resource "azurerm_cosmosdb_sql_database" "all" {
  name                = "db"
  resource_group_name = azurerm_cosmosdb_account.all.resource_group_name
  account_name        = azurerm_cosmosdb_account.all.name
}

resource "azurerm_cosmosdb_sql_container" "plain" {
  name                  = "plain"
  resource_group_name   = azurerm_cosmosdb_account.all.resource_group_name
  account_name          = azurerm_cosmosdb_account.all.name
  database_name         = azurerm_cosmosdb_sql_database.all.name
  partition_key_paths   = ["/definition/id"]
  partition_key_version = 1
  throughput            = 400

  indexing_policy {
    indexing_mode = "consistent"

    included_path {
      path = "/*"
    }

    included_path {
      path = "/included/?"
    }

    excluded_path {
      path = "/excluded/?"
    }

    composite_index {
      index {
        path  = "/name"
        order = "Ascending"
      }

      index {
        path  = "/age"
        order = "Descending"
      }
    }
  }

  unique_key {
    paths = ["/definition/idlong", "/definition/idshort"]
  }
}

resource "azurerm_cosmosdb_sql_container" "hierarchical" {
  name                = "hierarchical"
  resource_group_name = azurerm_cosmosdb_account.all.resource_group_name
  account_name        = azurerm_cosmosdb_account.all.name
  database_name       = azurerm_cosmosdb_sql_database.all.name
  partition_key_paths = ["/tenant", "/user"]
  partition_key_kind  = "MultiHash"
  default_ttl         = 3600

  autoscale_settings {
    max_throughput = 2000
  }
}

resource "azurerm_user_assigned_identity" "all" {
  name                = "id-all"
  location            = azurerm_resource_group.all.location
  resource_group_name = azurerm_resource_group.all.name
}

resource "azurerm_key_vault" "all" {
  name                       = "kv-${random_string.suffix.result}"
  location                   = azurerm_resource_group.all.location
  resource_group_name        = azurerm_resource_group.all.name
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "premium"
  soft_delete_retention_days = 7
  enable_rbac_authorization  = true
}

resource "azurerm_role_assignment" "officer" {
  scope                = azurerm_key_vault.all.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = data.azurerm_client_config.me.object_id
}

resource "azurerm_role_assignment" "by_id" {
  scope              = azurerm_resource_group.all.id
  role_definition_id = data.azurerm_role_definition.reader.id
  principal_id       = azurerm_user_assigned_identity.all.principal_id
}

resource "azurerm_key_vault_secret" "all" {
  name            = "secret-sauce"
  value           = random_password.secret.result
  key_vault_id    = azurerm_key_vault.all.id
  content_type    = "text/plain"
  expiration_date = "2035-12-31T00:00:00Z"
  depends_on      = [azurerm_role_assignment.officer]
}

resource "azurerm_log_analytics_workspace" "all" {
  name                = "workspace-all"
  location            = azurerm_resource_group.all.location
  resource_group_name = azurerm_resource_group.all.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_application_insights" "all" {
  name                = "insights-all"
  location            = azurerm_resource_group.all.location
  resource_group_name = azurerm_resource_group.all.name
  workspace_id        = azurerm_log_analytics_workspace.all.id
  application_type    = "web"
}

resource "azurerm_service_plan" "all" {
  name                = "plan-all"
  resource_group_name = azurerm_resource_group.all.name
  location            = azurerm_resource_group.all.location
  os_type             = "Linux"
  sku_name            = "Y1"
}

resource "azurerm_linux_function_app" "all" {
  name                = "func-${random_string.suffix.result}"
  resource_group_name = azurerm_resource_group.all.name
  location            = azurerm_resource_group.all.location

  storage_account_name       = azurerm_storage_account.all.name
  storage_account_access_key = azurerm_storage_account.all.primary_access_key
  service_plan_id            = azurerm_service_plan.all.id

  identity {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.all.id]
  }

  site_config {
    application_insights_connection_string = azurerm_application_insights.all.connection_string

    application_stack {
      node_version = "20"
    }

    cors {
      allowed_origins = ["https://portal.azure.com"]
    }
  }

  connection_string {
    name  = "other"
    type  = "Custom"
    value = "Server=somewhere"
  }

  app_settings = {
    "PET" = random_pet.pet.id
  }

  sticky_settings {
    app_setting_names = ["PET"]
  }
}

resource "azurerm_linux_function_app_slot" "all" {
  name                       = "staging"
  function_app_id            = azurerm_linux_function_app.all.id
  storage_account_name       = azurerm_storage_account.all.name
  storage_account_access_key = azurerm_storage_account.all.primary_access_key

  webdeploy_publish_basic_authentication_enabled = false

  site_config {}
}

resource "azurerm_management_lock" "all" {
  name       = "keep"
  scope      = azurerm_cosmosdb_account.all.id
  lock_level = "CanNotDelete"
  notes      = "Keep the documents"
}

data "azurerm_storage_account" "all" {
  name                = azurerm_storage_account.all.name
  resource_group_name = azurerm_resource_group.all.name
}

data "azurerm_key_vault" "all" {
  name                = azurerm_key_vault.all.name
  resource_group_name = azurerm_resource_group.all.name
}

data "azurerm_key_vault_secret" "all" {
  name         = azurerm_key_vault_secret.all.name
  key_vault_id = data.azurerm_key_vault.all.id
}

data "azurerm_resource_group" "all" {
  name = azurerm_resource_group.all.name
}

output "same_secret" {
  value     = data.azurerm_key_vault_secret.all.value == random_password.secret.result
  sensitive = true
}

output "same_key" {
  value     = data.azurerm_storage_account.all.primary_access_key == azurerm_storage_account.all.primary_access_key
  sensitive = true
}

output "host" {
  value = azurerm_linux_function_app.all.default_hostname
}

output "subscription" {
  value = data.azurerm_subscription.current.subscription_id
}

output "region" {
  value = data.azurerm_resource_group.all.location
}
