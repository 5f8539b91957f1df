"""What an environment has in the local cloud: found by its outputs and, where one of them leads nowhere, among all that
the environment's first apply has made. So a wrong output costs the check about outputs alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localcloud.cosmos.view import Cosmos
from localcloud.messages import _
from localcloud.resources import ids, references
from localcloud.resources.errors import EffectFailed
from localcloud.resources.references import COSMOS_ACCOUNTS, STORAGE_ACCOUNTS
from localcloud.resources.types.authorization import ASSIGNMENT
from localcloud.resources.types.web import SITE, principal, settings

if TYPE_CHECKING:
    from autograder.kinds.building.workspace import Output, Planned, Workspace
    from localcloud.resources.model import Model
    from localcloud.resources.store import Resource

OUTPUTS: Mapping[str, str] = {  # the types of what they name
    "resource_group_name": ids.GROUP,
    "function_app_name": SITE,
    "cosmos_account_name": COSMOS_ACCOUNTS,
    "storage_account_name": STORAGE_ACCOUNTS,
}
DATABASE, MESSAGES, QUEUE = "camp", "messages", "reports"


@dataclass(frozen=True)
class Built:
    """What came of the first apply of an environment."""

    workspace: "Workspace"
    failed: str | None  # what the engine said when it did not succeed
    planned: "Planned | None" = None  # the plan before it
    outputs: "Mapping[str, Output]" = field(default_factory=dict)
    made: frozenset[str] = frozenset()  # the keys of all that is there since then


class Standing:
    """One environment, as it stands in the cloud."""

    def __init__(self, model: "Model", built: Built) -> None:
        self.model = model
        self.built = built
        self.workspace, self.planned, self.failed = built.workspace, built.planned, built.failed

    def problems(self) -> list[str]:
        """What is wrong with the outputs: none, no text, or not the name of such a resource."""
        found = []
        for output, type in OUTPUTS.items():
            value = self._output(output)
            if value is None:
                found.append(_("There is no output {name}.").format(name=output))
            elif not isinstance(value, str) or self._named(output, type) is None:
                words = _("The output {name} is {value}, and no {type} of this environment has that name.")
                found.append(words.format(name=output, value=repr(value)[:120], type=type))
        return found

    def named(self) -> dict[str, str]:
        """The outputs that name a resource that is there."""
        return {name: one.name for name, type in OUTPUTS.items() if (one := self._named(name, type))}

    @property
    def site(self) -> "Resource | None":
        return self._one("function_app_name")

    @property
    def storage(self) -> "Resource | None":
        return self._one("storage_account_name")

    @property
    def cosmos(self) -> "Resource | None":
        return self._one("cosmos_account_name")

    def settings(self) -> dict[str, str]:
        """The app settings as they were given."""
        return settings(self.site) if self.site else {}

    def unresolved(self) -> list[str]:
        """The settings of which the app sees the reference itself."""
        return references.unresolved(self.model, self.settings(), principal(self.model, self.site)) if self.site else []

    def keys(self) -> dict[str, str]:
        """The keys of its accounts, by what they are."""
        storage, cosmos = self.storage, self.cosmos
        found = {_("key {number} of the storage account"): storage, _("key {number} of the Cosmos DB account"): cosmos}
        return {
            what.format(number=number): key
            for what, account in found.items()
            for number, key in enumerate(keys_of(account), 1)
        }

    async def containers(self) -> dict[str, list[str]] | None:
        """The partition keys of each container of the database; None when there is no database."""
        if self.cosmos is None:
            return None
        account, effects = self.cosmos.name, self.model.effects.cosmos
        if DATABASE not in await effects.databases(account):
            return None
        found = {}
        for name in await effects.containers(account, DATABASE):
            body = await effects.read_container(account, DATABASE, name)
            found[name] = list(body["resource"]["partitionKey"]["paths"]) if body else []
        return found

    def documents(self) -> Cosmos | None:
        """The documents of the database; None when there is no account."""
        if self.cosmos is None:
            return None
        effects: Any = self.model.effects
        try:
            return Cosmos(effects.cosmos.emulator(self.cosmos.name), DATABASE)
        except EffectFailed:
            return None

    async def has_queue(self) -> bool:
        if self.storage is None:
            return False
        return QUEUE in await self.model.effects.storage.names(self.storage.name, "queues")

    async def remove_queue(self) -> None:
        """As somebody does in the portal, or with the account's key: a lock of Resource Manager says nothing to it."""
        assert self.storage
        await self.model.effects.storage.remove(self.storage.name, "queues", QUEUE)

    def rows(self) -> list["Resource"]:
        """All that it has in the model."""
        return [one for one in self.model.store.all() if one.key in self.built.made]

    def assignments(self, principal_id: str) -> list["Resource"]:
        """What was given to a principal, anywhere."""
        found = self.model.store.of_type(ASSIGNMENT)
        return [one for one in found if one.properties["principalId"] == principal_id.lower()]

    def _output(self, name: str) -> object:
        found = self.built.outputs.get(name)
        return found.value if found else None

    def _named(self, output: str, type: str) -> "Resource | None":
        value = self._output(output)
        found = self.model.by_name(type, value) if isinstance(value, str) else None
        return found if found and found.key in self.built.made else None

    def _one(self, output: str) -> "Resource | None":
        type = OUTPUTS[output]
        return self._named(output, type) or next((one for one in self.rows() if one.type == type), None)


def keys_of(account: "Resource | None") -> list[str]:
    """The keys of a storage or Cosmos DB account."""
    return [str(one) for one in account.hidden["keys"]] if account else []
