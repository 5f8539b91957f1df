"""The account document, and requests on databases."""

from collections.abc import Sequence

import orjson

from . import names
from .account import CONSISTENCY, Account
from .errors import bad_request, precondition_failed
from .exchange import Answer, Request

LONGEST_FEED = 1000


async def read_account(_account: Account, request: Request) -> Answer:
    """The SDK takes the addresses in it for every later request, so they are the ones it came by."""
    scheme = request.headers.get("x-camp-scheme", "http")
    place = [{"name": "Local", "databaseAccountEndpoint": f"{scheme}://{request.headers.get('host', '')}/"}]
    policy = {"asyncReplication": False, "minReplicaSetSize": 1, "maxReplicasetSize": 4}
    return Answer.of(
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


async def create(account: Account, request: Request) -> Answer:
    name = names.name(request.object().get("id"))
    database = await account.create_database(name, request.headers)
    return Answer.of(database.body, 201, etag=database.body["_etag"])


async def read(account: Account, request: Request) -> Answer:
    return Answer.of(account.database(request.segments[1]).body)


async def listed(account: Account, request: Request) -> Answer:
    """All databases; a query is answered by those that it can be about: all, or one id."""
    bodies = [one.body for one in sorted(account.databases.values(), key=lambda one: one.number)]
    return feed("Databases", "", bodies)


async def delete(account: Account, request: Request) -> Answer:
    database = account.database(request.segments[1])
    if_match(request, database.body["_etag"])
    await account.delete_database(database)
    return Answer(204)


def feed(name: str, parent: str, bodies: Sequence[object]) -> Answer:
    """A feed of resources."""
    body = orjson.dumps({"_rid": parent, name: bodies, "_count": len(bodies)})
    return Answer(200, body, {"x-ms-item-count": str(len(bodies))})


def if_match(request: Request, etag: str) -> None:
    """CosmosError 412 when the request wants another version than `etag`."""
    wanted = request.headers.get("if-match")
    if wanted and wanted not in ("*", etag):
        raise precondition_failed()


def page_size(request: Request, most: int = LONGEST_FEED) -> int:
    """`x-ms-max-item-count`; -1 and nothing are the most."""
    text = request.headers.get("x-ms-max-item-count", "-1")
    try:
        wanted = int(text)
    except ValueError:
        raise bad_request(
            f"The value '{text[:40]}' specified for the header 'x-ms-max-item-count' is invalid."
        ) from None
    return min(wanted, most) if wanted > 0 else most
