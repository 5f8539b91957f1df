"""A resource of the provider: its table, and how it is made, looked at, changed and taken away through the model."""

import json
import pathlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from localcloud.resources.names import Rule

from .client import Client, Refused
from .planning import problems
from .problems import Failed, NoAnswer, Problem
from .schema import Attribute, Block, text
from .values import UNKNOWN, Path, Type, Values, at, place

TIMEOUTS = Block({one: text() for one in ("create", "read", "update", "delete")}, nesting="single")
DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
SEGMENT = re.compile(r"\{(\w+)\}")


@dataclass
class Session:
    """What a configured provider has: the way to the model, who one is, and the features of its block."""

    client: Client
    subscription: str
    me: Values
    features: Mapping[str, Values] = field(default_factory=dict)

    def feature(self, block: str, name: str, default: bool) -> bool:
        value = self.features.get(block, {}).get(name)
        return default if value is None else bool(value)

    def group(self, name: str) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{name}"


class Resource:
    """One type. `id` is the form of its ids, with attributes in braces (`group` is the id of the resource group that
    `resource_group_name` names). What is not overridden is done by the table."""

    name: str  # azurerm_...
    title: str  # what people call it
    id: str = "{group}"
    schema: Block
    rule: Rule | None = None  # of its attribute `name`: what breaks it is refused before anything is made
    version = 0
    closes: Mapping[str, bool] = {}  # values of arguments that block calls on Azure, which this cloud does not
    usual = {"create": 1800.0, "read": 300.0, "update": 1800.0, "delete": 1800.0}  # noqa: RUF012

    @property
    def block(self) -> Block:
        """The whole schema: with `id` and `timeouts`, which every resource has."""
        whole = with_rest(self.schema, rest().get(self.name, {}))
        attributes = {"id": text("computed"), **whole.attributes}
        return Block(attributes, {**whole.blocks, "timeouts": TIMEOUTS}, whole.refused)

    # --- Before anything happens -------------------------------------------------------------------------------------

    def problems(self, config: Values) -> list[Problem]:
        """What is wrong with a configuration."""
        found = problems(self.block, config)
        for argument, value in self.closes.items():
            if config[argument] is value:
                said = (
                    f"On Azure {argument} = {str(value).lower()} shuts out calls that get through here. Leave it out."
                )
                found.append(Problem(f"The local cloud does not support {argument}", said, (argument,)))
        name = config.get("name")
        if self.rule and isinstance(name, str) and not self.rule.fits(name):
            found.append(Problem(f'invalid value for name: "{name}"', self.rule.said.format(name=name), ("name",)))
        for name, value in (config.get("timeouts") or {}).items():
            if isinstance(value, str) and not _seconds(value):
                found.append(Problem(f'"{value}" is no duration', 'Write "30m" or "1h30m".', ("timeouts", name)))
        return found

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        """Changes `planned` where a table cannot say it; attributes whose change needs another resource."""
        return []

    def forgives(self, prior: Values, planned: Values) -> set[str]:
        """Attributes that would need another resource by the table, and this time do not."""
        return set()

    # --- What the table says -----------------------------------------------------------------------------------------

    def id_of(self, session: Session, values: Values) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] == "group":
                return session.group(str(values["resource_group_name"]))
            return str(values[found[1]])

        return SEGMENT.sub(value, self.id)

    def from_id(self, id: str) -> Values:
        """The attributes that an id tells; Failed for an id of another form."""
        wanted = self.id.replace("{group}", "/subscriptions/[^/]+/resourceGroups/{resource_group_name}")
        pattern = SEGMENT.sub(lambda found: f"(?P<{found[1]}>{'.+?' if found[1] in self.scopes else '[^/]+'})", wanted)
        found = re.fullmatch(pattern, id, re.IGNORECASE)
        if not found:
            form = SEGMENT.sub(r"{\1}", wanted).replace("[^/]+", "{subscription_id}")
            raise Failed(Problem(f"parsing {id!r}: it is not the id of a {self.title}", f"The id has the form {form}"))
        return dict(found.groupdict())

    scopes: tuple[str, ...] = ()  # attributes in `id` that are ids themselves

    def to_body(self, session: Session, values: Values) -> Values:
        body: Values = {}
        write(self.schema, values, body)
        return body

    def from_body(self, session: Session, body: Values) -> Values:
        """What the resource's body tells of its attributes."""
        return read(self.schema, body)

    def more(self, session: Session, id: str, body: Values) -> Values:
        """Attributes that further calls bring, such as keys."""
        return {}

    # --- What is done ----------------------------------------------------------------------------------------------

    def create(self, session: Session, planned: Values) -> Values:
        """What the resource is then; Failed."""
        id = self.id_of(session, planned)
        if self.found(session, id) is not None:
            raise Failed(
                Problem(
                    f'A resource with the ID "{id}" already exists - to be managed via Terraform this resource needs '
                    f'to be imported into the State. Please see the resource documentation for "{self.name}" for '
                    "more information."
                )
            )
        try:
            self.put(session, id, planned, None)
        except NoAnswer as error:  # the engine keeps it, and the next refresh tells whether it was made
            error.id = id
            raise
        return self.look(session, id)

    def update(self, session: Session, planned: Values, prior: Values) -> Values:
        self.put(session, prior["id"], planned, prior)
        return self.look(session, prior["id"])

    def put(self, session: Session, id: str, planned: Values, prior: Values | None) -> None:
        seconds = self.seconds(planned, "update" if prior else "create")
        session.client.call("PUT", id, self.to_body(session, planned), seconds)

    def found(self, session: Session, id: str) -> Values | None:
        """The resource's body; None when it is not there."""
        return session.client.get(id)

    def look(self, session: Session, id: str) -> Values:
        """All attributes as they are now; Failed when the resource has gone meanwhile."""
        actual = self.read(session, id, {})
        if actual is None:
            raise Failed(Problem(f"{self.title} {id!r} was there and is gone"))
        return actual

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        """All attributes that can be read; None when the resource is not there."""
        body = self.found(session, id)
        if body is None:
            return None
        own = {"id": id, **self.from_id(id), **self.from_body(session, body)}
        return {**own, **self.more(session, id, body)}

    def delete(self, session: Session, prior: Values) -> None:
        session.client.call("DELETE", prior["id"], seconds=self.seconds(prior, "delete"))

    def import_id(self, session: Session, id: str) -> str:
        """The id in the state of what is imported by an id; Failed when it is none."""
        self.from_id(id)
        return id

    def seconds(self, values: Values, doing: str) -> float:
        wanted = (values.get("timeouts") or {}).get(doing)
        return (_seconds(wanted) if isinstance(wanted, str) else 0) or self.usual[doing]

    def explain(self, doing: str, values: Values, error: Refused) -> Problem:
        """A refusal as the real provider tells it."""
        parts = {
            "Resource Group Name": values.get("resource_group_name"),
            "Name": values.get("name"),
        }
        named = " ".join(
            f"{name}: {value!r}".replace("'", '"') for name, value in parts.items() if isinstance(value, str)
        )
        return Problem(f"{doing} {self.title} ({named or values.get('id')}): {error.said}", "", ())


class DataSource(ABC):
    """Something to look up. `block` has the arguments as required attributes."""

    name: str
    title: str
    block: Block

    @abstractmethod
    def read(self, session: Session, config: Values) -> Values:
        """All attributes; Failed when it is not there."""


@cache
def rest() -> dict[str, Any]:
    """What the real schema has beyond the tables, by resource: `rest.json`, written by the tests that compare them."""
    found: dict[str, Any] = json.loads(pathlib.Path(__file__).with_name("rest.json").read_text("utf-8"))
    return found


def with_rest(block: Block, more: Values) -> Block:
    """A block with what is refused in it, and with computed attributes that are always null."""
    computed = {name: _null(name, type) for name, type in more.get("computed", {}).items()}
    refused = {**block.refused, **more.get("refused", {})}
    refused |= {name: _refused_block(one) for name, one in more.get("blocks", {}).items()}
    inside = more.get("inside", {})
    blocks = {name: with_rest(one, inside[name]) if name in inside else one for name, one in block.blocks.items()}
    refused |= {
        name: with_rest(one, inside[name]) for name, one in refused.items() if isinstance(one, Block) and name in inside
    }
    return replace(block, attributes={**computed, **block.attributes}, blocks=blocks, refused=refused)


def _null(name: str, type: Type) -> Attribute:
    secret = {"sensitive"} if name.endswith("connection_string") else set()
    return Attribute(type, frozenset({"computed", *secret}))


def _refused_block(one: Values) -> Block:
    required = set(one.get("required", ()))
    attributes = {
        name: Attribute(type, frozenset({"required" if name in required else "optional"}))
        for name, type in one.get("attributes", {}).items()
    }
    inner = {name: _refused_block(child) for name, child in one.get("blocks", {}).items()}
    return Block(attributes, inner, nesting=one["nesting"])


def write(block: Block, values: Values, body: Values) -> None:
    """Puts the values of a block where the table says they are in a body."""
    for name, attribute in block.attributes.items():
        value = values.get(name)
        if attribute.at and value is not None and value is not UNKNOWN:
            place(body, attribute.at, attribute.to_body(value))
    for name, inner in block.blocks.items():
        if inner.at and isinstance(values.get(name), list) and values[name]:
            made = [_written(inner, one) for one in values[name]]
            place(body, inner.at, made[0] if inner.most == 1 else made)


def _written(block: Block, values: Values) -> Values:
    body: Values = {}
    write(block, values, body)
    return body


def read(block: Block, body: Values) -> Values:
    """The values of a block that a body has."""
    found: Values = {}
    for name, attribute in block.attributes.items():
        if attribute.at:
            value = at(body, attribute.at)
            found[name] = None if value is None else attribute.from_body(value)
    for name, inner in block.blocks.items():
        if inner.at:
            there = at(body, inner.at)
            many = [there] if inner.most == 1 and there else there or []
            found[name] = [read(inner, one) for one in many]
    return found


def same_text(one: Any, other: Any) -> bool:
    """For values in which case does not matter."""
    return str(one).lower() == str(other).lower()


def same_region(one: Any, other: Any) -> bool:
    return str(one).replace(" ", "").lower() == str(other).replace(" ", "").lower()


def new_name(flags: str = "required new", **more: Any) -> Attribute:
    return text(flags, **more)


def group() -> Attribute:
    return text("required new", same=same_text)


def location() -> Attribute:
    return text("required new", at="location", same=same_region)


def _seconds(duration: str) -> float:
    """Of "1h30m"; 0 for what is no duration."""
    found = DURATION.fullmatch(duration)
    if not found:
        return 0.0
    return sum(float(value) * unit for value, unit in zip(found.groups(), (3600, 60, 1), strict=True) if value)
