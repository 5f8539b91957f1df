"""One resource as its page shows it: properties, settings, roles, locks, and what lies in it. No secret's value."""

from typing import TYPE_CHECKING, Any

from localcloud.functions.loading.masking import is_secret

from .. import ids, references, roles, secrets
from ..ids import parse
from ..store import Resource
from ..types import authorization, vaults, web
from ..types.identities import IDENTITY

if TYPE_CHECKING:
    from ..model import Model

SUBSCRIPTION = "subscription"
DEPLOYER = "deployer"


def settings(model: "Model", resource: Resource) -> list[dict[str, Any]]:
    """An app's settings: a reference as the text that it is, any other value only when it looks like no secret."""
    reader = web.principal(model, resource)
    return [_setting(model, reader, name, text) for name, text in sorted(web.settings(resource).items())]


def _setting(model: "Model", reader: str | None, name: str, text: str) -> dict[str, Any]:
    if references.is_reference(text):
        problem = unresolved(model, text, reader)
        return {"name": name, "kind": "reference", "text": text, "problem": problem}
    if is_secret(name, text):
        return {"name": name, "kind": "secret", "text": "", "problem": ""}
    return {"name": name, "kind": "plain", "text": text, "problem": ""}


def unresolved(model: "Model", text: str, reader: str | None) -> str:
    """Why the app does not get the secret: the name of a reason, or "" when it does."""
    wanted = references.reference(text)
    if wanted is None:
        return "form"
    if reader is None:
        return "identity"
    vault = model.by_name(vaults.VAULT, wanted.vault)
    if vault is None:
        return "vault"
    if not references.may_read(model, vault, wanted.secret, reader):
        return "role"
    version = secrets.version(vault, wanted.secret, wanted.version)
    if version is None:
        return "secret"
    return "" if version["enabled"] else "disabled"


def assignments(model: "Model", id: str) -> list[dict[str, Any]]:
    """Who has which role on a resource, here or on what it lies in."""
    scopes = parse(id).scopes
    found = [one for one in _kept(model, authorization.ASSIGNMENT) if parse(one.id).parent.lower() in scopes]
    return [_assignment(model, one) for one in found]


def given_to(model: "Model", resource: Resource) -> list[dict[str, Any]]:
    """The roles of an identity, wherever it has them."""
    principal = resource.hidden.get("principalId")
    found = [one for one in _kept(model, authorization.ASSIGNMENT) if one.properties["principalId"] == principal]
    return [_assignment(model, one) for one in found] if principal else []


def _assignment(model: "Model", one: Resource) -> dict[str, Any]:
    role = roles.by_id(str(one.properties["roleDefinitionId"]))
    return {
        "id": one.id, "role": role.name if role else "", "principal": _named(model, one.properties["principalId"]),
        "scope": parse(one.id).parent, "scope_name": _scope_name(parse(one.id).parent),
    }  # fmt: skip


def _named(model: "Model", principal: str) -> str:
    """Who a principal is: an identity or an app by its name, or DEPLOYER."""
    if principal == model.deployer:
        return DEPLOYER
    found = (one for one in model.store.all() if one.hidden.get("principalId") == principal)
    return next((one.name for one in found if one.type in (IDENTITY, web.SITE, web.SLOT)), principal)


def locks(model: "Model", id: str) -> list[dict[str, Any]]:
    """The locks that hold a resource: on it, or on what it lies in."""
    scopes = parse(id).scopes
    return [
        {"name": one.name, "level": one.properties["level"], "notes": one.properties.get("notes") or "",
         "scope": parse(one.id).parent, "scope_name": _scope_name(parse(one.id).parent)}
        for one in _kept(model, authorization.LOCK)
        if parse(one.id).parent.lower() in scopes
    ]  # fmt: skip


def _scope_name(scope: str) -> str:
    found = parse(scope)
    return SUBSCRIPTION if found.type == ids.SUBSCRIPTION else found.name


def _kept(model: "Model", type_name: str) -> list[Resource]:
    return [one for one in model.store.of_type(type_name) if one.state == "Succeeded"]
