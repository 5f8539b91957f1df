"""What a Cosmos DB binding says, by the names of extension v4 (`containerName`, ...) or v3 (`collectionName`, ...), and
where its connection leads. Pure."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from ..loading.settings import SettingsError, setting

DEFAULT_CONNECTION = "CosmosDB"

Binding = Mapping[str, Any]


@dataclass(frozen=True)
class CosmosTarget:
    """The container that a binding names, and the name of its connection."""

    connection: str
    database: str
    container: str

    @property
    def path(self) -> str:
        return f"{self.database}/{self.container}"


def given(binding: Binding, *names: str) -> Any:
    """The first of these properties that the binding sets; None when it sets none."""
    return next((binding[name] for name in names if binding.get(name) not in (None, "")), None)


def target_of(binding: Binding) -> CosmosTarget:
    """The container of a trigger, an input or an output; SettingsError when one of its names is missing."""
    return CosmosTarget(
        str(given(binding, "connection", "connectionStringSetting") or DEFAULT_CONNECTION),
        _needed(binding, "database_name", "databaseName"),
        _needed(binding, "container_name", "containerName", "collectionName"),
    )


def is_v3(binding: Binding) -> bool:
    """Whether the binding is written for extension v3."""
    return given(binding, "collectionName") is not None


def _needed(binding: Binding, option: str, *names: str) -> str:
    value = given(binding, *names)
    if value is None:
        raise SettingsError(
            "Cannot establish database and container values. "
            + _("Set {option} in the binding '{name}'.").format(option=option, name=binding.get("name"))
        )
    return str(value)


def connection_string(name: str, settings: Mapping[str, str]) -> str:
    """The connection string called `name`; SettingsError when there is none that can be used here.

    Looked up as the host does: ConnectionStrings, `AzureWebJobs<name>`, `<name>`; the identity form
    `<name>__accountEndpoint` needs a token of Microsoft Entra, which nobody here gives.
    """
    candidates = (f"ConnectionStrings:{name}", f"CUSTOMCONNSTR_{name}", f"DOCDBCONNSTR_{name}")
    for candidate in (*candidates, f"AzureWebJobs{name}", name):
        if found := setting(settings, candidate):
            return _checked(candidate, found)
    for base in (f"AzureWebJobs{name}", name):
        if setting(settings, f"{base}__accountEndpoint"):
            raise SettingsError(
                _(
                    "{setting} is an identity-based connection: it needs a Microsoft Entra token, which this computer "
                    "does not have. Use a connection string here: {example}."
                ).format(setting=f"{base}__accountEndpoint", example="AccountEndpoint=...;AccountKey=...;")
            )
    raise SettingsError(
        f"Cosmos DB connection configuration '{name}' does not exist. Make sure that it is a defined App Setting. "
        + _('Next: add "{name}" to Values in local.settings.json.').format(name=name)
    )


def _checked(name: str, text: str) -> str:
    parts = parts_of(text)
    if not {"accountendpoint", "accountkey"} <= parts.keys() or not is_key(parts["accountkey"]):
        raise SettingsError(
            _("{setting} is not a Cosmos DB connection string. Expected {example}.").format(
                setting=name, example="AccountEndpoint=...;AccountKey=(base64);"
            )
        )
    return text


def is_key(text: str) -> bool:
    """Whether an account's key may look so: base64."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


def parts_of(text: str) -> dict[str, str]:
    """The parts of a connection string that say something, by their names in lower case."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs if value.strip()}
