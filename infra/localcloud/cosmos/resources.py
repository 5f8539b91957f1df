"""The small resources: users and permissions of a database; stored procedures, triggers and user-defined functions of
a container, which are kept but not run; and the conflicts feed, which is always empty in one region."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from . import metadata, names, rid
from .account import Account
from .container import Container, Database
from .databases import if_match
from .errors import bad_request, conflict, not_found
from .exchange import Request, Response

FEEDS = {
    "users": "Users",
    "permissions": "Permissions",
    "sprocs": "StoredProcedures",
    "triggers": "Triggers",
    "udfs": "UserDefinedFunctions",
    "conflicts": "Conflicts",
}
MODES = {"all": "All", "read": "Read"}
SCRIPTS = ("sprocs", "triggers", "udfs")


@dataclass(frozen=True, slots=True)
class Parent:
    """What a small resource belongs to: its number in the store, resource id and `_self`."""

    number: int
    raw_rid: bytes
    self_link: str


def parent_of(account: Account, segments: list[str]) -> Parent:
    """The database, user or container that a path's last resource belongs to; CosmosError 404."""
    if len(segments) < 4:
        return _parent(account.database(segments[1]))
    if segments[2] == "colls":
        return _parent(account.container(segments))
    owner = _parent(account.database(segments[1]))
    number, body = _find(account, owner, "users", segments[3])
    return Parent(number, rid.user(owner.raw_rid, number), body["_self"])


def _parent(owner: Database | Container) -> Parent:
    raw = owner.rid if isinstance(owner, Database) else owner.raw_rid
    return Parent(owner.number, raw, owner.self_link)


def _find(account: Account, parent: Parent, kind: str, segment: str) -> tuple[int, dict[str, Any]]:
    """The number and body of a resource, by id or resource id; CosmosError 404."""
    for number, body in _all(account, parent, kind):
        if segment in (body["id"], body["_rid"]):
            return number, body
    raise not_found()


def _all(account: Account, parent: Parent, kind: str) -> list[tuple[int, dict[str, Any]]]:
    rows = account.store.rows(
        "SELECT number,body FROM resources WHERE kind=? AND parent=? ORDER BY number", (kind, parent.number)
    )
    return [(number, orjson.loads(body)) for number, body in rows]


async def post(account: Account, request: Request) -> Response:
    """Makes a resource (an upsert may find it made), or queries them."""
    kind = request.segments[-1]
    parent = parent_of(account, request.segments[:-1])
    if metadata.is_query(request):
        return _feed(account, request, parent, kind)
    given = checked(kind, request.object())
    if found := next((number for number, body in _all(account, parent, kind) if body["id"] == given["id"]), None):
        if not request.flag("x-ms-documentdb-is-upsert"):
            raise conflict()
        return await _rewrite(account, kind, parent, found, given)
    committed = account.store.begin()
    number = account.reserve(kind, parent.number, given["id"])
    body = _finished(account, kind, parent, number, given)
    account.write(number, body)
    await committed
    return Response.of(body, 201, etag=body["_etag"])


async def put(account: Account, request: Request) -> Response:
    kind, segment = request.segments[-2:]
    parent = parent_of(account, request.segments[:-2])
    number, old = _find(account, parent, kind, segment)
    if_match(request, old["_etag"])
    given = checked(kind, request.object())
    if given["id"] != old["id"] and any(body["id"] == given["id"] for _number, body in _all(account, parent, kind)):
        raise conflict()
    return await _rewrite(account, kind, parent, number, given)


async def _rewrite(account: Account, kind: str, parent: Parent, number: int, given: dict[str, Any]) -> Response:
    committed = account.store.begin()
    body = _finished(account, kind, parent, number, given)
    account.write(number, body)
    account.store.execute("UPDATE resources SET id=? WHERE number=?", (given["id"], number))
    await committed
    return Response.of(body, etag=body["_etag"])


async def get(account: Account, request: Request) -> Response:
    kind, segment = request.segments[-2:]
    _number, body = _find(account, parent_of(account, request.segments[:-2]), kind, segment)
    return Response.of(body, etag=body["_etag"])


async def delete(account: Account, request: Request) -> Response:
    kind, segment = request.segments[-2:]
    number, body = _find(account, parent_of(account, request.segments[:-2]), kind, segment)
    if_match(request, body["_etag"])
    committed = account.store.begin()
    account.store.execute("DELETE FROM resources WHERE number=? OR parent=?", (number, number))
    await committed
    return Response(204)


async def listed(account: Account, request: Request) -> Response:
    return _feed(account, request, parent_of(account, request.segments[:-1]), request.segments[-1])


async def execute(_account: Account, _request: Request) -> Response:
    """A stored procedure is JavaScript, and there is no engine for it here."""
    raise bad_request("Stored procedures are kept, but not run: this emulator has no JavaScript engine.")


def _feed(account: Account, request: Request, parent: Parent, kind: str) -> Response:
    bodies = [body for _number, body in _all(account, parent, kind)]
    return metadata.answer(request, FEEDS[kind], rid.encode(parent.raw_rid), bodies, account.clock())


def checked(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """A body without system properties; CosmosError 400 for one that the service would refuse."""
    kept = {name: value for name, value in given.items() if not name.startswith("_")}
    kept["id"] = names.name(kept.get("id"))
    if kind in SCRIPTS and not isinstance(kept.get("body"), str):
        raise bad_request("The script has no body.")
    if kind == "permissions":
        mode = MODES.get(str(kept.get("permissionMode")).lower())
        if mode is None or not isinstance(kept.get("resource"), str):
            raise bad_request("A permission needs a permissionMode, All or Read, and a resource.")
        kept["permissionMode"] = mode
    return kept


def _finished(account: Account, kind: str, parent: Parent, number: int, given: dict[str, Any]) -> dict[str, Any]:
    raw = rid.user(parent.raw_rid, number) if kind == "users" else rid.child(parent.raw_rid, number, kind)
    own = rid.encode(raw)
    etag, ts = account.stamp()
    body = {**given, "_rid": own, "_self": f"{parent.self_link}{kind}/{own}/", "_etag": etag, "_ts": ts}
    if kind == "users":
        body["_permissions"] = "permissions/"
    if kind == "permissions":
        body["_token"] = f"type=resource&ver=1&sig={hashlib.sha256(etag.encode()).hexdigest()[:32]};"
    return body
