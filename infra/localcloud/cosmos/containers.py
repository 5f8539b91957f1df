"""Requests on containers and their physical partitions."""

import hashlib
from typing import Any

import orjson

from . import indexing, metadata, names, rid, ttl
from .account import Account
from .container import Container
from .databases import if_match
from .errors import bad_request
from .exchange import Request, Response
from .partition_key import definition
from .query.computed import checked
from .sweeping import reach_items
from .unique_keys import constraints

PARTITION_KILOBYTES = 50 * 1024 * 1024
CONFLICTS = {"mode": "LastWriterWins", "conflictResolutionPath": "/_ts", "conflictResolutionProcedure": ""}


def normalised(given: dict[str, Any]) -> dict[str, Any]:
    """A container's body as the service keeps it, without system properties; CosmosError 400 for a wrong one."""
    kept = {name: value for name, value in given.items() if not name.startswith("_") and value is not None}
    kept["id"] = names.name(given.get("id"))
    definition(given.get("partitionKey"))
    kept["partitionKey"] = {"kind": "Hash", "version": 1, **given["partitionKey"]}
    kept["indexingPolicy"] = indexing.normalised(given.get("indexingPolicy"))
    kept.setdefault("uniqueKeyPolicy", {"uniqueKeys": []})
    kept.setdefault("conflictResolutionPolicy", CONFLICTS)
    kept.setdefault("geospatialConfig", {"type": "Geography"})
    constraints(kept["uniqueKeyPolicy"])
    checked(kept.get("computedProperties"))
    if "defaultTtl" in kept:  # a null is none, as of any other property
        ttl.check(kept["defaultTtl"], "defaultTtl")
    return kept


async def create(account: Account, request: Request) -> Response:
    database = account.database(request.segments[1])
    container = await account.create_container(database, normalised(request.object()), request.headers)
    return Response.of(container.body, 201, etag=container.body["_etag"])


async def listed(account: Account, request: Request) -> Response:
    database = account.database(request.segments[1])
    bodies = [one.body for one in account.containers_of(database)]
    return metadata.answer(request, "DocumentCollections", rid.encode(database.rid), bodies, account.clock())


async def read(account: Account, request: Request) -> Response:
    container = account.container(request.segments)
    answer = Response.of(container.body, etag=container.body["_etag"], x_ms_alt_content_path=container.link)
    if request.flag("x-ms-documentdb-populatequotainfo"):
        answer.headers |= quota(await account.physics.census(container))
    if request.flag("x-ms-documentdb-populatepartitionstatistics"):
        answer.body = orjson.dumps(
            {**container.body, "statistics": statistics(await account.physics.census(container))}
        )
    return answer


def quota(census: dict[str, tuple[int, int]]) -> dict[str, str]:
    """What a container may hold and what it holds, sizes in KB."""
    documents = sum(count for count, _size in census.values())
    used = sum(size for _count, size in census.values()) // 1024
    most = PARTITION_KILOBYTES * len(census)
    return {
        "x-ms-resource-quota": f"documentSize={most};documentsSize={most};documentsCount=-1;collectionSize={most};",
        "x-ms-resource-usage": (
            f"documentSize={used // 1024};documentsSize={used};documentsCount={documents};collectionSize={used};"
        ),
    }


def statistics(census: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """A line for each physical partition."""
    return [
        {"id": name, "sizeInKB": size // 1024, "documentCount": count, "partitionKeys": []}
        for name, (count, size) in census.items()
    ]


async def replace(account: Account, request: Request) -> Response:
    container = account.container(request.segments)
    given = normalised(request.object())
    if_match(request, container.body["_etag"])
    unchanged(container, given)
    before = container.policy, container.default_ttl
    await account.replace_container(container, given)
    if (container.policy, container.default_ttl) != before:
        await reach_items(container)
    return Response.of(container.body, etag=container.body["_etag"])


def unchanged(container: Container, given: dict[str, Any]) -> None:
    """CosmosError 400 when a replace would change what cannot be changed."""
    for name, told in (("id", "id"), ("partitionKey", "Partition key"), ("uniqueKeyPolicy", "Unique key policy")):
        if given[name] != container.body[name]:
            raise bad_request(f"{told} cannot be changed by replacing the container.")


async def delete(account: Account, request: Request) -> Response:
    container = account.container(request.segments)
    if_match(request, container.body["_etag"])
    await account.delete_container(container)
    return Response(204)


async def ranges(account: Account, request: Request) -> Response:
    """The physical partitions: a change feed of which 304 is the end (cosmos-wire.md sections 0 and 10)."""
    container = account.container(request.segments)
    shown = [
        {
            "_rid": rid.encode(rid.child(container.raw_rid, int(one.id), "pkranges")), "id": one.id,
            "_etag": container.body["_etag"], "minInclusive": one.low.hex().upper(),
            "maxExclusive": one.high.hex().upper(), "ridPrefix": int(one.id),
            "_self": f"{container.self_link}pkranges/{one.id}/",
            "throughputFraction": 1 / len(container.partitions), "status": "online", "parents": list(one.parents),
            "_ts": container.body["_ts"],
        }
        for one in container.partitions
    ]  # fmt: skip
    body = orjson.dumps({"_rid": container.rid, "PartitionKeyRanges": shown, "_count": len(shown)})
    etag = f'"{hashlib.sha1(body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(304, headers={"etag": etag})
    return Response(200, body, {"etag": etag, "x-ms-item-count": str(len(shown))})
