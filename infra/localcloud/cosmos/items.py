"""Requests on items: create, upsert, read, replace, delete, and the feed of all."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from . import rid, writing
from .account import Account
from .container import Container
from .errors import CosmosError, bad_request, not_found, said
from .exchange import Request, Response, page_size
from .partition_key import Key, from_header
from .physics import charges
from .writing import Change, Wanted

SESSION_VERSION = -1  # of tokens `<range id>:<version>#<LSN>` (cosmos-wire.md section 12)
KEY_HEADER = "x-ms-documentdb-partitionkey"
DELETED_AT_ONCE = 200
MOST_PAGE_BYTES = 4 * 1024 * 1024


def container_of(account: Account, request: Request) -> Container:
    """The container of a request on items; CosmosError 404, or 400/1024 when the client means an earlier one of the
    same name, 404/1002 when its session has seen more than there is."""
    container = account.container(request.segments)
    intended = request.headers.get("x-ms-cosmos-intended-collection-rid")
    if intended and intended != container.rid:
        raise CosmosError(400, None, said("Collection resource id does not match the intended one."), 1024)
    if given := request.headers.get("x-ms-session-token"):
        _check_session(container, given)
    return container


def key_of(container: Container, request: Request) -> Key:
    """The full partition key in the request's header; CosmosError 400 when there is none."""
    text = request.headers.get(KEY_HEADER)
    if text is None:
        raise bad_request("PartitionKey value must be supplied for this operation.")
    levels = len(container.key.paths)
    key = from_header(text, levels)
    if len(key) != levels:
        raise bad_request("Partition key provided either doesn't correspond to definition in the collection or doesn't "
                          "match partition key field values specified in the document.", 1001)  # fmt: skip
    return key


def data_headers(container: Container, partition: str, charge: float) -> dict[str, str]:
    """What every answer about items carries."""
    return {
        "x-ms-request-charge": f"{charge:.2f}".rstrip("0").rstrip("."),
        "x-ms-session-token": _session_token(container, partition),
        "x-ms-alt-content-path": container.link,
        "x-ms-documentdb-partitionkeyrangeid": partition,
        "lsn": str(container.lsn),
    }


def create(account: Account, request: Request) -> Response | Awaitable[Response]:
    operation = "upsert" if request.flag("x-ms-documentdb-is-upsert") else "create"
    document = request.object()
    return write(
        account,
        request,
        lambda container, key: writing.put(account, container, key, document, operation, wanted(request)),
    )


def replace(account: Account, request: Request) -> Response | Awaitable[Response]:
    document = request.object()
    return write(
        account,
        request,
        lambda container, key: writing.replace(
            account, container, key, item_of(container, request), document, wanted(request)
        ),
    )


def delete(account: Account, request: Request) -> Response | Awaitable[Response]:
    return write(
        account,
        request,
        lambda container, key: writing.delete(account, container, key, item_of(container, request), wanted(request)),
    )


def write(
    account: Account, request: Request, prepare: Callable[[Container, Key], Change]
) -> Response | Awaitable[Response]:
    """Prepares a change, spends its charge, applies it and answers when it is committed."""
    container = container_of(account, request)
    change = prepare(container, key_of(container, request))
    partition = account.physics.partition_of(container, change.epk)
    account.physics.spend(container, partition, change.key, change.charge)
    committed = account.store.begin()
    writing.apply(container, change)
    headers = data_headers(container, partition.id, change.charge)
    if change.etag:
        headers["etag"] = change.etag
    minimal = request.headers.get("prefer", "").lower() == "return=minimal"
    answer = Response(change.status, change.after.body if change.after and not minimal else b"", headers)
    return answer if account.store.settle() else _when(committed, answer)


async def _when(committed: Awaitable[None], answer: Response) -> Response:
    await committed
    return answer


def read(account: Account, request: Request) -> Response:
    """The item; at once, for nothing in it waits."""
    container = container_of(account, request)
    key = key_of(container, request)
    epk = container.key.epk(key)
    body = container.body_of(epk, item_of(container, request), account.clock())
    partition = account.physics.partition_of(container, epk)
    charge = charges.read(len(body) if body else 0)
    account.physics.spend(container, partition, request.headers.get(KEY_HEADER), charge)
    headers = data_headers(container, partition.id, charge)
    if body is None:
        missing = not_found()
        missing.headers |= headers
        raise missing
    headers["etag"] = etag = writing.etag_of(body)
    if request.headers.get("if-none-match") in ("*", etag):
        return Response(304, b"", headers)
    return Response(200, body, headers)


def item_of(container: Container, request: Request) -> str:
    """The id of the item that a path names, by its id or its resource id; CosmosError 404."""
    segment = request.segments[5]
    if request.segments[1] == container.database.name or len(segment) != 24:
        return segment
    raw = rid.decode(segment)
    if raw is None or raw[:8] != container.raw_rid:
        return segment
    stored = container.numbered(rid.child_number(raw))
    if stored is None:
        raise not_found()
    return stored.id


def wanted(request: Request) -> Wanted:
    return Wanted(request.headers.get("if-match"), request.headers.get("if-none-match"))


async def delete_key(account: Account, request: Request) -> Response:
    """Deletes all items of a partition key, a few hundred in a transaction, as the service does it beside."""
    if request.segments[5] != "partitionkeydelete":
        raise not_found()
    container = container_of(account, request)
    epk = container.key.epk(key_of(container, request))
    partition = account.physics.partition_of(container, epk)
    charge = charges.read(0)
    account.physics.spend(container, partition, request.headers.get(KEY_HEADER), charge)
    while numbers := container.numbers(epk, DELETED_AT_ONCE):
        committed = account.store.begin()
        for number in numbers:
            if stored := container.numbered(number):
                writing.apply(container, writing.removal(account, container, stored))
        await committed
    return Response(200, b"", data_headers(container, partition.id, charge))


async def listed(account: Account, request: Request) -> Response:
    """All items, or those of one partition key, in the order in which they came."""
    container = container_of(account, request)
    size = page_size(request)
    where, parameters = "", ()  # type: tuple[str, tuple[Any, ...]]
    partition, touched = container.partitions[0].id, list(container.partitions)
    if KEY_HEADER in request.headers:
        low, high = container.key.span(key_of(container, request))
        where, parameters = "AND epk>=? AND epk<?", (low, high)
        touched = [account.physics.partition_of(container, low)]
        partition = touched[0].id
    account.physics.admit(container, touched, request.headers.get(KEY_HEADER))
    after = request.headers.get("x-ms-continuation", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise bad_request("The continuation token is invalid.")
    rows = account.store.rows(
        f"SELECT doc,body FROM docs_{container.number} WHERE doc>? AND (expires IS NULL OR expires>?) {where} "
        "ORDER BY doc LIMIT ?",
        (int(after), account.clock(), *parameters, size + 1),
    )
    shown, more = cut(rows, size)
    charge = charges.feed(len(shown), sum(len(row[1]) for row in shown))
    account.physics.take(container, partition, request.headers.get(KEY_HEADER), charge)
    headers = data_headers(container, partition, charge)
    if more:
        headers["x-ms-continuation"] = str(shown[-1][0])
    return documents(container, [row[1] for row in shown], headers)


def cut(rows: list[Any], size: int) -> tuple[list[Any], bool]:
    """The rows of one page, at most `size` and 4 MB, and whether there are more; the body is a row's last value."""
    total = 0
    for count, row in enumerate(rows):
        total += len(row[-1])
        if count == size or (count and total > MOST_PAGE_BYTES):
            return rows[:count], True
    return rows, False


def documents(container: Container, rows: list[bytes], headers: dict[str, str]) -> Response:
    """A feed of items, or of a query's rows."""
    head = orjson.dumps({"_rid": container.rid})[:-1]
    body = b'%s,"Documents":[%s],"_count":%d}' % (head, b",".join(rows), len(rows))
    return Response(200, body, {**headers, "x-ms-item-count": str(len(rows))})


def _session_token(container: Container, partition: str) -> str:
    """The token of a partition after its container's last write."""
    return f"{partition}:{SESSION_VERSION}#{container.lsn}"


def _check_session(container: Container, given: str) -> None:
    """CosmosError 404/1002 when a client has seen more than this container holds, 400 for a malformed token."""
    for one in given.split(","):
        segments = one.rpartition(":")[2].split("#")
        try:
            lsn = int(segments[1] if len(segments) > 1 else segments[0])
        except ValueError:
            raise bad_request(f"The session token '{given[:200]}' is invalid.") from None
        if lsn > container.lsn:
            raise CosmosError(404, None, said("The read session is not available for the input session token."), 1002)
