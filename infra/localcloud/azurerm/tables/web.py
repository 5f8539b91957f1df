"""Linux function apps and their slots."""

import re
from collections.abc import Mapping
from typing import Any

from localcloud.resources import names

from ..problems import Failed, Problem
from ..resource import Resource, Session, group, location, new_name, same_text, write
from ..resource import read as read_table
from ..schema import Attribute, Block, text, text_map, texts, truth
from ..values import BOOL, NUMBER, STRING, UNKNOWN, Path, Type, Values, at, is_known, place
from .site_config import EMPTIED, SITE_CONFIG
from .stacks import STACKS, from_linux_fx, runtime_of, stacks_of, to_linux_fx
from .storage import enabled, identity_block

SITES = "{group}/providers/Microsoft.Web/sites/{name}"
STORAGE, DASHBOARD, EXTENSION = "AzureWebJobsStorage", "AzureWebJobsDashboard", "FUNCTIONS_EXTENSION_VERSION"
RUNTIME, INSIGHTS, INSIGHTS_KEY = (
    "FUNCTIONS_WORKER_RUNTIME",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPINSIGHTS_INSTRUMENTATIONKEY",
)
SHARE, SHARE_STORAGE = "WEBSITE_CONTENTSHARE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING"
HEALTH_CHECK = "WEBSITE_HEALTHCHECK_MAXPINGFAILURES"  # where Azure keeps health_check_eviction_time_in_min
OWN = frozenset({HEALTH_CHECK, STORAGE, DASHBOARD, EXTENSION, RUNTIME, INSIGHTS, INSIGHTS_KEY, SHARE, SHARE_STORAGE})
STICKY = {"app_setting_names": "appSettingNames", "connection_string_names": "connectionStringNames"}
POLICIES = {"ftp_publish_basic_authentication_enabled": "ftp", "webdeploy_publish_basic_authentication_enabled": "scm"}
CREDENTIAL: Type = ["list", ["object", {"name": STRING, "password": STRING}]]

COMMON: Mapping[str, Attribute] = {
    "app_settings": text_map(),
    "builtin_logging_enabled": truth(default=True),
    "content_share_force_disabled": truth(),
    "enabled": truth(default=True, at="properties.enabled"),
    "functions_extension_version": text(default="~4"),
    "https_only": truth(at="properties.httpsOnly"),
    "client_certificate_enabled": truth(at="properties.clientCertEnabled"),
    "client_certificate_mode": text(
        default="Optional",
        at="properties.clientCertMode",
        choices=("Required", "Optional", "OptionalInteractiveUser"),
    ),
    "public_network_access_enabled": enabled(default=True, at="properties.publicNetworkAccess"),
    "ftp_publish_basic_authentication_enabled": truth(default=True),
    "webdeploy_publish_basic_authentication_enabled": truth(default=True),
    "storage_account_name": text(),
    "storage_account_access_key": text("optional sensitive"),
    "storage_key_vault_secret_id": text(),
    "key_vault_reference_identity_id": text(
        "optional computed", at="properties.keyVaultReferenceIdentity", same=same_text
    ),
    "tags": text_map(at="tags"),
    "custom_domain_verification_id": text("computed sensitive", at="properties.customDomainVerificationId"),
    "default_hostname": text("computed", at="properties.defaultHostName"),
    "kind": text("computed", at="kind"),
    "site_credential": Attribute(CREDENTIAL, frozenset({"computed", "sensitive"})),
}
BLOCKS: Mapping[str, Block] = {
    "site_config": SITE_CONFIG,
    "identity": identity_block(),
    "connection_string": Block(
        {"name": text("required"), "type": text("required"), "value": text("required sensitive")}, nesting="set"
    ),
    "sticky_settings": Block({"app_setting_names": texts(), "connection_string_names": texts()}, most=1),
}
REFUSED: Mapping[str, Any] = {
    "storage_uses_managed_identity": BOOL,
    "client_certificate_exclusion_paths": STRING,
    "daily_memory_time_quota": NUMBER,
    "virtual_network_subnet_id": STRING,
    "virtual_network_backup_restore_enabled": BOOL,
    "vnet_image_pull_enabled": BOOL,
    "zip_deploy_file": STRING,
    "auth_settings": Block({"enabled": truth("required")}, most=1),
    "auth_settings_v2": Block({"auth_enabled": truth(default=None)}, most=1),
    "backup": Block({"name": text("required"), "storage_account_url": text("required")}, most=1),
    "storage_account": Block(
        {
            "name": text("required"),
            "type": text("required"),
            "account_name": text("required"),
            "share_name": text("required"),
            "access_key": text("required"),
            "mount_path": text(),
        },
        nesting="set",
    ),
}


class FunctionApp(Resource):
    name = "azurerm_linux_function_app"
    title = "Linux Function App"
    closes = {"public_network_access_enabled": False, "client_certificate_enabled": True}  # noqa: RUF012
    rule = names.SITE
    id = SITES
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "service_plan_id": text("required", at="properties.serverFarmId", same=same_text),
            **COMMON,
            "hosting_environment_id": text("computed"),
            "outbound_ip_addresses": text("computed"),
            "outbound_ip_address_list": texts("computed"),
            "possible_outbound_ip_addresses": text("computed"),
            "possible_outbound_ip_address_list": texts("computed"),
        },
        BLOCKS,
        refused=REFUSED,
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        named = [one for one in ("storage_account_name", "storage_key_vault_secret_id") if config[one] is not None]
        if len(named) != 1 and not config["storage_uses_managed_identity"]:
            text = 'one of "storage_account_name" or "storage_key_vault_secret_id" must be specified, and only one'
            found.append(Problem("Invalid combination of arguments", text, (named[-1],) if named else ()))
        if config["storage_account_name"] is not None and config["storage_account_access_key"] is None:
            text = "Without a key the app would read storage by its identity, which this cloud cannot."
            found.append(Problem("The local cloud needs storage_account_access_key", text, ("storage_account_name",)))
        for index, stack in enumerate(stacks_of(config)):
            given = [one for one in STACKS if stack.get(one) is not None]
            if len(given) > 1:
                path: Path = ("site_config", 0, "application_stack", index, given[1])
                found.append(Problem(f'"{given[1]}": conflicts with {given[0]}', "", path))
        return found

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """What the service works out itself is not known before."""
        for one in planned["site_config"] if isinstance(planned["site_config"], list) else []:
            stack = one["application_stack"] if isinstance(one, dict) else None
            if isinstance(one, dict) and is_known(stack):
                one["linux_fx_version"] = to_linux_fx(stack)
            elif isinstance(one, dict):
                one["linux_fx_version"] = UNKNOWN
        for one in planned["identity"] if isinstance(planned["identity"], list) else []:
            before = prior["identity"][0] if prior and prior["identity"] else None
            if isinstance(one, dict) and before and before["type"] != one["type"]:
                one["principal_id"] = one["tenant_id"] = UNKNOWN
        if config["key_vault_reference_identity_id"] is None:
            planned["key_vault_reference_identity_id"] = "SystemAssigned"
        return []

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        config: Values = {}
        site = values["site_config"][0]
        write(SITE_CONFIG, site, config)
        for name, empty in EMPTIED.items():  # the service keeps what it is not told of
            config.setdefault(name, empty)
        config["linuxFxVersion"] = to_linux_fx(site["application_stack"])
        config["appSettings"] = [
            {"name": name, "value": value} for name, value in self._settings(session, values).items()
        ]
        config["connectionStrings"] = [
            {"name": one["name"], "type": one["type"], "connectionString": one["value"]}
            for one in values["connection_string"]
        ]
        place(body, "properties.siteConfig", config)
        for identity in values["identity"]:
            ids = identity["identity_ids"] or []
            body["identity"] = {"type": identity["type"], "userAssignedIdentities": {one: {} for one in ids}}
        return {**body, "kind": "functionapp,linux"}

    def _settings(self, session: Session, values: Values) -> dict[str, str]:
        """The app's own, and those that the provider sets by itself."""
        site = values["site_config"][0]
        storage = _storage(values)
        own = {EXTENSION: values["functions_extension_version"], STORAGE: storage}
        if values["builtin_logging_enabled"]:
            own[DASHBOARD] = storage
        if runtime := runtime_of(site["application_stack"]):
            own[RUNTIME] = runtime
        if site.get("application_insights_connection_string"):
            own[INSIGHTS] = site["application_insights_connection_string"]
        if isinstance(minutes := site.get("health_check_eviction_time_in_min"), int | float) and minutes:
            own[HEALTH_CHECK] = f"{minutes:g}"
        if site.get("application_insights_key"):
            own[INSIGHTS_KEY] = site["application_insights_key"]
        if not values["content_share_force_disabled"] and self._scales_to_zero(session, values):
            own[SHARE_STORAGE] = storage
            own[SHARE] = re.sub(r"[^a-z0-9-]", "", values["name"].lower())[:50] + "-content"
        return {**own, **(values["app_settings"] or {})}

    def _scales_to_zero(self, session: Session, values: Values) -> bool:
        plan = session.client.get(str(self._plan(session, values))) or {"sku": {"name": ""}}
        return str(plan["sku"]["name"]).upper().startswith(("Y", "EP"))

    def _plan(self, session: Session, values: Values) -> Any:
        return values["service_plan_id"]

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        config = at(body, "properties.siteConfig") or {}
        site = read_table(SITE_CONFIG, config)
        site["application_stack"] = from_linux_fx(str(config.get("linuxFxVersion") or ""))
        site["always_on"] = bool(site["always_on"])
        site["default_documents"] = site["default_documents"] or []
        for one in ("app_scale_limit", "elastic_instance_minimum", "pre_warmed_instance_count"):
            site[one] = site[one] or 0
        site["worker_count"] = site["worker_count"] or 1
        site["detailed_error_logging_enabled"] = False
        identity = body.get("identity") or {"type": "None"}
        ids = list(identity.get("userAssignedIdentities") or {})
        shown = {
            "type": identity["type"],
            "identity_ids": ids or None,
            "principal_id": identity.get("principalId") or "",
            "tenant_id": identity.get("tenantId") or "",
        }
        return {
            **found,
            "site_config": [site],
            "identity": [] if identity["type"] == "None" else [shown],
            "hosting_environment_id": "",
            "outbound_ip_addresses": "127.0.0.1",
            "outbound_ip_address_list": ["127.0.0.1"],
            "possible_outbound_ip_addresses": "127.0.0.1",
            "possible_outbound_ip_address_list": ["127.0.0.1"],
        }

    def more(self, session: Session, id: str, body: Values) -> Values:
        credentials = session.client.call("POST", id + "/config/publishingcredentials/list")["properties"]
        connections = session.client.call("POST", id + "/config/connectionstrings/list")["properties"]
        policies = {here: session.client.call("GET", _policy(id, there)) for here, there in POLICIES.items()}
        return {
            **self._sticky(session, id),
            **{here: policy["properties"]["allow"] for here, policy in policies.items()},
            "site_credential": [
                {"name": credentials["publishingUserName"], "password": credentials["publishingPassword"]}
            ],
            "connection_string": [
                {"name": name, "type": one["type"], "value": one["connectionString"]}
                for name, one in connections.items()
            ],
        }

    def put(self, session: Session, id: str, planned: Values, prior: Values | None) -> None:
        """Which settings a swap leaves where they are, and who may publish, is said apart."""
        super().put(session, id, planned, prior)
        for here, there in POLICIES.items():
            if planned[here] != (prior[here] if prior else True):
                session.client.call("PUT", _policy(id, there), {"properties": {"allow": planned[here]}})
        sticky = planned.get("sticky_settings") or []
        if sticky or (prior and prior.get("sticky_settings")):
            given = sticky[0] if sticky else {}
            names = {there: given.get(here) or [] for here, there in STICKY.items()}
            session.client.call("PUT", f"{id}/config/slotConfigNames", {"properties": names})

    def _sticky(self, session: Session, id: str) -> Values:
        if "sticky_settings" not in self.schema.blocks:
            return {}
        names = session.client.call("GET", f"{id}/config/slotConfigNames")["properties"]
        found = {here: names[there] or None for here, there in STICKY.items()}
        return {"sticky_settings": [found] if any(found.values()) else []}

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        found = super().read(session, id, prior)
        if found is None:
            return None
        settings = session.client.call("POST", id + "/config/appsettings/list")["properties"]
        kept = prior.get("app_settings") or {}
        found["app_settings"] = {
            name: value for name, value in settings.items() if name not in OWN or name in kept
        } or None  # fmt: skip
        found["functions_extension_version"] = settings.get(EXTENSION, "~4")
        found["builtin_logging_enabled"] = DASHBOARD in settings
        site = found["site_config"][0]
        site["application_insights_connection_string"] = settings.get(INSIGHTS) if INSIGHTS not in kept else None
        minutes = "" if HEALTH_CHECK in kept else str(settings.get(HEALTH_CHECK) or "")
        site["health_check_eviction_time_in_min"] = int(minutes) if minutes.isdigit() else 0
        site["application_insights_key"] = settings.get(INSIGHTS_KEY) if INSIGHTS_KEY not in kept else None
        if STORAGE not in kept:
            found.update(_storage_of(settings.get(STORAGE, "")))
        return found


class Slot(FunctionApp):
    name = "azurerm_linux_function_app_slot"
    title = "Linux Function App Slot"
    rule = names.SLOT
    id = "{function_app_id}/slots/{name}"
    scopes = ("function_app_id",)
    schema = Block(
        {
            "name": new_name(),
            "function_app_id": text("required new", same=same_text),
            "service_plan_id": text("optional", same=same_text),
            **COMMON,
        },
        {name: one for name, one in BLOCKS.items() if name != "sticky_settings"},
        refused={name: one for name, one in REFUSED.items() if name != "zip_deploy_file"},
    )

    def to_body(self, session: Session, values: Values) -> Values:
        app = session.client.get(values["function_app_id"])
        if app is None:
            raise Failed(Problem(f"{values['function_app_id']} was not found", "", ("function_app_id",)))
        body = super().to_body(session, values)
        place(body, "properties.serverFarmId", values["service_plan_id"] or app["properties"]["serverFarmId"])
        return {**body, "location": app["location"]}

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        return {
            name: value for name, value in found.items() if name in self.schema.attributes or name in self.schema.blocks
        }

    def _plan(self, session: Session, values: Values) -> Any:
        app = session.client.get(values["function_app_id"]) or {}
        return values["service_plan_id"] or at(app, "properties.serverFarmId")


def _policy(id: str, name: str) -> str:
    return f"{id}/basicPublishingCredentialsPolicies/{name}"


def _storage(values: Values) -> str:
    """The setting AzureWebJobsStorage, by which storage argument is used."""
    if values["storage_key_vault_secret_id"]:
        return f"@Microsoft.KeyVault(SecretUri={values['storage_key_vault_secret_id']})"
    account, key = values["storage_account_name"], values["storage_account_access_key"]
    return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix=core.windows.net"


def _storage_of(setting: str) -> Values:
    """The storage arguments that a setting shows."""
    none = dict.fromkeys(("storage_account_name", "storage_account_access_key", "storage_key_vault_secret_id"))
    reference = re.fullmatch(r"@Microsoft\.KeyVault\(SecretUri=(.*)\)", setting)
    if reference:
        return {**none, "storage_key_vault_secret_id": reference[1]}
    parts = dict(part.split("=", 1) for part in setting.split(";") if "=" in part)
    return {
        **none,
        "storage_account_name": parts.get("AccountName"),
        "storage_account_access_key": parts.get("AccountKey"),
    }


TABLES = (FunctionApp(), Slot())
