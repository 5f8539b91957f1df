"""host.json: read with its comments, checked with file, line and mend; made when it is missing."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.messages import _

from ..bindings.cosmos_options import check_cosmos_options
from ..bindings.queue_options import HostConfigError, blob_options, queue_options
from ..retries import RetryOptionsError, RetryPolicy, policy_of
from .members import spelled, unread
from .overrides import overridden, overrides
from .plain_json import plain
from .timespan import seconds_of

__all__ = ["HostConfigError", "HostJson", "read_host_json", "write_default"]

VERSION = "2.0"
ROUTE_PREFIX = "api"
DEFAULT_TIMEOUT = 1_800.0
SHORTEST_TIMEOUT = 1.0
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LEVELS = ("trace", "debug", "information", "warning", "error", "critical", "none")
DEFAULT_TEXT = """{
  "version": "2.0",
  "extensionBundle": {
    "id": "Microsoft.Azure.Functions.ExtensionBundle",
    "version": "[4.*, 5.0.0)"
  }
}
"""


@dataclass(frozen=True)
class HostJson:
    """`function_timeout` in seconds, None for unlimited; `functions` the allow-list, None for all; `raw` all of it.
    `watch_files` (names), `watch_directories` (in the app's folder) and `file_watching` say what restarts the app;
    `retry` holds for functions that have no policy; `unread` are members and settings without an effect here."""

    route_prefix: str = ROUTE_PREFIX
    function_timeout: float | None = DEFAULT_TIMEOUT
    functions: frozenset[str] | None = None
    log_levels: Mapping[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=lambda: {"version": VERSION})
    watch_files: tuple[str, ...] = ()
    watch_directories: tuple[str, ...] = ()
    file_watching: bool = True
    retry: RetryPolicy | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def read_host_json(path: Path, settings: Mapping[str, str] | None = None) -> HostJson:
    """What the file says, the defaults when there is none, under the settings that stand over it; HostConfigError names
    file and line, or the setting, and the mend."""
    settings = settings or {}
    source = _Source(path.name, _text(path) if path.exists() else DEFAULT_TEXT, overrides(settings))
    data = source.parsed()
    source.check_version(data)
    data = spelled(overridden(data, settings))
    _check_extensions(source, data)
    return HostJson(
        _route_prefix(source, data),
        _function_timeout(source, data),
        _functions(source, data),
        _log_levels(source, data),
        data,
        _names(source, data, "watchFiles", _('a list of file names: ["words.txt"]')),
        _names(source, data, "watchDirectories", _('a list of folder names: ["shared"]')),
        _file_watching(source, data),
        _retry(source, data),
        _headers(source, data),
        unread(data, settings),
    )


def write_default(path: Path) -> bool:
    """Makes the host.json that the host makes when it finds none; whether it did."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(DEFAULT_TEXT)
    except FileExistsError:
        return False
    return True


class _Source:
    """The file's text, to find lines in; `overrides` are the settings that give members in its place."""

    def __init__(self, name: str, text: str, overrides: Mapping[tuple[str, ...], str]) -> None:
        self.name = name
        self.text = text
        self._overrides = overrides

    def parsed(self) -> dict[str, Any]:
        try:
            data = json.loads(plain(self.text))
        except RecursionError as error:
            raise self.error(1, _("it is nested too deep.")) from error
        except json.JSONDecodeError as error:
            raise self.error(
                error.lineno,
                _("not valid JSON ({reason}, column {column}).").format(reason=error.msg, column=error.colno),
            ) from error
        if not isinstance(data, dict):
            raise self.error(1, _("expected an object such as {example}.").format(example='{"version": "2.0"}'))
        return data

    def check_version(self, data: Mapping[str, Any]) -> None:
        if data.get("version") != VERSION:
            raise self.error(
                self.line_of("version"),
                "The host.json file is missing the required 'version' property or it is not 2.0. "
                + _('Write "version": "2.0" in it.'),
            )

    def section(self, data: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """A nested object, empty when absent."""
        found: Any = data
        for name in names:
            found = found.get(name)
            if found is None:
                return {}
            if not isinstance(found, dict):
                raise self.wrong(names, name, found, _("an object: {example}").format(example=f'"{name}": {{}}'))
        return dict(found)

    def wrong(self, names: tuple[str, ...], last: str, value: Any, expected: str) -> HostConfigError:
        path = names[: names.index(last) + 1]
        text = _("{path} is {value}; expected {expected}.")
        return self.error_at(path, text.format(path=".".join(path), value=json.dumps(value), expected=expected))

    def error_at(self, path: tuple[str, ...], reason: str) -> HostConfigError:
        """What is wrong with the member of this path: in its line, or in the setting that stands over it."""
        found = tuple(part.lower() for part in path)
        setting = next((name for one, name in self._overrides.items() if one[: len(found)] == found), None)
        return (
            HostConfigError(_("The setting {name}: {reason}").format(name=setting, reason=reason))
            if setting
            else self.error(self.line_of(path[-1]), reason)
        )

    def error(self, line: int, reason: str) -> HostConfigError:
        return HostConfigError(_("{file}, line {line}: {reason}").format(file=self.name, line=line, reason=reason))

    def line_of(self, name: str) -> int:
        """The line where a member of that name is written first; 1 when it is not."""
        found = re.search(rf"{re.escape(json.dumps(name))}\s*:", plain(self.text), re.IGNORECASE)
        return 1 + self.text[: found.start()].count("\n") if found else 1


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise HostConfigError(_("{file} is not UTF-8 text. Save it as UTF-8.").format(file=path.name)) from error


def _route_prefix(source: _Source, data: Mapping[str, Any]) -> str:
    names = ("extensions", "http", "routePrefix")
    prefix = source.section(data, *names[:2]).get("routePrefix", ROUTE_PREFIX)
    if not isinstance(prefix, str) or re.search(r"[{}?#%\s]", prefix):
        raise source.wrong(names, "routePrefix", prefix, _('text such as "api", or "" for none'))
    return prefix.strip("/")


def _function_timeout(source: _Source, data: Mapping[str, Any]) -> float | None:
    """A missing time-out is that of every plan but Consumption; "-1" is none at all."""
    given = data.get("functionTimeout")
    if given is None:
        return DEFAULT_TIMEOUT
    if str(given).strip() in ("-1", "-1.00:00:00"):
        return None
    try:
        seconds = seconds_of(given) if isinstance(given, str) else math.nan
    except ValueError:
        seconds = math.nan
    if not seconds >= SHORTEST_TIMEOUT:
        names = ("functionTimeout",)
        raise source.wrong(
            names, names[0], given, _('a time span of a second or more such as "00:05:00", or "-1" for no limit')
        )
    return seconds


def _functions(source: _Source, data: Mapping[str, Any]) -> frozenset[str] | None:
    if data.get("functions") is None:
        return None
    return frozenset(_names(source, data, "functions", _('a list of function names: ["hello"]')))


def _names(source: _Source, data: Mapping[str, Any], member: str, expected: str) -> tuple[str, ...]:
    given = data.get(member)
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise source.wrong((member,), member, given, expected)
    return tuple(given)


def _file_watching(source: _Source, data: Mapping[str, Any]) -> bool:
    given = data.get("fileWatchingEnabled", True)
    if str(given).lower() not in ("true", "false"):  # the host reads every value of host.json from text
        raise source.wrong(("fileWatchingEnabled",), "fileWatchingEnabled", given, _("true or false"))
    return str(given).lower() == "true"


def _log_levels(source: _Source, data: Mapping[str, Any]) -> dict[str, str]:
    levels = source.section(data, "logging", "logLevel")
    for category, level in levels.items():
        if not isinstance(level, str) or level.lower() not in LEVELS:
            names = ("logging", "logLevel", category)
            raise source.wrong(names, category, level, ", ".join(level.capitalize() for level in LEVELS))
    return levels


def _check_extensions(source: _Source, data: Mapping[str, Any]) -> None:
    sections = {name: source.section(data, "extensions", name) for name in ("queues", "blobs", "cosmosDB")}
    try:
        queue_options({"extensions": sections}, 1)
        blob_options({"extensions": sections}, 1)
        check_cosmos_options({"extensions": sections})
    except HostConfigError as error:
        found = re.search(r"extensions\.\w+\.\w+", str(error))
        path = tuple(found[0].split(".")) if found else ("extensions",)
        raise source.error_at(path, str(error).removeprefix("host.json: ")) from error


def _retry(source: _Source, data: Mapping[str, Any]) -> RetryPolicy | None:
    try:
        return policy_of(source.section(data, "retry"))
    except RetryOptionsError as error:
        raise source.error_at(("retry",), str(error)) from error


def _headers(source: _Source, data: Mapping[str, Any]) -> dict[str, str]:
    """The headers that every answer gets."""
    names = ("extensions", "http", "customHeaders")
    headers = source.section(data, *names)
    for name, value in headers.items():
        if not isinstance(value, str) or not _HEADER.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise source.wrong((*names, name), name, value, _("the text of a header"))
    return headers
