"""Resource ids: what they name, what that lies in, and what is known of their form."""

import re
from dataclasses import dataclass
from functools import cached_property

from .errors import ResourceError, bad

SUBSCRIPTION = "Microsoft.Resources/subscriptions"
GROUP = "Microsoft.Resources/resourceGroups"
_GROUP = re.compile(r"/subscriptions/([^/]+)/resourceGroups/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True)
class ResourceId:
    """An id as it was written; two ids that differ in case alone name one resource."""

    text: str
    type: str  # such as Microsoft.Storage/storageAccounts/queueServices/queues
    names: tuple[str, ...]  # one for each segment of the type after its namespace
    parent: str  # the id of what it lies in, or lies on; "" for a subscription

    @property
    def key(self) -> str:
        return self.text.lower()

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def subscription(self) -> str:
        return self.text.split("/")[2]

    @property
    def group(self) -> str | None:
        """The name of its resource group."""
        found = _GROUP.match(self.text)
        return found[2] if found else None

    @property
    def group_id(self) -> str | None:
        found = _GROUP.match(self.text)
        return found[0] if found else None

    @cached_property
    def scopes(self) -> list[str]:
        """Its key and those of all that it lies in, the nearest first."""
        found, here = [self.key], self.parent
        while here:
            found.append(here.lower())
            here = parse(here).parent
        return found

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> ResourceId:
    """ResourceError 400 for a text that is no id."""
    segments = text.strip("/").split("/")
    if len(segments) < 2 or segments[0].lower() != "subscriptions" or not all(segments):
        raise invalid(text)
    clean = "/" + "/".join(segments)
    if len(segments) == 2:
        return ResourceId(clean, SUBSCRIPTION, (segments[1],), "")
    subscription = "/" + "/".join(segments[:2])
    if len(segments) == 4 and segments[2].lower() == "resourcegroups":
        return ResourceId(f"{subscription}/resourceGroups/{segments[3]}", GROUP, (segments[3],), subscription)
    at = max((place for place, one in enumerate(segments) if one.lower() == "providers"), default=0)
    namespace, rest = segments[at + 1 : at + 2], segments[at + 2 :]
    if not at or not namespace or len(rest) < 2 or len(rest) % 2:
        raise invalid(text)
    types, names = rest[0::2], tuple(rest[1::2])
    scope = "/" + "/".join(segments[:at])
    parent = scope if len(types) == 1 else "/" + "/".join(segments[:-2])
    return ResourceId(clean, "/".join([*namespace, *types]), names, parent)


def invalid(text: str) -> ResourceError:
    return bad("InvalidResourceId", f"The resource id '{text}' is not valid.")
