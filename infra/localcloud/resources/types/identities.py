"""User-assigned identities."""

from typing import TYPE_CHECKING

from .. import names
from ..effects import Body
from ..store import Resource
from .base import Put, ResourceType, guid

if TYPE_CHECKING:
    from ..model import Model

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


class Identity(ResourceType):
    name = IDENTITY
    rule = names.IDENTITY

    def check(self, put: Put) -> None:
        put.body["properties"] = {}
        for generated in ("principalId", "clientId"):
            put.hidden.setdefault(generated, guid(put.model.rng))

    def shown(self, model: "Model", resource: Resource) -> Body:
        return {
            "tenantId": model.tenant,
            "principalId": resource.hidden["principalId"],
            "clientId": resource.hidden["clientId"],
        }


TYPES = (Identity(),)
