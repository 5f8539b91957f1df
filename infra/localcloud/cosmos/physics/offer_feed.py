"""Requests on `/offers`: the throughput of containers and of databases that share one (cosmos-wire.md section 13)."""

from typing import TYPE_CHECKING, Any

import orjson

from .. import rid
from ..errors import bad_request, not_found
from ..exchange import Request, Response
from .offers import StoredAmount
from .throughput import Throughput

if TYPE_CHECKING:
    from ..account import Account
    from ..container import Container, Database

PENDING_HEADER = "x-ms-offer-replace-pending"
LEAST_HEADER = "x-ms-cosmos-min-throughput"


async def answer(account: "Account", request: Request) -> Response:
    """Query, list, read or replace; CosmosError for what cannot be done."""
    if len(request.segments) == 1:
        return _feed([one for one in _all(account) if _wanted(request, one)])
    owner = _owner(account, request.segments[1])
    if request.method == "GET":
        return _one(account, owner)
    if request.method != "PUT":
        raise not_found()
    body = request.object()
    committed = account.store.begin()
    account.physics.replace_offer(owner.number, body, request.headers)
    changed = _one(account, owner)
    await committed
    return changed


def offer_rid(number: int) -> str:
    """The resource id of the offer of the container or database with this number."""
    return rid.encode(number.to_bytes(6, "big"))


def _owners(account: "Account") -> "list[Database | Container]":
    """All that have a throughput of their own."""
    every: list[Database | Container] = [*account.databases.values(), *account.containers.values()]
    return [one for one in every if account.physics.offer_of(one.number) is not None]


def _owner(account: "Account", offer: str) -> "Database | Container":
    for one in _owners(account):
        if offer_rid(one.number).lower() == offer.lower():
            return one
    raise not_found()


def _all(account: "Account") -> list[dict[str, Any]]:
    return [_resource(account, one) for one in _owners(account)]


def _resource(account: "Account", owner: "Database | Container") -> dict[str, Any]:
    throughput = account.physics.offer_of(owner.number)
    if throughput is None:
        raise not_found()
    own = offer_rid(owner.number)
    return {
        "resource": owner.self_link,
        "offerType": "Invalid",
        "offerResourceId": owner.self_link.rstrip("/").rpartition("/")[2],
        "offerVersion": "V2",
        "content": throughput.offer.content(StoredAmount()),
        "id": own,
        "_rid": own,
        "_self": f"offers/{own}/",
        "_etag": f'"{throughput.offer.throughput:08x}-0000-0700-0000-{len(throughput.layout.slots):012x}"',
        "_ts": owner.body["_ts"],
    }


def _one(account: "Account", owner: "Database | Container") -> Response:
    resource = _resource(account, owner)
    headers = {"etag": resource["_etag"], PENDING_HEADER: "false", LEAST_HEADER: str(_least(account, owner))}
    return Response(200, orjson.dumps(resource), headers)


def _least(account: "Account", owner: "Database | Container") -> int:
    throughput: Throughput | None = account.physics.offer_of(owner.number)
    return throughput.offer.least(account.physics.stored(throughput)) if throughput else 0


def _feed(offers: list[dict[str, Any]]) -> Response:
    body = orjson.dumps({"_rid": "", "Offers": offers, "_count": len(offers)})
    return Response(200, body, {"x-ms-item-count": str(len(offers))})


def _wanted(request: Request, offer: dict[str, Any]) -> bool:
    """Whether an offer is in the answer: a query may name one `resource` or `offerResourceId` by a parameter."""
    if request.method != "POST":
        return True
    query = request.object()
    parameters = query.get("parameters", [])
    if not isinstance(query.get("query"), str) or not isinstance(parameters, list):
        raise bad_request("The request content is invalid. Please check its format and try again.")
    values = [one.get("value") for one in parameters if isinstance(one, dict)]
    return not values or offer["resource"] in values or offer["offerResourceId"] in values
