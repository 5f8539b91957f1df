"""What an attribute, a block and a whole schema are, and short ways to write them in tables. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .values import BOOL, NUMBER, STRING, STRING_MAP, STRING_SET, STRINGS, Type

KNOWN_FLAGS = frozenset({"required", "optional", "computed", "new", "sensitive", "deprecated"})
Convert = Callable[[Any], Any]
Same = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Attribute:
    """An attribute of a resource or block."""

    type: Type
    flags: frozenset[str]
    default: Any = None
    at: str = ""  # where it is in the resource's body; "" when code brings it
    choices: tuple[str, ...] = ()  # the only values; case matters
    to_body: Convert = lambda value: value
    from_body: Convert = lambda value: value
    instead: str = ""  # of a deprecated one: what to write
    same: Same | None = None  # whether two values that differ mean the same

    @property
    def required(self) -> bool:
        return "required" in self.flags

    @property
    def optional(self) -> bool:
        return "optional" in self.flags

    @property
    def computed(self) -> bool:
        """A default is planned by the provider: for the engine the attribute is computed then."""
        return "computed" in self.flags or self.default is not None

    @property
    def new(self) -> bool:
        """Whether another value needs another resource."""
        return "new" in self.flags

    @property
    def sensitive(self) -> bool:
        return "sensitive" in self.flags


@dataclass(frozen=True)
class Block:
    """A nested block, or (as the outermost) a schema."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: Mapping[str, "Block"] = field(default_factory=dict)
    refused: Mapping[str, Any] = field(default_factory=dict)  # of the real schema, but not here: types, and Blocks
    # The default on Azure of each refused argument whose default is not false.
    usual: Mapping[str, Any] = field(default_factory=dict)
    nesting: str = "list"  # or set, or single
    least: int = 0
    most: int = 0  # 0 is any number
    at: str = ""

    def every(self) -> "list[tuple[str, Attribute]]":
        return list(self.attributes.items())


def attribute(type: Type, flags: str, **more: Any) -> Attribute:
    names = frozenset(flags.split())
    assert names <= KNOWN_FLAGS, f"unknown flags {names - KNOWN_FLAGS}"
    return Attribute(type, names, **more)


def text(flags: str = "optional", **more: Any) -> Attribute:
    return attribute(STRING, flags, **more)


def number(flags: str = "optional", **more: Any) -> Attribute:
    return attribute(NUMBER, flags, **more)


def truth(flags: str = "optional", **more: Any) -> Attribute:
    """Without a value it is false, as in the real provider."""
    if "optional" in flags and "computed" not in flags:
        more.setdefault("default", False)
    return attribute(BOOL, flags, **more)


def texts(flags: str = "optional", **more: Any) -> Attribute:
    return attribute(STRINGS, flags, **more)


def text_set(flags: str = "optional", **more: Any) -> Attribute:
    return attribute(STRING_SET, flags, **more)


def text_map(flags: str = "optional", **more: Any) -> Attribute:
    return attribute(STRING_MAP, flags, **more)
