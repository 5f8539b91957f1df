"""Cosmos DB accounts, their databases and containers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import names
from ..effects import Body, Keys
from ..errors import EffectFailed, ResourceError, bad, conflict, not_found, parent_not_found
from ..ids import ResourceId, parse
from ..store import Resource
from .base import DEFAULT, Action, Put, RealType, ResourceType, at, key

if TYPE_CHECKING:
    from ..model import Model

ACCOUNT = "Microsoft.DocumentDB/databaseAccounts"
DATABASE = f"{ACCOUNT}/sqlDatabases"
CONTAINER = f"{DATABASE}/containers"
SERVERLESS = "EnableServerless"
LEVELS = ("Session", "Eventual", "ConsistentPrefix", "Strong", "BoundedStaleness")
CAPABILITIES = (SERVERLESS, "EnableNoSQLVectorSearch", "EnableNoSQLFullTextSearch", "DisableRateLimitingResponses")
KEYS = ("primaryMasterKey", "secondaryMasterKey", "primaryReadonlyMasterKey")


class Account(ResourceType):
    name = ACCOUNT
    rule = names.COSMOS_ACCOUNT
    world = True
    members = ("kind", "identity")
    reading = frozenset({"readonlykeys"})

    def check(self, put: Put) -> None:
        put.default("kind", "GlobalDocumentDB")
        if put.body["kind"] != "GlobalDocumentDB":
            raise bad("NotSupported", f"The local cloud has no Cosmos DB account of kind '{put.body['kind']}'.")
        put.need("properties.locations", "properties.databaseAccountOfferType")
        put.choose("properties.databaseAccountOfferType", ("Standard",))
        put.default("properties.consistencyPolicy", {"defaultConsistencyLevel": "Session"})
        put.choose("properties.consistencyPolicy.defaultConsistencyLevel", LEVELS)
        put.default("properties.minimalTlsVersion", "Tls12")
        put.choose("properties.minimalTlsVersion", ("Tls", "Tls11", "Tls12"))
        put.default("properties.publicNetworkAccess", "Enabled")
        put.default("properties.capabilities", [])
        if put.properties.get("disableLocalAuth"):
            raise bad("NotSupported", "The local cloud has no Cosmos DB account without keys (disableLocalAuth).")
        capabilities = {str(one.get("name")) for one in put.properties["capabilities"]}
        if unknown := sorted(capabilities - set(CAPABILITIES)):
            raise bad("NotSupported", f"The local cloud does not support the capability '{unknown[0]}'.")
        if put.before and (SERVERLESS in capabilities) != _serverless(put.before):
            raise bad("BadRequest", "Update of EnableServerless capability is not supported.")
        put.hidden.setdefault("keys", [key(put.model.rng) for _one in KEYS])

    def taken(self, name: str) -> ResourceError:
        text = f"The account name '{name}' is already in use. DatabaseAccount names are unique in the world."
        return conflict("Conflict", text)

    def shown(self, model: "Model", resource: Resource) -> Body:
        return {"documentEndpoint": model.effects.cosmos.endpoint(resource.name) + "/"}

    def list_keys(self, model: "Model", resource: Resource, _body: Body) -> Body:
        found = dict(zip(KEYS, resource.hidden["keys"], strict=True))
        return {**found, "secondaryReadonlyMasterKey": found["primaryReadonlyMasterKey"]}

    def connection_strings(self, model: "Model", resource: Resource, _body: Body) -> Body:
        endpoint = model.effects.cosmos.endpoint(resource.name)
        named = ("Primary SQL Connection String", "Secondary SQL Connection String")
        return {
            "connectionStrings": [
                {"connectionString": f"AccountEndpoint={endpoint}/;AccountKey={value};", "description": description}
                for description, value in zip(named, resource.hidden["keys"], strict=False)
            ]
        }

    def actions(self) -> Mapping[str, Action]:
        return {"listKeys": self.list_keys, "listConnectionStrings": self.connection_strings}

    async def make(self, model: "Model", resource: Resource, before: Resource | None) -> None:
        await self.resume(model, resource)

    async def resume(self, model: "Model", resource: Resource) -> None:
        await model.effects.cosmos.open(resource.name, Keys(*resource.hidden["keys"]))

    async def unmake(self, model: "Model", resource: Resource) -> None:
        await model.effects.cosmos.close(resource.name)


class Database(RealType):
    name = DATABASE
    rule = names.COSMOS_CHILD

    def check(self, put: Put) -> None:
        _check_child(put)
        _refuse_throughput(put)

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return await model.effects.cosmos.databases(parent.names[0])

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        return await model.effects.cosmos.read_database(*id.names)

    async def write(self, put: Put) -> None:
        account, database = put.id.names
        try:
            await put.model.effects.cosmos.make_database(account, database, put.properties.get("options") or {})
        except EffectFailed as error:
            raise bad("BadRequest", str(error)) from error

    async def remove(self, model: "Model", id: ResourceId) -> None:
        await model.effects.cosmos.remove_database(*id.names)


class Container(RealType):
    name = CONTAINER
    rule = names.COSMOS_CHILD

    def check(self, put: Put) -> None:
        _check_child(put)
        put.need("properties.resource.partitionKey.paths")
        _refuse_throughput(put)

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        return await model.effects.cosmos.containers(parent.names[0], parent.names[1])

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        return await model.effects.cosmos.read_container(*id.names)

    async def write(self, put: Put) -> None:
        account, database, _container = put.id.names
        if await put.model.effects.cosmos.read_database(account, database) is None:
            raise parent_not_found(f"{account}/{database}")
        try:
            await put.model.effects.cosmos.make_container(
                account, database, put.properties["resource"], put.properties.get("options") or {}
            )
        except EffectFailed as error:
            raise bad("BadRequest", str(error)) from error

    async def remove(self, model: "Model", id: ResourceId) -> None:
        await model.effects.cosmos.remove_container(*id.names)


class Throughput(RealType):
    """`throughputSettings/default` of a database or container: it is changed, never made."""

    def __init__(self, owner: str) -> None:
        self.name = f"{owner}/throughputSettings"

    def check(self, put: Put) -> None:
        put.need("properties.resource")
        _refuse_throughput(put)

    async def names(self, model: "Model", parent: ResourceId) -> list[str]:
        found = await self.read(model, parse(f"{parent}/throughputSettings/{DEFAULT}"))
        return [DEFAULT] if found else []

    async def read(self, model: "Model", id: ResourceId) -> Body | None:
        account, database, *container = id.names[:-1]
        found = await (
            model.effects.cosmos.read_container(account, database, container[0])
            if container
            else model.effects.cosmos.read_database(account, database)
        )
        options = (found or {}).get("options")
        return {"resource": options} if options else None

    async def write(self, put: Put) -> None:
        account, database, *container = put.id.names[:-1]
        if await self.read(put.model, put.id) is None:
            raise not_found(self.name, put.id.name, put.id.group)
        wanted = put.properties["resource"]
        settings = wanted.get("autoscaleSettings")
        options: Body = {"autoscaleSettings": settings} if settings else {"throughput": wanted.get("throughput")}
        try:
            await put.model.effects.cosmos.set_throughput(
                account, database, container[0] if container else None, options
            )
        except EffectFailed as error:
            raise bad("BadRequest", str(error)) from error

    async def remove(self, model: "Model", id: ResourceId) -> None:
        raise bad("BadRequest", "Throughput settings cannot be deleted.")


def _check_child(put: Put) -> None:
    put.need("properties.resource.id")
    if at(put.properties, "resource.id") != put.id.name:
        raise bad("BadRequest", "The id in the body is not the name of the resource.")


def _refuse_throughput(put: Put) -> None:
    """A serverless account has none."""
    asked: Any = put.properties.get("options") or at(put.properties, "resource.throughput")
    around = (put.model.store.get(scope) for scope in put.id.scopes)
    account = next((one for one in around if one and one.type == ACCOUNT), None)
    if asked and account and _serverless(account):
        text = "Setting offer throughput or autopilot on container is not supported for serverless accounts."
        raise bad("BadRequest", text)


def _serverless(account: Resource) -> bool:
    return any(one.get("name") == SERVERLESS for one in account.properties.get("capabilities", []))


TYPES = (Account(), Database(), Container(), Throughput(DATABASE), Throughput(CONTAINER))
