"""What a type of resource is: the rules of its names and bodies, what it shows, and what it makes."""

import base64
import random
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import names
from ..effects import Body
from ..errors import ResourceError, bad, conflict, missing_property
from ..ids import ResourceId
from ..store import Resource

if TYPE_CHECKING:
    from ..model import Model

Action = Callable[["Model", Resource, Body], Body]
DEFAULT = "default"  # the name of what there is one of
MOST_TAGS, LONGEST_TAG, LONGEST_TAG_VALUE = 50, 512, 256


# Azure's public regions.
_REGION_NAMES = """
asia asiapacific australia australiacentral australiacentral2 australiaeast australiasoutheast austriaeast
belgiumcentral brazil brazilsouth brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral
denmarkeast eastasia eastus eastus2 europe france francecentral francesouth germanynorth germanywestcentral global
india indonesiacentral israelcentral italynorth japan japaneast japanwest jioindiacentral jioindiawest koreacentral
koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast norwaywest polandcentral
qatarcentral southafricanorth southafricawest southcentralus southeastasia southindia spaincentral swedencentral
swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth uk uksouth ukwest unitedstates westcentralus
westeurope westindia westus westus2 westus3
"""
REGIONS = frozenset(_REGION_NAMES.split())


@dataclass
class Put:
    """A request to make or change a resource. `body` is a copy that a type may fill with defaults."""

    model: "Model"
    id: ResourceId
    body: Body
    before: Resource | None
    hidden: dict[str, Any] = field(default_factory=dict)  # what will be kept with it; begins as what is

    @property
    def properties(self) -> Body:
        found: Body = self.body.setdefault("properties", {})
        return found

    def need(self, *paths: str) -> None:
        """ResourceError 400 for a body without one of these, such as `properties.tenantId`."""
        for path in paths:
            if at(self.body, path) in (None, ""):
                raise missing_property(path)

    def keep(self, *paths: str) -> None:
        """ResourceError 400 when one of these would change after the resource was made."""
        for path in paths:
            before = at(self.before.body, path) if self.before else None
            now = at(self.body, path)
            if before is not None and now is not None and _plain(before) != _plain(now):
                raise bad("PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.")

    def choose(self, path: str, allowed: tuple[str, ...]) -> None:
        """ResourceError 400 for a value that is none of these; it is kept in the case given here."""
        value = at(self.body, path)
        if value is None:
            return
        for one in allowed:
            if str(value).lower() == one.lower():
                place(self.body, path, one)
                return
        raise bad("InvalidRequestContent", f"'{value}' is not a valid {path}. Allowed: {', '.join(allowed)}.")

    def default(self, path: str, value: Any) -> None:
        """Of a new resource. One that is changed keeps what it has."""
        if at(self.body, path) is None:
            before = at(self.before.body, path) if self.before else None
            place(self.body, path, value if before is None else before)


class ResourceType:
    """A type whose resources are kept in the store. What is not overridden is not needed."""

    name: str
    rule: names.Rule = names.ANY
    world = False  # whether its names are taken for everybody in the world
    located = True
    members: tuple[str, ...] = ()  # of the body, beside location, tags and properties
    extension = False  # whether it lies on any other resource
    reading: frozenset[str] = frozenset({"list"})  # actions that a ReadOnly lock lets through

    def actions(self) -> Mapping[str, Action]:
        """What may be POSTed to it, by name."""
        return {}

    def check(self, put: Put) -> None:
        """Validates the body and fills in defaults; ResourceError."""

    def taken(self, name: str) -> ResourceError:
        return conflict("NameNotAvailable", f"The name '{name}' is already taken.")

    def shown(self, model: "Model", resource: Resource) -> Body:
        """Properties that can only be read."""
        return {}

    def shaped(self, model: "Model", resource: Resource, body: Body) -> None:
        """Changes the whole body that a reader gets, where properties are not enough."""

    async def make(self, model: "Model", resource: Resource, before: Resource | None) -> None:
        """Makes or changes what it stands for; EffectFailed."""

    async def unmake(self, model: "Model", resource: Resource) -> None:
        """Takes away what it stands for, and all that lies in it; EffectFailed."""

    async def resume(self, model: "Model", resource: Resource) -> None:
        """Starts what must run for it, when the model starts."""

    def check_delete(self, model: "Model", resource: Resource, going: set[str]) -> None:
        """ResourceError when something else still needs it; `going` are the keys of all that is deleted with it."""

    def deleted(self, model: "Model", resource: Resource) -> None:
        """Is called once it is gone."""


class RealType(ResourceType, ABC):
    """A type whose resources are kept nowhere but in what they make: what is there now is the truth."""

    located = False

    @abstractmethod
    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        """The names of all in `parent`."""

    @abstractmethod
    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        """What it looks like now; None when it is not there."""

    @abstractmethod
    async def write(self, put: Put) -> None:
        """Makes it, or changes it."""

    @abstractmethod
    async def remove(self, model: "Model", id: ResourceId) -> None:
        """Takes it away."""


def check_common(type: ResourceType, put: Put) -> None:
    """What holds for every resource: members, location, tags."""
    known = {"location", "tags", "properties", *type.members} - (set() if type.located else {"location", "tags"})
    ignored = {"id", "name", "type", "apiVersion", "systemData", "etag", "scope", "dependsOn"}
    if unknown := sorted(set(put.body) - known - ignored):
        raise bad("InvalidRequestContent", f"Could not find member '{unknown[0]}' on object of type '{type.name}'.")
    for name in ignored:
        put.body.pop(name, None)
    if not isinstance(put.body.get("properties", {}), dict):
        raise bad("InvalidRequestContent", "The member 'properties' must be an object.")
    if type.located:
        _check_location(put)
        _check_tags(put)


def _check_location(put: Put) -> None:
    location = put.body.get("location")
    if not isinstance(location, str) or not location:
        raise bad("LocationRequired", "The location property is required for this definition.")
    region = _normal(location)
    if region not in REGIONS:
        text = f"The provided location '{location}' is not available for resource type '{put.id.type}'."
        raise bad("LocationNotAvailableForResourceType", text)
    if put.before and (old := put.before.body.get("location")) and old != region:
        text = (
            f"The resource '{put.id.name}' already exists in location '{old}' in resource group '{put.id.group}'. A "
            f"resource with the same name cannot be created in location '{region}'. Please select a new resource name."
        )
        raise conflict("InvalidResourceLocation", text)
    put.body["location"] = region


def _check_tags(put: Put) -> None:
    tags = put.body.get("tags") or {}
    fits = isinstance(tags, dict) and all(
        isinstance(value, str) and len(name) <= LONGEST_TAG and len(value) <= LONGEST_TAG_VALUE
        for name, value in tags.items()
    )
    if not fits or len(tags) > MOST_TAGS:
        text = "A resource has at most {most} tags, of at most {name} characters, with texts of at most {value}."
        raise bad("InvalidTag", text.format(most=MOST_TAGS, name=LONGEST_TAG, value=LONGEST_TAG_VALUE))
    put.body["tags"] = tags


def at(body: Any, path: str) -> Any:
    """What lies at a path such as `properties.sku.name`; None when it does not lead there."""
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body


def place(body: Body, path: str, value: Any) -> None:
    """Puts a value at a path; objects on the way are made."""
    *way, last = path.split(".")
    for step in way:
        if not isinstance(body.get(step), dict):
            body[step] = {}
        body = body[step]
    body[last] = value


def guid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def key(rng: random.Random) -> str:
    """A new key of an account."""
    return base64.b64encode(rng.randbytes(64)).decode()


def _plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _normal(location: str) -> str:
    """`Japan East` and `japaneast` are one region: the second."""
    return location.replace(" ", "").lower()
