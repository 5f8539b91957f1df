"""User-assigned identities, role assignments and management locks."""

import uuid

from localcloud.resources import names

from ..problems import Failed, Problem
from ..resource import Resource, Session, group, location, new_name, same_text
from ..schema import Block, text, text_map, truth
from ..values import STRING, Path, Values


class Identity(Resource):
    name = "azurerm_user_assigned_identity"
    title = "User Assigned Identity"
    rule = names.IDENTITY
    id = "{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "tags": text_map(at="tags"),
            "client_id": text("computed", at="properties.clientId"),
            "principal_id": text("computed", at="properties.principalId"),
            "tenant_id": text("computed", at="properties.tenantId"),
        },
        refused={"isolation_scope": STRING},
    )


class RoleAssignment(Resource):
    name = "azurerm_role_assignment"
    title = "Role Assignment"
    rule = names.GUID
    id = "{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
    scopes = ("scope",)
    schema = Block(
        {
            "scope": text("required new", same=same_text),
            "name": text("optional computed new"),
            "principal_id": text("required new", at="properties.principalId", same=same_text),
            "principal_type": text(
                "optional computed new",
                at="properties.principalType",
                choices=("User", "Group", "ServicePrincipal"),
            ),
            "role_definition_id": text(
                "optional computed new",
                at="properties.roleDefinitionId",
                same=lambda one, other: str(one).rpartition("/")[2].lower() == str(other).rpartition("/")[2].lower(),
            ),
            "role_definition_name": text("optional computed new"),
            "skip_service_principal_aad_check": truth("optional computed"),
            "description": text("optional new", at="properties.description"),
        },
        refused={"condition": STRING, "condition_version": STRING, "delegated_managed_identity_resource_id": STRING},
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        given = [one for one in ("role_definition_id", "role_definition_name") if config[one] is not None]
        if len(given) != 1:
            text = 'one of "role_definition_id" or "role_definition_name" must be specified, and only one'
            found.append(Problem("Invalid combination of arguments", text, (given[-1],) if given else ()))
        return found

    def plan(self, session: Session, config: Values, planned: Values, prior: Values | None) -> list[Path]:
        if config["skip_service_principal_aad_check"] is None:
            planned["skip_service_principal_aad_check"] = False
        if prior:
            for one, other in (
                ("role_definition_name", "role_definition_id"),
                ("role_definition_id", "role_definition_name"),
            ):
                if config[one] is not None and planned[one] != prior[one]:
                    planned[other] = prior[other]  # it is replaced anyway, and planned anew then
        return []

    def create(self, session: Session, planned: Values) -> Values:
        named = {**planned, "name": planned["name"] if isinstance(planned["name"], str) else str(uuid.uuid4())}
        return super().create(session, named)

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        if isinstance(values.get("role_definition_name"), str):
            body["properties"]["roleDefinitionId"] = self._by_name(session, values["role_definition_name"])["id"]
        return body

    def _by_name(self, session: Session, role: str) -> Values:
        for one in _roles(session):
            if one["properties"]["roleName"].lower() == role.lower():
                return one
        known = ", ".join(one["properties"]["roleName"] for one in _roles(session))
        raise Failed(
            Problem(
                f"loading Role Definition List: could not find role '{role}'",
                f"The local cloud knows: {known}.",
                ("role_definition_name",),
            )
        )

    def more(self, session: Session, id: str, body: Values) -> Values:
        role = body["properties"]["roleDefinitionId"].rpartition("/")[2]
        names = {one["name"]: one["properties"]["roleName"] for one in _roles(session)}
        return {"role_definition_name": names.get(role), "skip_service_principal_aad_check": False}

    def read(self, session: Session, id: str, prior: Values) -> Values | None:
        found = super().read(session, id, prior)
        if found and prior.get("skip_service_principal_aad_check") is not None:
            found.pop("skip_service_principal_aad_check")
        return found


def _roles(session: Session) -> list[Values]:
    path = f"/subscriptions/{session.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    found: list[Values] = session.client.call("GET", path)["value"]
    return found


class Lock(Resource):
    name = "azurerm_management_lock"
    title = "Management Lock"
    rule = names.LOCK
    id = "{scope}/providers/Microsoft.Authorization/locks/{name}"
    scopes = ("scope",)
    schema = Block(
        {
            "name": new_name(),
            "scope": text("required new", same=same_text),
            "lock_level": text("required new", at="properties.level", choices=("CanNotDelete", "ReadOnly")),
            "notes": text("optional new", at="properties.notes"),
        }
    )


TABLES = (Identity(), RoleAssignment(), Lock())
