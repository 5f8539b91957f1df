"""What is remembered of every answered request on a container's items, and the charge of those that failed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson

from ..errors import CosmosError
from ..exchange import Request, Response
from ..partition_key import from_header
from . import charges
from .consumption import Request as Entry

if TYPE_CHECKING:
    from ..account import Account
    from ..container import Container

CHARGE_HEADER, RANGE_HEADER = "x-ms-request-charge", "x-ms-documentdb-partitionkeyrangeid"
KEY_HEADER = "x-ms-documentdb-partitionkey"
LONGEST_QUERY = 500  # characters of its text that are kept
METHODS = {"GET": "Read", "PUT": "Replace", "PATCH": "Patch", "DELETE": "Delete"}
POSTS = (  # the header that makes a POST to `docs` more than a create
    ("x-ms-cosmos-is-query-plan-request", "QueryPlan"),
    ("x-ms-documentdb-isquery", "Query"),
    ("x-ms-cosmos-is-batch-request", "Batch"),
    ("x-ms-documentdb-is-upsert", "Upsert"),
)


def record(account: "Account", request: Request, answer: Response, seconds: float) -> None:
    """Takes the charge of a request that failed, and puts every request on items into its container's log."""
    container = _container(account, request)
    if container is None or answer.status == 401:
        return
    meter = account.physics.meters[container.number]
    key = request.headers.get(KEY_HEADER)
    if answer.status >= 400 and CHARGE_HEADER not in answer.headers:
        answer.headers[CHARGE_HEADER] = f"{charges.FAILED:g}"
        partition = _partition(account, container, key)
        if partition is not None:
            answer.headers.setdefault(RANGE_HEADER, partition)
            meter.spend(partition, key, charges.FAILED)
    meter.consumption.log(_entry(account.clock(), request, answer, seconds))


def _entry(now: float, request: Request, answer: Response, seconds: float) -> Entry:
    headers = answer.headers
    operation = operation_of(request)
    return Entry(
        now,
        operation,
        request.headers.get(KEY_HEADER),
        headers.get(RANGE_HEADER),
        float(headers.get(CHARGE_HEADER, "0")),
        answer.status,
        int(headers.get("x-ms-substatus", "0")),
        seconds * 1000,
        _query(request) if operation in ("Query", "QueryPlan") else None,
    )


def operation_of(request: Request) -> str:
    """The request's name in the log."""
    method, segments = request.method, request.segments
    if method == "POST":
        return "DeleteByKey" if segments[4] == "operations" else _posted(request.headers)
    if method == "GET" and len(segments) == 5:
        return "ChangeFeed" if "a-im" in request.headers else "ReadFeed"
    return METHODS.get(method, method)


def _posted(headers: Mapping[str, str]) -> str:
    for header, operation in POSTS:
        if header in headers and headers[header].lower() == "true":
            return operation
    return "Query" if "query+json" in headers.get("content-type", "") else "Create"


def _container(account: "Account", request: Request) -> "Container | None":
    segments = request.segments
    if len(segments) < 5 or segments[4] not in ("docs", "operations"):
        return None
    found = account.containers.get((segments[1], segments[3]))
    if found is None:
        try:
            found = account.container(segments)  # by resource ids
        except CosmosError:
            return None
    return found


def _partition(account: "Account", container: "Container", key: str | None) -> str | None:
    if key is None:
        return None
    try:
        values = from_header(key, len(container.key.paths))
        return account.physics.partition_of(container, container.key.epk(values)).id
    except CosmosError:
        return None


def _query(request: Request) -> str | None:
    try:
        text = orjson.loads(request.body).get("query")
    except (ValueError, AttributeError):
        return None
    return text[:LONGEST_QUERY] if isinstance(text, str) else None
