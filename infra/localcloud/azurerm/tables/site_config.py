"""The block `site_config` of function apps and slots."""

from collections.abc import Mapping
from typing import Any

from ..schema import Block, number, text, text_set, texts, truth
from ..values import BOOL, STRING

VERSIONS = ("1.0", "1.1", "1.2", "1.3")

SITE_CONFIG = Block(
    {
        "always_on": truth("optional computed", at="alwaysOn"),
        "app_command_line": text(at="appCommandLine"),
        "app_scale_limit": number("optional computed", at="functionAppScaleLimit"),
        "application_insights_connection_string": text("optional sensitive"),
        "application_insights_key": text("optional sensitive"),
        "default_documents": texts("optional computed", at="defaultDocuments"),
        "elastic_instance_minimum": number("optional computed", at="minimumElasticInstanceCount"),
        "ftps_state": text(default="Disabled", at="ftpsState", choices=("AllAllowed", "Disabled", "FtpsOnly")),
        "health_check_path": text(at="healthCheckPath"),
        "health_check_eviction_time_in_min": number("optional computed"),
        "http2_enabled": truth(at="http20Enabled"),
        "load_balancing_mode": text(default="LeastRequests", at="loadBalancing"),
        "managed_pipeline_mode": text(
            default="Integrated", at="managedPipelineMode", choices=("Classic", "Integrated")
        ),
        "minimum_tls_version": text(default="1.2", at="minTlsVersion", choices=VERSIONS),
        "pre_warmed_instance_count": number("optional computed", at="preWarmedInstanceCount"),
        "remote_debugging_enabled": truth(at="remoteDebuggingEnabled"),
        "runtime_scale_monitoring_enabled": truth(at="functionsRuntimeScaleMonitoringEnabled"),
        "scm_minimum_tls_version": text(default="1.2", at="scmMinTlsVersion", choices=VERSIONS),
        "use_32_bit_worker": truth(at="use32BitWorkerProcess"),
        "vnet_route_all_enabled": truth(at="vnetRouteAllEnabled"),
        "websockets_enabled": truth(at="webSocketsEnabled"),
        "worker_count": number("optional computed", at="numberOfWorkers"),
        "linux_fx_version": text("computed", at="linuxFxVersion"),
        "detailed_error_logging_enabled": truth("computed"),
    },
    {
        "application_stack": Block(
            {
                "python_version": text(),
                "node_version": text(),
                "java_version": text(),
                "powershell_core_version": text(),
                "dotnet_version": text(),
                "use_dotnet_isolated_runtime": truth(),
            },
            refused={
                "use_custom_runtime": BOOL,
                "docker": Block(
                    {
                        "image_name": text("required"),
                        "image_tag": text("required"),
                        "registry_url": text("required"),
                        "registry_username": text(),
                        "registry_password": text(),
                    }
                ),
            },
            most=1,
        ),
        "cors": Block(
            {"allowed_origins": text_set(at="allowedOrigins"), "support_credentials": truth(at="supportCredentials")},
            most=1,
            at="cors",
        ),
    },
    usual={"ip_restriction_default_action": "Allow", "scm_ip_restriction_default_action": "Allow"},
    refused={
        "app_service_logs": Block({"disk_quota_mb": number(default=35), "retention_period_days": number()}, most=1),
        "api_definition_url": STRING,
        "api_management_api_id": STRING,
        "container_registry_managed_identity_client_id": STRING,
        "container_registry_use_managed_identity": BOOL,
        "ip_restriction_default_action": STRING,
        "scm_ip_restriction_default_action": STRING,
        "remote_debugging_version": STRING,
        "scm_use_main_ip_restriction": BOOL,
        "ip_restriction": Block(
            {
                "ip_address": text(),
                "service_tag": text(),
                "name": text(),
                "priority": number(),
                "action": text(),
                "virtual_network_subnet_id": text(),
                "description": text(),
            }
        ),
        "scm_ip_restriction": Block(
            {
                "ip_address": text(),
                "service_tag": text(),
                "name": text(),
                "priority": number(),
                "action": text(),
                "virtual_network_subnet_id": text(),
                "description": text(),
            }
        ),
    },
    least=1,
    most=1,
)

# In a body: what takes an argument of site_config away.
EMPTIED: Mapping[str, Any] = {"appCommandLine": "", "healthCheckPath": "", "cors": None}
