"""The schema of the real provider as two packages publish it. They are read as text, never imported.

`cdktf-cdktf-provider-azurerm` 14.23.1 is azurerm 4.55.0: exact names, types and nesting, and what is required.
`pulumi-azure` 6.40.1 says in words what forces a new resource, what is sensitive and what the default is.
"""

import json
import re
import sys
import tarfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from localcloud.azurerm import resource
from localcloud.azurerm.schema import Block
from localcloud.azurerm.tables import RESOURCES

_ROW = r"^ {%d}(\w+): \{\n +value: (.*),\n +isBlock: (\w+),\n +type: \"(\w+)\",\n +storageClassType: \"(\w+)\""
BLOCK, INNER = re.compile(_ROW % 12, re.MULTILINE), re.compile(_ROW % 8, re.MULTILINE)
COMPUTED = re.compile(
    r"this\.get(String|Number|Boolean|List|NumberList)Attribute\(['\"](\w+)['\"]\)"
    r"|new cdktf\.(StringMap)\(this, ['\"](\w+)['\"]\)"
)
FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(\w+)ToHclTerraform")
PLAIN = {
    "string": "string", "number": "number", "boolean": "bool", "stringList": ["list", "string"],
    "numberList": ["list", "number"], "stringMap": ["map", "string"], "booleanMap": ["map", "bool"],
}  # fmt: skip
READ = {
    "String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"],
    "NumberList": ["list", "number"], "StringMap": ["map", "string"],
}  # fmt: skip


@dataclass
class Published:
    """A block: its attributes with their types, its blocks, and which of all are required."""

    attributes: dict[str, object] = field(default_factory=dict)
    blocks: "dict[str, Published]" = field(default_factory=dict)
    nesting: str = "list"
    required: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)  # attributes that are no arguments


@cache
def sources(package: Path) -> dict[str, str]:
    """The text of the package's files about our resources, by name. (An archive is read once: seeking takes ages.)"""
    (archive,) = package.glob("_jsii/*.tgz")
    wanted = {f"{_folder(name)}/index.{ending}" for name in RESOURCES for ending in ("js", "d.ts")}
    found = {}
    with tarfile.open(archive) as files:
        for member in files:
            if member.name in wanted and (file := files.extractfile(member)):
                found[member.name] = file.read().decode()
    return found


def _folder(resource: str) -> str:
    return f"package/lib/{resource.removeprefix('azurerm_').replace('_', '-')}"


def published(package: Path, name: str) -> Published:
    """The schema of `azurerm_...`, from the package's folder."""
    code, types = (sources(package)[f"{_folder(name)}/index.{one}"] for one in ("js", "d.ts"))
    functions = dict(FUNCTION.findall(code))
    start = code.index("synthesizeHclAttributes()")
    found = _block(BLOCK.findall(code[start:]), functions, types)
    config = re.search(
        r"export interface \w+Config extends cdktf.TerraformMetaArguments \{(.*?)^\}", types, re.MULTILINE | re.DOTALL
    )
    assert config
    found.required = _required(config[1])
    last = code[code.rindex("extends cdktf.TerraformResource") :]
    for match in COMPUTED.finditer(last):
        attribute, kind = match[2] or match[4], match[1] or match[3]
        if attribute not in found.attributes:
            found.attributes[attribute] = READ[kind]
            found.computed.add(attribute)
    found.blocks.pop("timeouts", None)
    return found


def _block(rows: list[tuple[str, ...]], functions: dict[str, str], types: str) -> Published:
    found = Published()
    for name, value, is_block, kind, storage in rows:
        if is_block == "true":
            inner = NAMED.findall(value)
            function = next((one for one in inner if one in functions), None)
            assert function, (name, value)
            child = _block(INNER.findall(functions[function]), functions, types)
            interface = function[0].upper() + function[1:]
            declared = re.search(rf"export interface {interface} \{{(.*?)^\}}", types, re.MULTILINE | re.DOTALL)
            child.required = _required(declared[1]) if declared else set()
            child.nesting = "set" if kind == "set" else "list"
            found.blocks[name] = child
        else:
            plain = PLAIN.get(storage, storage)
            found.attributes[name] = ["set", plain[1]] if kind == "set" and isinstance(plain, list) else plain
    return found


def _required(interface: str) -> set[str]:
    """The Terraform names of the members that have no question mark."""
    return {_snake(name) for name in re.findall(r"^    readonly (\w+): ", interface, re.MULTILINE)}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def described(one: Published) -> dict[str, object]:
    """A block of the real schema as `rest.json` has it."""
    return {
        "nesting": one.nesting,
        "attributes": dict(sorted(one.attributes.items())),
        "required": sorted(one.required & set(one.attributes)),
        "blocks": {name: described(inner) for name, inner in sorted(one.blocks.items())},
    }


def rest(ours: Block, real: Published) -> dict[str, Any]:
    """What a block of the real schema has and ours has not."""
    known = {*ours.attributes, *ours.blocks, *ours.refused}
    blocks = {**ours.blocks, **{name: one for name, one in ours.refused.items() if isinstance(one, Block)}}
    absent = {name: type for name, type in sorted(real.attributes.items()) if name not in {*known, "id"}}
    inside = {name: rest(blocks[name], inner) for name, inner in sorted(real.blocks.items()) if name in blocks}
    found = {
        "computed": {name: type for name, type in absent.items() if name in real.computed},
        "refused": {name: type for name, type in absent.items() if name not in real.computed},
        "blocks": {name: described(inner) for name, inner in sorted(real.blocks.items()) if name not in known},
        "inside": {name: one for name, one in inside.items() if one},
    }
    return {name: one for name, one in found.items() if one}


@dataclass(frozen=True)
class Said:
    """What Pulumi's words say of an argument."""

    new: bool
    default: str | None


def said(package: Path, module: str, name: str) -> dict[str, Said]:
    """Of each argument of a resource, from the package's folder."""
    code = (package / module).with_suffix(".py").read_text("utf-8")
    (words,) = re.findall(rf'The set of arguments for constructing a {name} resource\.(.*?)"""', code, re.DOTALL)
    return _said(words)


def outputs(package: Path, module: str, name: str) -> dict[str, str]:
    """The type of each attribute of a resource when it is there. `Optional` is one that may have no value: the provider
    computes none."""
    code = (package / module).with_suffix(".py").read_text("utf-8")
    resource = code[code.rindex(f"class {name}(pulumi.CustomResource)") :]
    return dict(re.findall(r"def (\w+)\(self\) -> pulumi\.Output\[(.*)\]:", resource))


def said_inside(package: Path, module: str, ours: Block, types: dict[str, str], where: str) -> dict[str, Said]:
    """Of each argument inside of our blocks, by its path such as `azurerm_....site_config.cors.name`; `types` are those
    of the attributes beside the blocks."""
    found = {}
    for name, block in ours.blocks.items():
        if named := re.search(r"'outputs\.(\w+)'", types.get(_theirs(name, types), "")):
            inner, words = _classes(package, module)[named[1]]
            said = _said(words)
            for one in block.attributes:
                if there := said.get(_theirs(one, inner)):
                    found[f"{where}.{name}.{one}"] = there
            found.update(said_inside(package, module, block, inner, f"{where}.{name}"))
    return found


@cache
def _classes(package: Path, module: str) -> dict[str, tuple[dict[str, str], str]]:
    """What blocks are made of, by the name of their class: the type of each argument, and the words."""
    code, found = (package / module).with_name("outputs.py").read_text("utf-8"), {}
    for name, body in re.findall(r"^class (\w+)\(dict\):(.*?)(?=^@pulumi|\Z)", code, re.DOTALL | re.MULTILINE):
        made = re.search(r"def __init__\(__self__, \*,(.*?)\):\n(?:\s+\"\"\"(.*?)\"\"\")?", body, re.DOTALL)
        assert made, name
        found[name] = (dict(re.findall(r"(\w+): (.*?)(?: = None)?(?:,\n|\Z)", made[1])), made[2] or "")
    return found


def _theirs(name: str, names: dict[str, str]) -> str:
    """What Pulumi calls an argument: in the plural where there may be several, and a number without its underscore."""
    plain = re.sub(r"_(?=\d)", "", name)
    plurals = (plain, f"{plain}s", re.sub("ex$", "ices", plain))
    return next((one for one in plurals if one in names), name)


def _said(words: str) -> dict[str, Said]:
    found = {}
    for match in re.finditer(r":param (?:[^:]|:(?! ))*?(\w+): (.*?)(?=\n\s+:param|\Z)", words, re.DOTALL):
        text = match[2]
        default = re.search(r"[Dd]efaults to `([^`]*)`|default value is `([^`]*)`", text)
        new = re.search(r"Changing (this|it)\b[^.]*\bforces? a new|forces a new .{0,40} to be created", text)
        found[match[1]] = Said(new is not None, (default[1] or default[2]) if default else None)
    return found


def secrets(package: Path, module: str) -> set[str]:
    """The attributes of a resource that are sensitive."""
    code = (package / module).with_suffix(".py").read_text("utf-8")
    listed = re.search(r"additional_secret_outputs=\[(.*?)\]", code)
    return {_snake(one) for one in re.findall(r'"(\w+)"', listed[1])} if listed else set()


def main(package: Path) -> None:
    """Writes `rest.json`: `python published.py FOLDER_OF_THE_PACKAGE`, with `infra` on the path."""
    found = {name: rest(one.schema, published(package, name)) for name, one in RESOURCES.items()}
    file = Path(resource.__file__).with_name("rest.json")
    file.write_text(json.dumps({name: one for name, one in found.items() if one}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
