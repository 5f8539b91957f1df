"""App settings: `local.settings.json`, `%NAME%` in binding values, and where a connection leads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.messages import _

from .plain_json import plain

DEFAULT_CONNECTION = "AzureWebJobsStorage"
DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)
IDENTITY_SUFFIXES = ("serviceUri", "accountName", "accountEndpoint")
SECTIONS = ("IsEncrypted", "Values", "Host", "ConnectionStrings")
HOST_MEMBERS = ("localhttpport", "cors", "corscredentials")
NOT_RESOLVED = frozenset({"name", "type", "direction", "route"})


class SettingsError(ValueError):
    """A setting is missing or malformed; the text says which, where and the mend."""


@dataclass(frozen=True)
class LocalSettings:
    """What `local.settings.json` says. `values` holds connection strings too, as `ConnectionStrings:NAME`. `warnings`
    are Core Tools' about values that it skips, and ours about members that are not read."""

    values: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    cors: list[str] = field(default_factory=list)
    cors_credentials: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Connection:
    """Where a connection name leads: a connection string, or the service address of an identity-based connection."""

    setting: str
    text: str
    identity: bool = False


def read_local_settings(path: Path) -> LocalSettings:
    """The settings in `path`, none when there is no such file; SettingsError (with the line) when it is malformed."""
    if not path.exists():
        return LocalSettings()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(_("{file} is not UTF-8 text. Save it as UTF-8.").format(file=path.name)) from error
    data = _parse(text, path)
    warnings: list[str] = []
    values = _values(data, text, path, warnings)
    if _is_true(data.get("IsEncrypted"), default=True) and values:
        raise SettingsError(
            "Failed to decrypt settings. Encrypted settings only be edited through 'func settings add'. "
            + _('{file}: write "IsEncrypted": false (without it, Values count as encrypted).').format(file=path.name)
        )
    for name, connection in _connection_strings(data, text, path).items():
        values[f"ConnectionStrings:{name}"] = connection
    host = _host_section(data, text, path)
    if unread := _unread(data):
        names = ", ".join(unread)
        warnings.append(_("Not read in {file}: {names}.").format(file=path.name, names=names))
    return LocalSettings(values, *host, tuple(warnings))


def with_environment(values: Mapping[str, str], environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """All settings: the environment, and `values` where it has none or an empty one; with the host's warnings."""
    warnings = [
        f"Skipping '{name}' from local settings as it's already defined in current environment variables."
        for name in values
        if environment.get(name) and environment[name] != values[name]
    ]
    return {**values, **{name: text for name, text in environment.items() if text or name not in values}}, warnings


def setting(settings: Mapping[str, str], name: str) -> str | None:
    """The setting called `name`, in any case, as the host's configuration has it; None when there is none."""
    if name in settings:
        return settings[name]
    wanted = name.lower().replace("__", ":")
    return next((value for key, value in settings.items() if key.lower().replace("__", ":") == wanted), None)


def resolve_names(text: str, settings: Mapping[str, str]) -> str:
    """`text` with every `%NAME%` replaced by its setting; SettingsError when there is none."""
    parts = text.split("%")
    if len(parts) % 2 == 0:
        position = len(text) - len(parts[-1]) - 1
        raise SettingsError(f"The '%' at position {position} does not have a closing '%'")
    for index in range(1, len(parts), 2):
        found = setting(settings, parts[index])
        if not found:
            raise SettingsError(
                f"'%{parts[index]}%' does not resolve to a value. "
                + _('Add "{name}" to Values in local.settings.json.').format(name=parts[index])
            )
        parts[index] = found
    return "".join(parts)


def resolve_binding(binding: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """The binding with `%NAME%` resolved in its text values; SettingsError when one does not resolve."""
    return {
        key: resolve_names(value, settings) if isinstance(value, str) and key not in NOT_RESOLVED else value
        for key, value in binding.items()
    }


def connection(name: str | None, settings: Mapping[str, str], service: str = "queue") -> Connection:
    """Where connection `name` leads for `service` (blob, queue, table); empty means AzureWebJobsStorage.

    Looked up as the host does: ConnectionStrings, `AzureWebJobs<name>`, `<name>`, then the identity forms.
    SettingsError when there is nothing.
    """
    name = str(name or DEFAULT_CONNECTION)
    for candidate in (f"ConnectionStrings:{name}", f"CUSTOMCONNSTR_{name}", f"AzureWebJobs{name}", name):
        if found := setting(settings, candidate):
            return Connection(candidate, expanded(found))
    for base in (f"AzureWebJobs{name}", name):
        suffixes = (f"{service}ServiceUri", *IDENTITY_SUFFIXES)
        for candidate in (f"{base}__{suffix}" for suffix in suffixes):
            if found := setting(settings, candidate):
                account = candidate.endswith("accountName")
                text = f"https://{found}.{service}.core.windows.net" if account else found
                return Connection(candidate, text, identity=True)
    raise SettingsError(
        f"Storage account connection string '{_full_name(name)}' does not exist. "
        "Make sure that it is a defined App Setting. "
        + _('Next: add "{name}" to Values in local.settings.json.').format(name=name)
    )


def expanded(text: str) -> str:
    """A connection string with `UseDevelopmentStorage=true` spelt out."""
    parts = {part.strip().lower() for part in text.split(";")}
    return DEVELOPMENT_STORAGE if "usedevelopmentstorage=true" in parts else text


def _full_name(name: str) -> str:
    return name if name.startswith("AzureWebJobs") else f"AzureWebJobs{name}"


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        data = json.loads(plain(text))
    except json.JSONDecodeError as error:
        raise SettingsError(
            _("{file}, line {line}, column {column}: not valid JSON: {reason}.").format(
                file=path.name, line=error.lineno, column=error.colno, reason=error.msg
            )
        ) from error
    if not isinstance(data, dict):
        raise SettingsError(_("{file}, line 1: expected an object with IsEncrypted and Values.").format(file=path.name))
    return data


def _values(data: Mapping[str, Any], text: str, path: Path, warnings: list[str]) -> dict[str, str]:
    """The settings in Values, as text: numbers and truth as .NET writes them, without null and without a name."""
    values = data.get("Values") or {}
    if not isinstance(values, dict):
        raise _wrong("Values", values, _("an object of strings"), text, path)
    found = {}
    for name, value in values.items():
        if not name:
            warnings.append("Skipping local setting with empty key.")
        elif value is None:
            warnings.append(f"Skipping '{name}' because value is null")
        elif isinstance(value, dict | list):
            raise _wrong(name, value, _("a string: write it in quotes"), text, path)
        else:
            found[name] = _as_text(value)
    return found


def _as_text(value: str | float | bool) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_true(value: object, *, default: bool) -> bool:
    return default if value is None else str(value).lower() == "true"


def _unread(data: Mapping[str, Any]) -> list[str]:
    """Members that nobody reads; one that differs from a known one in its case alone, with how to write it."""
    known = {name.lower(): name for name in SECTIONS}
    found = [
        _("{name} (write {known})").format(name=name, known=known[name.lower()]) if name.lower() in known else name
        for name in data
        if name not in SECTIONS
    ]
    host = data.get("Host")
    return found + [f"Host.{name}" for name in host or () if name.lower() not in HOST_MEMBERS]


def _strings(data: Mapping[str, Any], section: str, text: str, path: Path) -> dict[str, str]:
    values = data.get(section) or {}
    if not isinstance(values, dict):
        raise _wrong(section, values, _("an object of strings"), text, path)
    for name, value in values.items():
        if not isinstance(value, str):
            raise _wrong(name, value, _("a string: write it in quotes"), text, path)
    return dict(values)


def _connection_strings(data: Mapping[str, Any], text: str, path: Path) -> dict[str, str]:
    """Each connection string is text, or an object with ConnectionString and ProviderName."""
    section = data.get("ConnectionStrings") or {}
    if not isinstance(section, dict):
        raise _wrong("ConnectionStrings", section, _("an object"), text, path)
    flat = {
        name: value.get("ConnectionString") if isinstance(value, dict) else value for name, value in section.items()
    }
    return _strings({"ConnectionStrings": flat}, "ConnectionStrings", text, path)


def _host_section(data: Mapping[str, Any], text: str, path: Path) -> tuple[int | None, list[str], bool]:
    host = data.get("Host") or {}
    if not isinstance(host, dict):
        raise _wrong("Host", host, _("an object"), text, path)
    host = {name.lower(): value for name, value in host.items()}  # Core Tools reads them in any case
    port = host.get("localhttpport")
    if port is not None and not (isinstance(port, int | str) and str(port).isdigit() and 0 < int(port) < 65_536):
        raise _wrong("LocalHttpPort", port, _("a port number from 1 to 65535"), text, path)
    cors = host.get("cors") or ""
    if not isinstance(cors, str):
        raise _wrong("CORS", cors, _("origins separated by commas, or *"), text, path)
    credentials = _is_true(host.get("corscredentials"), default=False)
    check_origins(origins := split_origins(cors), credentials)
    return int(port) if port is not None else None, origins, credentials


def split_origins(text: str) -> list[str]:
    """The origins in a list such as `Host.CORS`."""
    return [origin.strip().lower() for origin in text.split(",") if origin.strip()]


def check_origins(origins: Sequence[str], credentials: bool) -> None:
    """SettingsError for what no browser would take: every origin, and credentials."""
    if credentials and "*" in origins:
        raise SettingsError(
            "The CORS protocol does not allow specifying a wildcard (any) origin and credentials at the same time. "
            + _("Name the origins, or take CORSCredentials out.")
        )


def _wrong(name: str, value: object, expected: str, text: str, path: Path) -> SettingsError:
    line = 1 + text[: max(text.find(json.dumps(name)), 0)].count("\n")
    return SettingsError(
        _("{file}, line {line}: {name} is {value}; expected {expected}.").format(
            file=path.name, line=line, name=name, value=json.dumps(value), expected=expected
        )
    )
