"""Signing in as a service principal, and what of it stays in ~/.azure for the commands that follow."""

import json
import os
import time
from pathlib import Path
from typing import Any

from .. import web
from .output import CommandError

AUTHORITY = "https://login.microsoftonline.com"
MANAGEMENT = "https://management.azure.com"
DEFAULT_RESOURCE = "https://management.core.windows.net/"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOT_SIGNED_IN = "Please run 'az login' to setup account."
CLOUDS = ("AzureCloud", "AzureChinaCloud", "AzureUSGovernment")

CLOUD = {
    "endpoints": {
        "activeDirectory": AUTHORITY,
        "activeDirectoryGraphResourceId": "https://graph.windows.net/",
        "activeDirectoryResourceId": DEFAULT_RESOURCE,
        "management": DEFAULT_RESOURCE,
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "resourceManager": f"{MANAGEMENT}/",
    },
    "isActive": True,
    "name": "AzureCloud",
    "profile": "latest",
    "suffixes": {"keyvaultDns": ".vault.azure.net", "storageEndpoint": "core.windows.net"},
}


def login(
    *, client: str, tenant: str, secret: str | None, assertion: str | None, allow_none: bool
) -> list[dict[str, Any]]:
    """Signs in and stores the subscriptions and the principal; returns the subscriptions."""
    principal = {"client_id": client, "tenant": tenant}
    principal |= {"client_secret": secret} if secret else {"client_assertion": assertion or ""}
    token = _fetch_token(principal, DEFAULT_RESOURCE)
    url = f"{MANAGEMENT}/subscriptions?api-version=2022-12-01"
    answer = web.wanted(web.request("GET", url, headers={"Authorization": f"Bearer {token['accessToken']}"}))
    found = [_subscription(one, principal) for one in answer.json["value"]]
    if not found:
        if not allow_none:
            raise CommandError(f"No subscriptions found for {client}.")
        found = [_subscription({"subscriptionId": tenant, "displayName": "N/A(tenant level account)"}, principal)]
    kept = [one for one in _profile() if one["id"] not in {new["id"] for new in found}]
    for one in kept:
        one["isDefault"] = False
    found[0]["isDefault"] = True
    _write("azureProfile.json", {"subscriptions": [*kept, *found]})
    _write("service_principal_entries.json", [principal])
    _write("tokens.json", {DEFAULT_RESOURCE: token})
    return found


def logout() -> None:
    """Forgets everything; an error when nobody was signed in, as the real one says."""
    if not _profile():
        raise CommandError("There are no active accounts.")
    clear()


def clear() -> None:
    for name in ("azureProfile.json", "service_principal_entries.json", "tokens.json"):
        (_folder() / name).unlink(missing_ok=True)


def subscriptions() -> list[dict[str, Any]]:
    return _profile()


def current(wanted: str | None = None) -> dict[str, Any]:
    """The subscription of that id or name, else the one in use; CommandError when there is none."""
    known = _profile()
    if not known:
        raise CommandError(NOT_SIGNED_IN)
    if wanted:
        found = [one for one in known if wanted.lower() in (one["id"].lower(), one["name"].lower())]
        if not found:
            raise CommandError(f"The subscription of '{wanted}' doesn't exist in cloud 'AzureCloud'.")
        return found[0]
    return next((one for one in known if one["isDefault"]), known[0])


def use(wanted: str) -> None:
    """Makes this subscription the one in use."""
    chosen = current(wanted)["id"]
    known = _profile()
    for one in known:
        one["isDefault"] = one["id"] == chosen
    _write("azureProfile.json", {"subscriptions": known})


def token(resource: str = DEFAULT_RESOURCE) -> dict[str, Any]:
    """A token for this resource: the stored one while it is valid, else a new one."""
    current()
    stored = _read("tokens.json", {})
    found = stored.get(resource)
    if not found or found["expires_on"] < time.time() + 60:
        principals = _read("service_principal_entries.json", [])
        if not principals:
            raise CommandError(NOT_SIGNED_IN)
        found = _fetch_token(principals[0], resource)
        _write("tokens.json", {**stored, resource: found})
    return dict(found)


def _fetch_token(principal: dict[str, str], resource: str) -> dict[str, Any]:
    tenant = principal["tenant"]
    answer = web.request("GET", f"{AUTHORITY}/{tenant}/v2.0/.well-known/openid-configuration")
    if answer.status != 200:
        raise CommandError(_said(answer) or f"Unable to get authority configuration for {AUTHORITY}/{tenant}.")
    form = {"client_id": principal["client_id"], "grant_type": "client_credentials", "client_info": "1"}
    form["scope"] = f"{resource}/.default"  # two slashes for the default one, as azure-cli sends it
    if "client_secret" in principal:
        form["client_secret"] = principal["client_secret"]
    else:
        form |= {"client_assertion_type": ASSERTION, "client_assertion": principal["client_assertion"]}
    answer = web.request("POST", answer.json["token_endpoint"], form=form)
    if answer.status != 200:
        raise CommandError(_said(answer) or f"The token endpoint answered with status {answer.status}.")
    expires = int(time.time()) + int(answer.json["expires_in"])
    return {"accessToken": answer.json["access_token"], "expires_on": expires}


def _said(answer: web.ServiceAnswer) -> str:
    """The words of the token endpoint, such as AADSTS7000215: Invalid client secret provided."""
    return str(answer.json.get("error_description", "")) if isinstance(answer.json, dict) else ""


def _subscription(found: dict[str, Any], principal: dict[str, str]) -> dict[str, Any]:
    return {
        "cloudName": "AzureCloud",
        "homeTenantId": principal["tenant"],
        "id": found["subscriptionId"],
        "isDefault": False,
        "managedByTenants": [],
        "name": found.get("displayName", ""),
        "state": found.get("state", "Enabled"),
        "tenantId": found.get("tenantId", principal["tenant"]),
        "user": {"name": principal["client_id"], "type": "servicePrincipal"},
    }


def _profile() -> list[dict[str, Any]]:
    return list(_read("azureProfile.json", {"subscriptions": []})["subscriptions"])


def _folder() -> Path:
    return Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")


def _read(name: str, otherwise: Any) -> Any:
    try:
        return json.loads((_folder() / name).read_text("utf-8"))
    except FileNotFoundError:
        return otherwise
    except ValueError as error:
        raise CommandError(f"{_folder() / name} is damaged. Sign in again: az login") from error


def _write(name: str, value: Any) -> None:
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = _folder() / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
