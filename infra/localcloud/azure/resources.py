"""The resources of the local Azure as Resource Manager shows them."""

from typing import Any

from .credentials import Credentials, publish_user
from .site import Site
from .slot import PRODUCTION, Slot

PLAN = "camp-plan"
# Premium, which has slots and takes zip deployments by every way in. Consumption has one slot besides production, but
# on Linux the real functions-action, without a publish profile, uploads to blob storage instead. Flex has no slots.
SKU = {"name": "EP1", "tier": "ElasticPremium", "size": "EP1", "family": "EP", "capacity": 1}
LOCATION = "West Europe"
KIND = "functionapp,linux"
SITES, SLOTS, PLANS = "Microsoft.Web/sites", "Microsoft.Web/sites/slots", "Microsoft.Web/serverfarms"
CONFIG = {
    "linuxFxVersion": "PYTHON|3.12", "scmType": "None", "use32BitWorkerProcess": False, "alwaysOn": False,
    "ftpsState": "Disabled", "minTlsVersion": "1.2", "http20Enabled": False,
}  # fmt: skip

STACK = {  # what az asks about before it deploys: which versions of Python there are
    "id": None, "name": "python", "type": "Microsoft.Web/functionAppStacks",
    "properties": {
        "displayText": "Python", "value": "python", "preferredOs": "linux",
        "majorVersions": [
            {
                "displayText": "Python 3", "value": "3",
                "minorVersions": [
                    {
                        "displayText": f"Python {version}", "value": version,
                        "stackSettings": {
                            "linuxRuntimeSettings": {
                                "runtimeVersion": f"Python|{version}", "isDefault": version == "3.12",
                                "isPreview": False, "isDeprecated": False, "isHidden": False,
                                "appInsightsSettings": {"isSupported": True},
                                "gitHubActionSettings": {"isSupported": True, "supportedVersion": version},
                                "appSettingsDictionary": {"FUNCTIONS_WORKER_RUNTIME": "python"},
                                "siteConfigPropertiesDictionary": {"linuxFxVersion": f"Python|{version}"},
                                "supportedFunctionsExtensionVersions": ["~4"],
                            }
                        },
                    }
                    for version in ("3.13", "3.12", "3.11", "3.10")
                ],
            }
        ],
    },
}  # fmt: skip


def subscription(known: Credentials) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{known.subscription_id}", "subscriptionId": known.subscription_id,
        "tenantId": known.tenant_id, "displayName": "Serverless Camp", "state": "Enabled",
        "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "FreeTrial_2014-09-01"},
    }  # fmt: skip


def group_id(site: Site, known: Credentials) -> str:
    return f"/subscriptions/{known.subscription_id}/resourceGroups/{site.resource_group}"


def group(site: Site, known: Credentials) -> dict[str, Any]:
    return {
        "id": group_id(site, known), "name": site.resource_group, "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope", "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip


def id_of(slot: Slot, known: Credentials) -> str:
    own = f"{group_id(slot.site, known)}/providers/{SITES}/{slot.site.name}"
    return own if slot.name == PRODUCTION else f"{own}/slots/{slot.name}"


def plan_id(site: Site, known: Credentials) -> str:
    return f"{group_id(site, known)}/providers/{PLANS}/{PLAN}"


def plan(site: Site, known: Credentials) -> dict[str, Any]:
    return {
        "id": plan_id(site, known), "name": PLAN, "type": PLANS, "kind": "functionapp", "location": LOCATION,
        "sku": SKU, "properties": {"reserved": True, "status": "Ready", "numberOfSites": 1, "name": PLAN},
    }  # fmt: skip


def listed(site: Site, known: Credentials) -> list[dict[str, Any]]:
    """All resources, in the short form of a listing."""
    found = [
        {"id": id_of(slot, known), "name": _name(slot), "type": _type(slot), "kind": KIND, "location": "westeurope"}
        for slot in site.slots.values()
    ]
    return [*found, {"id": plan_id(site, known), "name": PLAN, "type": PLANS, "location": "westeurope"}]


def site(slot: Slot, known: Credentials) -> dict[str, Any]:
    """An app, or one of its slots."""
    hosts = [slot.host_name, slot.scm_host_name]
    return {
        "id": id_of(slot, known), "name": _name(slot), "type": _type(slot), "kind": KIND, "location": LOCATION,
        "tags": None, "identity": None,
        "properties": {
            "name": slot.full_name, "state": "Running", "enabled": True, "adminEnabled": True,
            "availabilityState": "Normal", "usageState": "Normal", "resourceGroup": slot.site.resource_group,
            "hostNames": [slot.host_name], "defaultHostName": slot.host_name, "enabledHostNames": hosts,
            "hostNameSslStates": [
                {"name": slot.host_name, "sslState": "Disabled", "hostType": "Standard"},
                {"name": slot.scm_host_name, "sslState": "Disabled", "hostType": "Repository"},
            ],
            "repositorySiteName": slot.site.name, "serverFarmId": plan_id(slot.site, known), "reserved": True,
            "sku": SKU["tier"], "httpsOnly": True, "isXenon": False, "hyperV": False, "clientCertEnabled": False,
            "siteConfig": {"linuxFxVersion": CONFIG["linuxFxVersion"], "appSettings": None},
            "slotSwapStatus": _last_swap(slot), "targetSwapSlot": None, "functionAppConfig": None,
        },
    }  # fmt: skip


def child(slot: Slot, known: Credentials, path: str, properties: Any) -> dict[str, Any]:
    """Something that belongs to an app: its settings, a policy, a function."""
    kind, _slash, name = path.rpartition("/")
    return {
        "id": f"{id_of(slot, known)}/{path}", "name": name, "type": f"{_type(slot)}/{kind}", "location": LOCATION,
        "properties": properties,
    }  # fmt: skip


def publishing_credentials(slot: Slot, known: Credentials) -> dict[str, Any]:
    user, password = publish_user(slot), known.publish_passwords[slot.name]
    return {
        "name": user, "publishingUserName": user, "publishingPassword": password,
        "scmUri": f"https://{user}:{password}@{slot.scm_host_name}",
    }  # fmt: skip


def _last_swap(slot: Slot) -> dict[str, Any] | None:
    last = next((one for one in reversed(slot.site.swaps) if one.ok and slot.name in (one.source, one.target)), None)
    if last is None:
        return None
    return {"sourceSlotName": last.source, "destinationSlotName": last.target, "timestampUtc": None}


def _name(slot: Slot) -> str:
    return slot.site.name if slot.name == PRODUCTION else f"{slot.site.name}/{slot.name}"


def _type(slot: Slot) -> str:
    return SITES if slot.name == PRODUCTION else SLOTS
