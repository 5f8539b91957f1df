"""What of an environment is open: protocols, public data, and the roles of the app's identity."""

from collections.abc import Iterator

from autograder.checks import fail
from autograder.kinds.building.standing import Standing
from localcloud.messages import _
from localcloud.resources import roles
from localcloud.resources.store import Resource
from localcloud.resources.types.vaults import VAULT

READER = "Key Vault Secrets User"
OLDEST_TLS = (1, 2)


def must_be_closed(standing: Standing) -> None:
    """HTTPS alone, with a TLS that is not old, and no public blobs."""
    if opened := [*_open_site(standing), *_open_storage(standing)]:
        fail(
            seen="\n".join(opened),
            expected=_("HTTPS alone, TLS 1.2 or newer, and no public blobs"),
            next=_(
                "Of the function app: https_only, minimum_tls_version. Of the storage account: "
                "https_traffic_only_enabled, min_tls_version, allow_nested_items_to_be_public."
            ),
        )


def must_have_little(standing: Standing) -> None:
    """The app has one identity, user-assigned, which may read this vault's secrets and nothing else."""
    identity = _identity(standing)
    given = standing.assignments(str(identity.hidden["principalId"]))
    vaults = tuple(one.key for one in standing.rows() if one.type == VAULT)
    much = [one for one in given if not _is_little(one, vaults)]
    if much or not given:
        fail(
            seen="\n".join(map(_in_words, much)) or _("The identity has no role at all."),
            expected=_("{role}, on the vault or on secrets in it, and no other role").format(role=READER),
            next=_("A role on a group or a subscription is good for all that will ever be in it."),
        )


def _open_site(standing: Standing) -> Iterator[str]:
    if standing.site is None:
        yield _("There is no function app.")
        return
    properties = standing.site.properties
    if not properties["httpsOnly"]:
        yield _("The function app also answers over HTTP.")
    if (version := str(properties["siteConfig"].get("minTlsVersion") or "1.2")) and _tls(version) < OLDEST_TLS:
        yield _("The function app takes TLS {version}.").format(version=version)


def _open_storage(standing: Standing) -> Iterator[str]:
    if standing.storage is None:
        yield _("There is no storage account.")
        return
    properties = standing.storage.properties
    if not properties.get("supportsHttpsTrafficOnly"):
        yield _("The storage account also answers over HTTP.")
    version = str(properties.get("minimumTlsVersion") or "TLS1_0").removeprefix("TLS").replace("_", ".")
    if _tls(version) < OLDEST_TLS:
        yield _("The storage account takes TLS {version}.").format(version=version)
    if properties.get("allowBlobPublicAccess"):
        yield _("Blobs of the storage account may be public.")


def _tls(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _identity(standing: Standing) -> Resource:
    identity = standing.site.body["identity"] if standing.site else {}
    attached = list(identity.get("userAssignedIdentities") or ())
    if identity.get("type") != "UserAssigned" or len(attached) != 1:
        fail(
            seen=_("identity: {type}, {count} of them user-assigned").format(
                type=identity.get("type"), count=len(attached)
            ),
            expected=_("one identity of the app, which is user-assigned"),
            next='identity { type = "UserAssigned" ... }',
        )
    found = standing.model.store.get(attached[0].lower())
    assert found
    return found


def _is_little(assignment: Resource, vaults: tuple[str, ...]) -> bool:
    role, scope = roles.by_id(assignment.properties["roleDefinitionId"]), assignment.properties["scope"].lower()
    return bool(role and role.name == READER) and any((scope + "/").startswith(vault + "/") for vault in vaults)


def _in_words(assignment: Resource) -> str:
    role = roles.by_id(assignment.properties["roleDefinitionId"])
    return _("{role} on {scope}").format(role=role.name if role else "?", scope=assignment.properties["scope"])
