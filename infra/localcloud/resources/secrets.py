"""The data of key vaults: secrets and their versions, open to whoever has a role that allows it."""

from typing import TYPE_CHECKING, Any

from . import names
from .errors import ResourceError, bad, conflict, forbidden
from .ids import parse
from .store import Resource

if TYPE_CHECKING:
    from .model import Model

SUFFIX = ".vault.azure.net"
LONGEST_VALUE = 25_600  # bytes, of the service
MEMBERS = ("contentType", "tags")

Version = dict[str, Any]


def vault_uri(vault: str) -> str:
    return f"https://{vault.lower()}{SUFFIX}/"


def secret_uri(vault: str, name: str) -> str:
    return f"{vault_uri(vault)}secrets/{name}"


def latest(vault: Resource, name: str) -> Version | None:
    """The newest version of a secret that is not deleted."""
    secret = _secret(vault, name)
    return secret["versions"][-1] if secret and not secret["deleted"] else None


def version(vault: Resource, name: str, wanted: str | None) -> Version | None:
    """One version, or the newest."""
    secret = _secret(vault, name)
    if secret is None or secret["deleted"]:
        return None
    if not wanted:
        return latest(vault, name)
    return next((one for one in secret["versions"] if one["version"] == wanted.lower()), None)


def write(model: "Model", vault: Resource, name: str, given: dict[str, Any]) -> Version:
    """A new version; ResourceError for what cannot be one."""
    names.SECRET.check(name)
    value = given.get("value")
    if not isinstance(value, str) or len(value.encode()) > LONGEST_VALUE:
        raise bad("BadParameter", f"The value of a secret is a text of at most {LONGEST_VALUE} bytes.")
    secret = _secret(vault, name)
    if secret and secret["deleted"]:
        text = (
            f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this "
            "state, the secret can only be recovered or purged."
        )
        raise conflict("ObjectIsDeletedButRecoverable", text)
    attributes = given.get("attributes") or {}
    made = {
        "version": f"{model.rng.getrandbits(128):032x}",
        "value": value,
        "enabled": attributes.get("enabled", True),
        "expires": attributes.get("exp"),
        "begins": attributes.get("nbf"),
        **{member: given.get(member) for member in MEMBERS},
    }
    versions = [*(secret["versions"] if secret else []), made]
    _keep(model, vault, name, {"name": name, "versions": versions, "deleted": False})
    return made


def change(model: "Model", vault: Resource, name: str, wanted: str, given: dict[str, Any]) -> Version:
    """Other attributes of a version; its value stays."""
    secret = _secret(vault, name)
    found = version(vault, name, wanted)
    if secret is None or found is None:
        raise secret_not_found(name)
    attributes = given.get("attributes") or {}
    changed = {
        **found,
        **{member: given[member] for member in MEMBERS if member in given},
        "enabled": attributes.get("enabled", found["enabled"]),
        "expires": attributes.get("exp", found["expires"]),
        "begins": attributes.get("nbf", found["begins"]),
    }
    versions = [changed if one["version"] == found["version"] else one for one in secret["versions"]]
    _keep(model, vault, name, {**secret, "versions": versions})
    return changed


def delete(model: "Model", vault: Resource, name: str) -> None:
    secret = _secret(vault, name)
    if secret is None or secret["deleted"]:
        raise secret_not_found(name)
    _keep(model, vault, name, {**secret, "deleted": True})


def recover(model: "Model", vault: Resource, name: str) -> None:
    _keep(model, vault, name, {**_deleted(vault, name), "deleted": False})


def purge(model: "Model", vault: Resource, name: str) -> None:
    _deleted(vault, name)
    if vault.properties.get("enablePurgeProtection"):
        raise bad("Forbidden", f"The vault '{vault.name}' has purge protection: a secret cannot be purged.")
    _keep(model, vault, name, None)


def check_access(model: "Model", vault: Resource, name: str | None, principal: str, action: str) -> None:
    """ResourceError 403 for a principal without a role that allows the action on this secret."""
    from .types.authorization import allowed

    if not vault.properties.get("enableRbacAuthorization"):
        text = f"The user, group or application 'oid={principal}' does not have secrets permissions on key vault "
        raise ResourceError(403, "ForbiddenByPolicy", f"{text}'{vault.name}': it uses access policies and has none.")
    if not allowed(model, principal, action, scopes(vault, name)):
        raise forbidden(principal, action, f"{vault.id}/secrets/{name}" if name else vault.id)


def scopes(vault: Resource, name: str | None) -> list[str]:
    """The keys of a secret and of all that it lies in: where a role may be given."""
    return [*([f"{vault.key}/secrets/{name.lower()}"] if name else []), *parse(vault.id).scopes]


def secret_not_found(name: str) -> ResourceError:
    text = f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you "
    return ResourceError(404, "SecretNotFound", text + "may be able to recover it using the correct recovery command.")


def bundle(vault: Resource, name: str, version: Version, *, value: bool = True) -> dict[str, Any]:
    """A version as the vault's own protocol shows it."""
    attributes = {"enabled": version["enabled"], "exp": version["expires"], "nbf": version["begins"]}
    found = {
        "id": f"{secret_uri(vault.name, name)}/{version['version']}",
        "attributes": {key: item for key, item in attributes.items() if item is not None},
        **{member: version[member] for member in MEMBERS if version.get(member)},
    }
    return {"value": version["value"], **found} if value else found


def _secret(vault: Resource, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = vault.hidden.get("secrets", {}).get(name.lower())
    return found


def _deleted(vault: Resource, name: str) -> dict[str, Any]:
    secret = _secret(vault, name)
    if secret is None or not secret["deleted"]:
        raise secret_not_found(name)
    return secret


def _keep(model: "Model", vault: Resource, name: str, secret: dict[str, Any] | None) -> None:
    """Writes the vault as it is now, which may be newer than `vault`."""
    now = model.store.get(vault.key)
    if now is None:
        raise secret_not_found(name)
    kept = {key: one for key, one in now.hidden["secrets"].items() if key != name.lower()}
    if secret is not None:
        kept[name.lower()] = secret
    model.store.put(Resource(now.id, now.type, now.body, {**now.hidden, "secrets": kept}, now.state))
