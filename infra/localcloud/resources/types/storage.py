"""Storage accounts, and the queues, blob containers and tables in them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import names
from ..effects import Body, Keys
from ..errors import ResourceError, bad, conflict
from ..ids import ResourceId
from ..store import Resource
from .base import DEFAULT, Action, Put, RealType, ResourceType, key

if TYPE_CHECKING:
    from ..model import Model

_COPIES = {"Standard": ("LRS", "GRS", "RAGRS", "ZRS", "GZRS", "RAGZRS"), "Premium": ("LRS", "ZRS")}
SKUS = tuple(f"{tier}_{copies}" for tier, many in _COPIES.items() for copies in many)
SERVICES = ("blob", "queue", "table")
ACCOUNT = "Microsoft.Storage/storageAccounts"


class Account(ResourceType):
    name = ACCOUNT
    rule = names.STORAGE_ACCOUNT
    world = True
    members = ("sku", "kind", "identity")

    def check(self, put: Put) -> None:
        put.need("sku.name")
        put.choose("sku.name", SKUS)
        put.default("kind", "StorageV2")
        put.choose("kind", ("StorageV2", "Storage", "BlobStorage", "BlockBlobStorage", "FileStorage"))
        put.default("properties.supportsHttpsTrafficOnly", True)
        put.default("properties.minimumTlsVersion", "TLS1_0")
        put.choose("properties.minimumTlsVersion", ("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"))
        put.default("properties.allowBlobPublicAccess", False)
        put.default("properties.allowSharedKeyAccess", True)
        put.default("properties.publicNetworkAccess", "Enabled")
        put.default("properties.accessTier", "Hot")
        put.choose("properties.accessTier", ("Hot", "Cool", "Cold", "Premium"))
        put.body["sku"]["tier"] = str(put.body["sku"]["name"]).partition("_")[0]
        put.keep("kind", "sku.tier")
        put.hidden.setdefault("keys", [key(put.model.rng), key(put.model.rng)])

    def taken(self, name: str) -> ResourceError:
        return conflict("StorageAccountAlreadyTaken", f"The storage account named {name} is already taken.")

    def shown(self, model: "Model", resource: Resource) -> Body:
        endpoints = {
            service: model.effects.storage.endpoint(resource.name, service) + "/" for service in SERVICES
        }  # fmt: skip
        return {
            "primaryEndpoints": endpoints,
            "primaryLocation": resource.body["location"],
            "statusOfPrimary": "available",
        }

    def list_keys(self, model: "Model", resource: Resource, _body: Body) -> Body:
        return {
            "keys": [
                {"keyName": f"key{number}", "permissions": "FULL", "value": value}
                for number, value in enumerate(resource.hidden["keys"], 1)
            ]
        }

    def new_key(self, model: "Model", resource: Resource, body: Body) -> Body:
        raise bad("NotSupported", "The local cloud does not regenerate keys: replace the storage account.")

    async def make(self, model: "Model", resource: Resource, before: Resource | None) -> None:
        await self.resume(model, resource)

    async def resume(self, model: "Model", resource: Resource) -> None:
        await model.effects.storage.open(resource.name, Keys(*resource.hidden["keys"]))

    async def unmake(self, model: "Model", resource: Resource) -> None:
        await model.effects.storage.close(resource.name)

    def actions(self) -> Mapping[str, Action]:
        return {"listKeys": self.list_keys, "regenerateKey": self.new_key}


class DataService(RealType):
    """`queueServices/default` and the like: it is there with its account, and nothing of it can be set here."""

    def __init__(self, service: str) -> None:
        self.name = f"{ACCOUNT}/{service}"

    def check(self, put: Put) -> None:
        if put.id.name.lower() != DEFAULT:
            raise bad("InvalidResourceName", f"There is one '{self.name}' in an account: it is named '{DEFAULT}'.")
        if given := sorted(name for name, value in put.properties.items() if value not in (None, {}, [])):
            raise bad("NotSupported", f"The local cloud does not support '{given[0]}' of {self.name}.")

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return [DEFAULT]

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        return {} if id.name.lower() == DEFAULT else None

    async def write(self, put: Put) -> None:
        """It is there already."""

    async def remove(self, model: "Model", id: ResourceId) -> None:
        raise ResourceError(405, "MethodNotAllowed", "The services of an account are there as long as the account is.")


class Part(RealType):
    """Queues, blob containers or tables of an account."""

    def __init__(self, service: str, kind: str, rule: names.Rule, properties: tuple[str, ...]) -> None:
        self.name = f"{ACCOUNT}/{service}/{kind}"
        self.kind = kind
        self.rule = rule
        self.properties = properties

    def check(self, put: Put) -> None:
        if unknown := sorted(set(put.properties) - set(self.properties)):
            raise bad("InvalidRequestContent", f"'{unknown[0]}' is not a property of {self.name}.")

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return await model.effects.storage.names(parent.names[0], self.kind)

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        return await model.effects.storage.read(id.names[0], self.kind, id.name)

    async def write(self, put: Put) -> None:
        await put.model.effects.storage.make(put.id.names[0], self.kind, put.id.name, put.properties)

    async def remove(self, model: "Model", id: ResourceId) -> None:
        await model.effects.storage.remove(id.names[0], self.kind, id.name)


TYPES = (
    Account(),
    *(DataService(name) for name in ("queueServices", "blobServices", "tableServices")),
    Part("queueServices", "queues", names.QUEUE, ("metadata",)),
    Part("blobServices", "containers", names.BLOB_CONTAINER, ("metadata", "publicAccess")),
    Part("tableServices", "tables", names.TABLE, ("signedIdentifiers",)),
)
