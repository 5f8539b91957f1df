"""`AzureFunctionsJobHost__...`: app settings that stand over host.json. Pure functions."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SETTING = re.compile(r"azurefunctionsjobhost(?:__|:)(.+)", re.IGNORECASE)
Path = tuple[str, ...]


def overrides(settings: Mapping[str, str]) -> dict[Path, str]:
    """The setting that gives each member of host.json, by the member's path in small letters."""
    return {tuple(part.lower() for part in parts): name for name, parts in _written(settings)}


def overridden(data: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    """A parsed host.json with the settings over it. Members are found in any case; a number is a place in a list."""
    found: Any = dict(data)
    for name, parts in _written(settings):
        found = _put(found, parts, settings[name])
    return dict(found)


def _written(settings: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each such setting with the path that it names, places in lists in their order."""
    matches = [(name, match) for name in settings if (match := _SETTING.fullmatch(name))]
    found = [(name, re.split("__|:", match[1])) for name, match in matches]
    return sorted(found, key=lambda one: [(part.isdecimal(), part.zfill(9)) for part in one[1]])


def _put(node: Any, path: Sequence[str], value: str) -> Any:
    if not path:
        return value
    head, *rest = path
    if head.isdecimal() and (node is None or isinstance(node, list)):
        items = list(node or [])
        place = int(head)
        if place < len(items):
            items[place] = _put(items[place], rest, value)
        else:
            items.append(_put(None, rest, value))
        return items
    members = dict(node) if isinstance(node, dict) else {}
    name = next((one for one in members if one.lower() == head.lower()), head)
    members[name] = _put(members.get(name), rest, value)
    return members
