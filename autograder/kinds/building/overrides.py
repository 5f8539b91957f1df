"""Override files of the checks' own: another partition key for the container `messages`, and protection that is lifted.

Terraform merges `*_override.tf` into the files beside it, argument by argument. So a check changes one argument of a
configuration that it has never read: where that stands, the plan's `configuration` and the state say.
"""

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

CONTAINER = "azurerm_cosmosdb_sql_container"
ELSEWHERE = "/elsewhere"  # the partition key that nobody has
KEY_FILE, LIFTED_FILE = "camp_key_override.tf", "camp_lifted_override.tf"


@dataclass(frozen=True)
class Block:
    """A resource block of the configuration."""

    path: tuple[str, ...]  # the names of the modules that it is in
    folder: str  # of the file, relative to the root module; "" for that
    type: str
    name: str


@dataclass(frozen=True)
class Override:
    """What is written into one file beside a module's own."""

    file: str  # relative to the root module
    text: str


def another_key(plan: Json, state: Json, container: str) -> Override | None:
    """Gives the container of this name another partition key, and leaves all others as they are. None when the state
    has no such container."""
    held = [(path, one) for path, one in _resources(_root(state)) if one["type"] == CONTAINER]
    found = next(((path, one) for path, one in held if one["values"].get("name") == container), None)
    if found is None:
        return None
    path, resource = found
    block = next(one for one in blocks(plan) if (one.path, one.type, one.name) == (path, CONTAINER, resource["name"]))
    keys = {
        one.get("index"): [ELSEWHERE] if one is resource else one["values"]["partition_key_paths"]
        for where, one in held
        if (where, one["name"]) == (path, resource["name"])
    }
    text = f"{_header(block)}  partition_key_paths = {_by_index(keys, resource.get('index'))}\n}}\n"
    return Override(posixpath.join(block.folder, KEY_FILE), text)


def without_protection(plan: Json) -> list[Override]:
    """Sets `prevent_destroy` to false for all resources in all modules."""
    texts: dict[str, dict[tuple[str, str], str]] = {}
    for block in blocks(plan):
        lifted = _header(block) + "  lifecycle {\n    prevent_destroy = false\n  }\n}\n"
        texts.setdefault(block.folder, {})[block.type, block.name] = lifted  # a module may be there many times
    return [Override(posixpath.join(folder, LIFTED_FILE), "\n".join(some.values())) for folder, some in texts.items()]


def blocks(plan: Json) -> list[Block]:
    """All blocks of resources in a plan's configuration."""
    return list(_blocks(plan.get("configuration", {}).get("root_module", {}), (), ""))


def addresses(state: Json) -> list[str]:
    """The addresses of all resources in a state."""
    return [str(one["address"]) for _path, one in _resources(_root(state))]


def _blocks(module: Json, path: tuple[str, ...], folder: str) -> Iterator[Block]:
    for one in module.get("resources", ()):
        if one["mode"] == "managed":
            yield Block(path, folder, one["type"], one["name"])
    for name, call in module.get("module_calls", {}).items():
        inside = posixpath.normpath(posixpath.join(folder, call["source"]))
        yield from _blocks(call.get("module", {}), (*path, name), inside)


def _root(state: Json) -> Json:
    return (state.get("values") or {}).get("root_module") or {}


def _resources(module: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """All managed resources of a state, each with the names of the modules that it is in."""
    yield from ((path, one) for one in module.get("resources", ()) if one["mode"] == "managed")
    for child in module.get("child_modules", ()):
        yield from _resources(child, _names(child["address"]))


def _names(address: str) -> tuple[str, ...]:
    """The names in `module.data["a.b"].module.keys`: what stands in brackets may be any text."""
    plain, text, depth = "", False, 0
    for before, char in zip(" " + address, address, strict=False):
        if char == '"' and before != "\\":
            text = not text
        depth += (char == "[") - (char == "]") if not text else 0
        plain += char if not depth and char != "]" else ""
    return tuple(plain.split(".")[1::2])


def _header(block: Block) -> str:
    return f"resource {_quoted(block.type)} {_quoted(block.name)} {{\n"


def _by_index(keys: Mapping[object, list[str]], index: object) -> str:
    """An expression for the instance's own partition key, whether the block has for_each, count or neither."""
    if isinstance(index, str):
        members = ", ".join(f"({_quoted(str(name))}) = {_listed(paths)}" for name, paths in keys.items())
        return f"{{ {members} }}[each.key]"
    if isinstance(index, int):
        return f"[{', '.join(_listed(keys.get(one, [ELSEWHERE])) for one in range(len(keys)))}][count.index]"
    return _listed([ELSEWHERE])


def _listed(paths: list[str]) -> str:
    return f"[{', '.join(map(_quoted, paths))}]"


def _quoted(text: str) -> str:
    """A text as HCL writes it, without templates."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
