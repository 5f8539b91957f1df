"""A model on paper (its effects are kept in memory alone), and one on the real parts."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.resources.effects import Keys
from localcloud.resources.errors import EffectFailed
from localcloud.resources.local import LocalEffects
from localcloud.resources.local.effects import KeptSites
from localcloud.resources.model import Model


class PaperStorage:
    """Queues, containers and tables that are only noted down."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        self.broken = False

    def _check(self) -> None:
        if self.broken:
            raise EffectFailed("no storage today")

    async def open(self, account: str, keys: Keys) -> None:
        self._check()
        self.accounts.setdefault(account, {})

    async def close(self, account: str) -> None:
        self._check()
        self.accounts.pop(account, None)

    def endpoint(self, account: str, service: str) -> str:
        return f"http://127.0.0.1:1000/{account}"

    async def names(self, account: str, kind: str) -> list[str]:
        return [name for of, name in self.accounts[account] if of == kind]

    async def read(self, account: str, kind: str, name: str) -> dict[str, Any] | None:
        self._check()
        return self.accounts[account].get((kind, name))

    async def make(self, account: str, kind: str, name: str, body: dict[str, Any]) -> None:
        self.accounts[account][kind, name] = body

    async def remove(self, account: str, kind: str, name: str) -> None:
        self.accounts[account].pop((kind, name), None)


class Paper(LocalEffects):
    """Cosmos DB is the real one: it needs no process of its own."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.storage = PaperStorage()  # type: ignore[assignment]
        self.sites: KeptSites = KeptSites()

    async def stop(self) -> None:
        await self.cosmos.stop()


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
async def model(paper: Paper) -> AsyncIterator[Model]:
    found = Model(None, paper, random.Random(1))
    await found.start()
    yield found
    await found.stop()


class Ids:
    """The ids of the camp's resources in one group, and the bodies that make them."""

    def __init__(self, model: Model, name: str = "rg-camp-dev", label: str = "campdev") -> None:
        self.model = model
        self.group = f"/subscriptions/{model.subscription}/resourceGroups/{name}"
        self.storage = self.of("Microsoft.Storage/storageAccounts", f"st{label}")
        self.queue = f"{self.storage}/queueServices/default/queues/reports"
        self.cosmos = self.of("Microsoft.DocumentDB/databaseAccounts", f"cosmos-{label}")
        self.database = f"{self.cosmos}/sqlDatabases/camp"
        self.container = f"{self.database}/containers/messages"
        self.vault = self.of("Microsoft.KeyVault/vaults", f"kv-{label}")
        self.secret = f"{self.vault}/secrets/token"
        self.identity = self.of("Microsoft.ManagedIdentity/userAssignedIdentities", f"id-{label}")
        self.plan = self.of("Microsoft.Web/serverfarms", f"asp-{label}")
        self.site = self.of("Microsoft.Web/sites", f"func-{label}")

    def of(self, type: str, name: str) -> str:
        return f"{self.group}/providers/{type}/{name}"

    def role(self, scope: str, number: int = 1) -> str:
        return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{number:08d}-0000-4000-8000-000000000000"

    def lock(self, scope: str) -> str:
        return f"{scope}/providers/Microsoft.Authorization/locks/keep"

    def bodies(self) -> dict[str, dict[str, Any]]:
        here = {"location": "japaneast"}
        return {
            self.group: here,
            self.storage: {**here, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"},
            self.queue: {},
            self.cosmos: {
                **here,
                "properties": {
                    "databaseAccountOfferType": "Standard",
                    "locations": [{"locationName": "japaneast", "failoverPriority": 0}],
                },
            },
            self.database: {"properties": {"resource": {"id": "camp"}}},
            self.container: {
                "properties": {
                    "resource": {"id": "messages", "partitionKey": {"paths": ["/channel"], "kind": "Hash"}},
                    "options": {"throughput": 400},
                }
            },
            self.vault: {
                **here,
                "properties": {
                    "tenantId": self.model.tenant,
                    "sku": {"family": "A", "name": "standard"},
                    "enableRbacAuthorization": True,
                },
            },
            self.secret: {"properties": {"value": "xoxb-1"}},
            self.identity: here,
            self.plan: {**here, "sku": {"name": "S1"}, "kind": "linux", "properties": {"reserved": True}},
            self.site: self.site_body(
                {"TOKEN": f"@Microsoft.KeyVault(VaultName={self.name(self.vault)};SecretName=token)"}
            ),
        }

    def site_body(self, settings: dict[str, str]) -> dict[str, Any]:
        return {
            "location": "japaneast",
            "kind": "functionapp,linux",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {self.identity: {}}},
            "properties": {
                "serverFarmId": self.plan,
                "keyVaultReferenceIdentity": self.identity,
                "siteConfig": {
                    "linuxFxVersion": "Python|3.11",
                    "appSettings": [{"name": name, "value": value} for name, value in settings.items()],
                },
            },
        }

    def name(self, id: str) -> str:
        return id.rpartition("/")[2]

    async def give(self, role: str, principal: str, scope: str, number: int = 1) -> None:
        definition = (
            f"/subscriptions/{self.model.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        )
        await self.model.put(
            self.role(scope, number), {"properties": {"roleDefinitionId": definition, "principalId": principal}}
        )


@pytest.fixture
def ids_of() -> type[Ids]:
    return Ids


@pytest.fixture
async def camp(model: Model) -> Ids:
    """With all of the camp's resources."""
    ids = Ids(model)
    for id, body in ids.bodies().items():
        await model.put(id, body)
    return ids
