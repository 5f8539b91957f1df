"""The account document, and requests on databases."""

from . import metadata, names
from .account import CONSISTENCY, Account
from .errors import precondition_failed
from .exchange import Request, Response


async def read_account(_account: Account, request: Request) -> Response:
    """The SDK takes the addresses in it for every later request, so they are the ones it came by."""
    place = [{"name": "Local", "databaseAccountEndpoint": f"{request.scheme}://{request.headers.get('host', '')}/"}]
    policy = {"asyncReplication": False, "minReplicaSetSize": 1, "maxReplicasetSize": 4}
    return Response.of(
        {
            "_self": "", "id": "localcloud", "_rid": "localcloud", "media": "//media/", "addresses": "//addresses/",
            "_dbs": "//dbs/", "writableLocations": place, "readableLocations": place,
            "enableMultipleWriteLocations": False, "userReplicationPolicy": policy,
            "systemReplicationPolicy": policy,
            "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
            "userConsistencyPolicy": {"defaultConsistencyLevel": CONSISTENCY},
            "queryEngineConfiguration": "{}",
        }
    )  # fmt: skip


async def create(account: Account, request: Request) -> Response:
    name = names.name(request.object().get("id"))
    database = await account.create_database(name, request.headers)
    return Response.of(database.body, 201, etag=database.body["_etag"])


async def read(account: Account, request: Request) -> Response:
    return Response.of(account.database(request.segments[1]).body)


async def listed(account: Account, request: Request) -> Response:
    """All databases, or those that a query selects."""
    bodies = [one.body for one in sorted(account.databases.values(), key=lambda one: one.number)]
    return metadata.answer(request, "Databases", "", bodies, account.clock())


async def delete(account: Account, request: Request) -> Response:
    database = account.database(request.segments[1])
    if_match(request, database.body["_etag"])
    await account.delete_database(database)
    return Response(204)


def if_match(request: Request, etag: str) -> None:
    """CosmosError 412 when the request wants another version than `etag`."""
    wanted = request.headers.get("if-match")
    if wanted and wanted not in ("*", etag):
        raise precondition_failed()
