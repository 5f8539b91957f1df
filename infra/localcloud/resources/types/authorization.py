"""Role assignments and management locks: they lie on the resource (or group, or subscription) that they are about."""

from typing import TYPE_CHECKING

from .. import names, roles
from ..effects import Body
from ..errors import ResourceError, bad, conflict
from ..store import Resource
from .base import Put, ResourceType

if TYPE_CHECKING:
    from ..model import Model

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
LOCK = "Microsoft.Authorization/locks"
LEVELS = ("CanNotDelete", "ReadOnly")


class Assignment(ResourceType):
    name = ASSIGNMENT
    rule = names.GUID
    located = False
    extension = True

    def check(self, put: Put) -> None:
        put.need("properties.roleDefinitionId", "properties.principalId")
        if at_odds := sorted(set(put.properties) & {"condition", "delegatedManagedIdentityResourceId"}):
            raise bad("NotSupported", f"The local cloud does not support '{at_odds[0]}' of a role assignment.")
        role = roles.by_id(str(put.properties["roleDefinitionId"]))
        if role is None:
            asked = put.properties["roleDefinitionId"]
            text = f"The specified role definition with ID '{asked}' does not exist. The local cloud knows: "
            known = ", ".join(one.name for one in roles.ROLES)
            raise ResourceError(404, "RoleDefinitionDoesNotExist", f"{text}{known}.")
        put.properties["roleDefinitionId"] = roles.definition_id(put.model.subscription, role)
        self._check_principal(put)
        put.properties["scope"] = put.id.parent
        if put.before and put.before.properties != put.properties:
            text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise bad("RoleAssignmentUpdateNotPermitted", text)
        if not put.before and any(self._same(one, put) for one in put.model.store.of_type(ASSIGNMENT)):
            raise conflict("RoleAssignmentExists", "The role assignment already exists.")

    def _check_principal(self, put: Put) -> None:
        principal = str(put.properties["principalId"]).lower()
        kind = put.model.principals().get(principal)
        if kind is None:
            text = (
                f"Principal {principal} does not exist in the directory {put.model.tenant}. Check that you have the "
                "correct principal ID. If you are creating this principal and then immediately assigning a role, this "
                "error might be related to a replication delay."
            )
            raise bad("PrincipalNotFound", text)
        asked = put.properties.get("principalType")
        if asked and asked != kind:
            text = f"The principal {principal} is of type '{kind}', not '{asked}'."
            raise bad("UnmatchedPrincipalType", text)
        put.properties["principalId"] = principal
        put.properties["principalType"] = kind

    def _same(self, one: Resource, put: Put) -> bool:
        names = ("principalId", "roleDefinitionId")
        there = one.properties["scope"].lower() == put.id.parent.lower()
        return there and all(one.properties[name] == put.properties[name] for name in names)


class Lock(ResourceType):
    name = LOCK
    rule = names.LOCK
    located = False
    extension = True

    def check(self, put: Put) -> None:
        put.need("properties.level")
        put.choose("properties.level", LEVELS)


def allowed(model: "Model", principal: str, action: str, scopes: list[str]) -> bool:
    """Whether some role at one of these scopes (keys) allows the principal this action on data."""
    for one in model.store.of_type(ASSIGNMENT):
        role = roles.by_id(one.properties["roleDefinitionId"])
        mine = one.properties["principalId"] == principal and one.properties["scope"].lower() in scopes
        if mine and role and action in role.data:
            return True
    return False


def assignments(model: "Model", principal: str) -> list[Body]:
    """All that were given to a principal: their properties."""
    return [one.properties for one in model.store.of_type(ASSIGNMENT) if one.properties["principalId"] == principal]


TYPES = (Assignment(), Lock())
