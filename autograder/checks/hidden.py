"""Secrets of an environment: app settings refer to them, and nothing shows them."""

import json
from collections.abc import Iterator, Mapping

from autograder.checks import fail
from autograder.checks.exposed import exposed_in
from autograder.kinds.building.standing import Standing, keys_of
from localcloud.messages import _
from localcloud.resources import references, secrets
from localcloud.resources.references import Reference
from localcloud.resources.types.vaults import VAULT
from localcloud.resources.types.web import SLOT, settings

STORAGE, COSMOS = "AzureWebJobsStorage", "CosmosDbConnection"
INPUTS = {  # settings, and the variables that they come from
    "SLACK_BOT_TOKEN": "slack_bot_token",
    "SLACK_SIGNING_SECRET": "slack_signing_secret",
    "SLACK_OUTGOING_TOKEN": "slack_outgoing_token",
}
SECRET = (STORAGE, COSMOS, *INPUTS)
PLATFORM = ("AzureWebJobsDashboard", "WEBSITE_")  # how settings begin that the platform itself gives a key to


def must_refer(standing: Standing) -> None:
    """Each of the five settings is a key vault reference."""
    given = standing.settings()
    wrong = [name for name in SECRET if references.reference(given.get(name, "")) is None]
    if wrong:
        fail(
            seen="\n".join(_in_words(name, given.get(name)) for name in wrong),
            expected=_("key vault references: @Microsoft.KeyVault(SecretUri=...)"),
            next=_(
                "Write the value into a secret of the vault, and let the setting refer to it. AzureWebJobsStorage "
                "comes from storage_key_vault_secret_id."
            ),
        )


def must_be_sensitive(standing: Standing) -> None:
    """The three variables are marked, so that no plan shows them."""
    assert standing.planned and standing.planned.json
    declared = standing.planned.json["configuration"]["root_module"].get("variables", {})
    plain = [name for name in INPUTS.values() if not declared.get(name, {}).get("sensitive")]
    if plain:
        fail(
            seen=_("not sensitive: {names}").format(names=", ".join(plain)),
            expected=_("three variables that no plan shows"),
            next="sensitive = true",
        )


def must_hide(standing: Standing, given: Mapping[str, str]) -> None:
    """Neither what was handed in nor an account's key can be read where others read."""
    keys = standing.keys()
    shown = [
        *exposed_in(_settings(standing, PLATFORM), keys),
        *exposed_in(_settings(standing), given),
        *exposed_in(_places(standing), {**given, **keys}),
    ]
    if shown:
        fail(
            seen="\n".join(map(str, shown[:6])),
            expected=_("no secret where others can read it"),
            next=_("Keep a secret in the vault alone, and not in a name, a tag, an output or another setting."),
        )


def must_lead_right(standing: Standing, given: Mapping[str, str]) -> None:
    """Each reference leads to an enabled secret of this environment, with the right value."""
    for name in SECRET:
        reference = references.reference(standing.settings()[name])
        assert reference
        if problem := _problem(standing, name, reference, given):
            fail(
                seen=f"{name}: {problem}",
                expected=_("a reference to an enabled secret with the right value"),
                next=_("Which value does this secret get? And which secret does this setting refer to?"),
            )


def _problem(standing: Standing, name: str, reference: Reference, given: Mapping[str, str]) -> str | None:
    vault = standing.model.by_name(VAULT, reference.vault)
    if vault is None or vault.key not in standing.built.made:
        return _("There is no vault {name} in this environment.").format(name=reference.vault)
    found = secrets.version(vault, reference.secret, reference.version)
    if found is None:
        return _("There is no secret {name} in the vault.").format(name=reference.secret)
    if not found["enabled"]:
        return _("The secret {name} is disabled.").format(name=reference.secret)
    value = references.local(standing.model, str(found["value"]))
    if name in INPUTS:
        right = value == given[INPUTS[name]]
    else:
        right = _opens_storage(standing, value) if name == STORAGE else _opens_cosmos(standing, value)
    return None if right else _("The secret {name} has another value.").format(name=reference.secret)


def _opens_storage(standing: Standing, value: str) -> bool:
    parts, account = _parts(value), standing.storage
    if account is None or parts.get("AccountKey") not in keys_of(account):
        return False
    return parts.get("AccountName") == account.name and bool(parts.get("QueueEndpoint"))


def _opens_cosmos(standing: Standing, value: str) -> bool:
    parts, account = _parts(value), standing.cosmos
    if account is None or parts.get("AccountKey") not in keys_of(account):
        return False
    return parts.get("AccountEndpoint", "").rstrip("/") == standing.model.effects.cosmos.endpoint(account.name).rstrip(
        "/"
    )


def _parts(value: str) -> dict[str, str]:
    """Those of a connection string."""
    return dict(part.split("=", 1) for part in value.split(";") if "=" in part)


def _settings(standing: Standing, without: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Those of the function app and of its slots, which whoever may look at them sees as well."""
    for name, value in standing.settings().items():
        if not without or not name.startswith(without):
            yield _("app setting {name}").format(name=name), value.encode()
    if standing.site:
        yield _("the function app"), json.dumps([standing.site.body, standing.site.hidden["connections"]]).encode()
    for slot in (one for one in standing.rows() if one.type == SLOT):
        words = _("app setting {name} of the slot {slot}")
        for name, value in settings(slot).items():
            if not without or not name.startswith(without):
                yield words.format(name=name, slot=slot.name), value.encode()
        yield _("the slot {slot}").format(slot=slot.name), json.dumps([slot.body, slot.hidden["connections"]]).encode()


def _places(standing: Standing) -> Iterator[tuple[str, bytes]]:
    """Outputs that are shown, names and tags of all resources, and the text of the plan."""
    for name, output in standing.built.outputs.items():
        if not output.sensitive:
            yield _("output {name}").format(name=name), json.dumps(output.value).encode()
    for one in standing.rows():
        yield _("name and tags of {id}").format(id=one.id), json.dumps([one.id, one.body.get("tags")]).encode()
    if standing.planned:
        yield _("the text of the plan"), standing.planned.text.encode()


def _in_words(name: str, value: str | None) -> str:
    if value is None:
        return _("There is no app setting {name}.").format(name=name)
    return _("{name} is no reference that can be read: {value}").format(name=name, value=f"{value[:12]}...")
