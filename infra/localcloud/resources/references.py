"""What an app sees of its settings: key vault references resolved, and public addresses led to the local accounts.

A reference that cannot be resolved stays the text that it is, as on Azure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import roles, secrets
from .store import Resource

if TYPE_CHECKING:
    from .model import Model

REFERENCE = re.compile(r"@Microsoft\.KeyVault\((.*)\)", re.IGNORECASE | re.DOTALL)
SECRET_URI = re.compile(r"https://([a-z0-9-]+)\.vault\.azure\.net(?::443)?/secrets/([^/]+)/?([^/]*)/?", re.IGNORECASE)
COSMOS_HOST = re.compile(r"https://([a-z0-9-]+)\.documents\.azure\.com(?::443)?/?", re.IGNORECASE)
STORAGE_HOST = re.compile(r"https?://([a-z0-9]+)\.(blob|queue|table)\.core\.windows\.net(?::443)?", re.IGNORECASE)
STORAGE_ACCOUNTS, COSMOS_ACCOUNTS = "Microsoft.Storage/storageAccounts", "Microsoft.DocumentDB/databaseAccounts"
PUBLIC_SUFFIX = "core.windows.net"


@dataclass(frozen=True)
class Reference:
    """A setting's value that names a secret."""

    vault: str
    secret: str
    version: str  # "" for the newest


def reference(value: str) -> Reference | None:
    """What a setting's value refers to; None when it is no reference, or not of a form that there is."""
    found = REFERENCE.fullmatch(value.strip())
    if not found:
        return None
    parts = dict(part.strip().split("=", 1) for part in found[1].split(";") if "=" in part)
    named = {name.strip().lower(): text.strip() for name, text in parts.items()}
    if uri := SECRET_URI.fullmatch(named.get("secreturi", "")):
        return Reference(uri[1], uri[2], uri[3])
    if named.get("vaultname") and named.get("secretname"):
        return Reference(named["vaultname"], named["secretname"], named.get("secretversion", ""))
    return None


def is_reference(value: str) -> bool:
    return REFERENCE.fullmatch(value.strip()) is not None


def resolved(model: "Model", settings: Mapping[str, str], principal: str | None) -> dict[str, str]:
    """Settings as an app gets them whose references are read as `principal`; None has no role."""
    return {name: local(model, _value(model, text, principal)) for name, text in settings.items()}


def unresolved(model: "Model", settings: Mapping[str, str], principal: str | None) -> list[str]:
    """The settings that the app sees as the text of their reference."""
    return [name for name, text in settings.items() if is_reference(text) and _value(model, text, principal) == text]


def _value(model: "Model", text: str, principal: str | None) -> str:
    wanted = reference(text)
    if wanted is None or principal is None:
        return text
    vault = model.by_name("Microsoft.KeyVault/vaults", wanted.vault)
    if vault is None or not may_read(model, vault, wanted.secret, principal):
        return text
    found = secrets.version(vault, wanted.secret, wanted.version)
    return str(found["value"]) if found and found["enabled"] else text


def may_read(model: "Model", vault: Resource, secret: str, principal: str) -> bool:
    """Whether some role lets the principal read this secret's value."""
    from .types.authorization import allowed

    rbac = bool(vault.properties.get("enableRbacAuthorization"))
    return rbac and allowed(model, principal, roles.READ_SECRET, secrets.scopes(vault, secret))


def local(model: "Model", text: str) -> str:
    """A setting's value with the public addresses of accounts that are here led to where they answer."""
    text = _storage_suffix(model, text)
    text = STORAGE_HOST.sub(lambda found: _storage(model, found[1], found[2].lower(), found[0]), text)
    return COSMOS_HOST.sub(lambda found: _cosmos(model, found[1], found[0]), text)


def _storage_suffix(model: "Model", text: str) -> str:
    """`AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net`, with or without the suffix."""
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    name = parts.get("AccountName")
    if not name or "AccountKey" not in parts or any(part.endswith("Endpoint") for part in parts):
        return text
    if parts.get("EndpointSuffix", PUBLIC_SUFFIX) != PUBLIC_SUFFIX or not model.by_name(STORAGE_ACCOUNTS, name):
        return text
    return connection_string(model, name, parts["AccountKey"])


def connection_string(model: "Model", account: str, key: str) -> str:
    """Of a local storage account."""
    endpoints = "".join(
        f"{service.title()}Endpoint={model.effects.storage.endpoint(account, service)};"
        for service in ("blob", "queue", "table")
    )
    return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};{endpoints}"


def _storage(model: "Model", account: str, service: str, otherwise: str) -> str:
    known = model.by_name(STORAGE_ACCOUNTS, account)
    return model.effects.storage.endpoint(known.name, service) if known else otherwise


def _cosmos(model: "Model", account: str, otherwise: str) -> str:
    known = model.by_name(COSMOS_ACCOUNTS, account)
    return model.effects.cosmos.endpoint(known.name) + "/" if known else otherwise
