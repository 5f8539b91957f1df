"""A provider: its configuration block, resources and data sources. `random_values` has the other one."""

import os
from collections.abc import Mapping
from typing import Any

from .client import Client
from .looking_up import DATA_SOURCES
from .problems import Failed, Problem
from .resource import DataSource, Resource, Session
from .schema import Block, text, texts, truth
from .tables import RESOURCES
from .values import Values

# https://registry.terraform.io/providers/hashicorp/azurerm/4.55.0/docs/guides/features-block
FEATURES: Mapping[str, tuple[str, ...]] = {
    "api_management": ("purge_soft_delete_on_destroy", "recover_soft_deleted"),
    "app_configuration": ("purge_soft_delete_on_destroy", "recover_soft_deleted"),
    "application_insights": ("disable_generated_rule",),
    "cognitive_account": ("purge_soft_delete_on_destroy",),
    "key_vault": (
        "purge_soft_delete_on_destroy",
        "purge_soft_deleted_certificates_on_destroy",
        "purge_soft_deleted_keys_on_destroy",
        "purge_soft_deleted_secrets_on_destroy",
        "purge_soft_deleted_hardware_security_modules_on_destroy",
        "purge_soft_deleted_hardware_security_module_keys_on_destroy",
        "recover_soft_deleted_certificates",
        "recover_soft_deleted_key_vaults",
        "recover_soft_deleted_keys",
        "recover_soft_deleted_secrets",
        "recover_soft_deleted_hardware_security_module_keys",
    ),
    "log_analytics_workspace": ("permanently_delete_on_destroy",),
    "machine_learning": ("purge_soft_deleted_workspace_on_destroy",),
    "managed_disk": ("expand_without_downtime",),
    "netapp": ("delete_backups_on_backup_vault_destroy", "prevent_volume_destruction"),
    "postgresql_flexible_server": ("restart_server_on_configuration_value_change",),
    "recovery_service": (
        "vm_backup_stop_protection_and_retain_data_on_destroy",
        "vm_backup_suspend_protection_and_retain_data_on_destroy",
        "purge_protected_items_from_vault_on_destroy",
    ),
    "recovery_services_vaults": ("recover_soft_deleted_backup_protected_vm",),
    "resource_group": ("prevent_deletion_if_contains_resources",),
    "storage": ("data_plane_available",),
    "subscription": ("prevent_cancellation_on_destroy",),
    "template_deployment": ("delete_nested_items_during_deletion",),
    "virtual_machine": (
        "detach_implicit_data_disk_on_deletion",
        "delete_os_disk_on_deletion",
        "skip_shutdown_and_force_delete",
    ),
    "virtual_machine_scale_set": (
        "force_delete",
        "reimage_on_manual_upgrade",
        "roll_instances_when_required",
        "scale_to_zero_before_deletion",
    ),
}
TEXTS = (
    "subscription_id", "tenant_id", "client_id", "client_id_file_path", "environment", "metadata_host", "partner_id",
    "client_certificate", "client_certificate_path", "client_certificate_password", "client_secret",
    "client_secret_file_path", "oidc_request_token", "oidc_request_url", "oidc_token", "oidc_token_file_path",
    "ado_pipeline_service_connection_id", "msi_endpoint", "msi_api_version", "resource_provider_registrations",
)  # fmt: skip
TRUTHS = (
    "use_cli", "use_oidc", "use_msi", "use_aks_workload_identity", "disable_terraform_partner_id",
    "disable_correlation_request_id", "storage_use_azuread", "skip_provider_registration",
)  # fmt: skip
NO_SUBSCRIPTION = "`subscription_id` is a required provider property when performing a plan/apply operation"


class Provider:
    """What the engine asks a provider for."""

    block: Block
    resources: Mapping[str, Resource]
    data_sources: Mapping[str, DataSource]

    def configured(self, config: Values) -> Any:
        """The session that resources get; Failed."""
        raise NotImplementedError


class AzureRm(Provider):
    block = Block(
        {
            **{
                one: text("optional sensitive" if "secret" in one or "password" in one else "optional") for one in TEXTS
            },
            **{one: truth(default=None) for one in TRUTHS},
            "auxiliary_tenant_ids": texts(),
            "resource_providers_to_register": texts(),
        },
        {
            "features": Block(
                {},
                {name: Block({one: truth(default=None) for one in known}, most=1) for name, known in FEATURES.items()},
                least=1,
                most=1,
            )
        },
    )
    resources = RESOURCES
    data_sources = DATA_SOURCES

    def configured(self, config: Values) -> Session:
        subscription = config["subscription_id"] or os.environ.get("ARM_SUBSCRIPTION_ID")
        if not subscription:
            raise Failed(Problem(NO_SUBSCRIPTION, "Set it in the provider block or as ARM_SUBSCRIPTION_ID."))
        client = Client.from_environment()
        given = config["features"][0] if config["features"] else {}
        features = {name: blocks[0] for name, blocks in given.items() if blocks}
        return Session(client, str(subscription), client.call("GET", "/me"), features)
