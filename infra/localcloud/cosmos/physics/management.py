"""The management endpoint `/_camp/`: what was consumed where, and switches that Azure has not.

Its JSON is for the portal and for curious learners; the server lets only this computer's own pages ask.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from ..errors import bad_request, not_found
from ..exchange import Request, Response
from .budgets import autoscaled
from .meter import Meter

if TYPE_CHECKING:
    from ..account import Account
    from ..container import Container

WINDOW_SECONDS = 300


async def answer(account: "Account", request: Request) -> Response:
    """CosmosError 404 for what is not there, 400 for what makes no sense."""
    handlers = {
        ("GET", "containers"): containers,
        ("GET", "consumption"): consumption,
        ("GET", "requests"): requests,
        ("POST", "partitions"): partitions,
        ("POST", "burst"): burst,
        ("POST", "fidelity"): fidelity,
    }
    handler = handlers.get((request.method, "/".join(request.segments[1:])))
    if handler is None:
        raise not_found()
    return Response.of(await handler(account, request))


async def containers(account: "Account", _request: Request) -> list[dict[str, Any]]:
    """All containers, with their throughput and size."""
    rows = []
    for container in sorted(account.containers.values(), key=lambda one: (one.database.name, one.name)):
        counted = await account.physics.census(container)
        rows.append(
            {
                "database": container.database.name,
                "container": container.name,
                "partitions": len(container.partitions),
                **_throughput(account, container),
                "documents": sum(documents for documents, _bytes in counted.values()),
                "bytes": sum(size for _documents, size in counted.values()),
            }
        )
    return rows


async def consumption(account: "Account", request: Request) -> dict[str, Any]:
    """A container's use of its throughput since `since` (epoch seconds; five minutes ago): per partition and second,
    per logical key, and all together."""
    container, _meter, asked = _named(account, request)
    return await consumed(account, container, _number(asked, "since", account.clock() - WINDOW_SECONDS))


async def consumed(account: "Account", container: "Container", since: float) -> dict[str, Any]:
    """The same of a container that is at hand."""
    meter = account.physics.meters[container.number]
    now = account.clock()
    counted = await account.physics.census(container)
    rate, offer = meter.throughput.rate, meter.throughput.offer
    totals = meter.consumption.totals(since)
    return {
        "now": now,
        "database": container.database.name,
        "container": container.name,
        **_throughput(account, container),
        "scaled": autoscaled(offer.throughput, meter.consumption.share(rate, now)) if offer.autoscale else None,
        "burst": meter.throughput.burst,
        "relaxed": account.relaxed,
        "partitions": [
            {
                "id": one.id,
                "min": one.low.hex().upper(),
                "max": one.high.hex().upper(),
                "parents": list(one.parents),
                "budget": rate,
                "documents": counted.get(one.id, (0, 0))[0],
                "bytes": counted.get(one.id, (0, 0))[1],
                "seconds": meter.consumption.seconds(one.id, since),
            }
            for one in meter.partitions
        ],
        "keys": _keys(meter, since),
        "totals": {"ru": totals.ru, "requests": totals.requests, "throttled": totals.throttled},
    }


async def requests(account: "Account", request: Request) -> list[dict[str, Any]]:
    """The last requests whose sequence number is greater than `since`."""
    _container, meter, asked = _named(account, request)
    rows = []
    for sequence, one in meter.consumption.requests(int(_number(asked, "since", 0))):
        row = {
            "sequence": sequence, "at": one.at, "operation": one.operation, "key": _key(one.key),
            "partition": one.partition, "charge": one.charge, "status": one.status, "substatus": one.substatus,
            "ms": round(one.milliseconds, 2),
        }  # fmt: skip
        rows.append(row if one.query is None else row | {"query": one.query})
    return rows


async def partitions(account: "Account", request: Request) -> dict[str, Any]:
    """Splits a container into `count` partitions."""
    body = request.object()
    container = _container(account, body.get("database"), body.get("container"))
    count = body.get("count")
    if not isinstance(count, int) or isinstance(count, bool):
        raise bad_request("count must be a whole number.")
    committed = account.store.begin()
    account.physics.split(container, count)
    await committed
    return {"partitions": len(container.partitions)}


async def burst(account: "Account", request: Request) -> dict[str, Any]:
    """Switches burst capacity."""
    account.physics.switch_burst(_switch(request, "on"))
    return {"on": account.physics.burst}


async def fidelity(account: "Account", request: Request) -> dict[str, Any]:
    """Switches between what Azure does and what is easier."""
    account.relaxed = _switch(request, "relaxed")
    return {"relaxed": account.relaxed}


def _throughput(account: "Account", container: "Container") -> dict[str, Any]:
    throughput = account.physics.throughput_of(container)
    offer = throughput.offer
    return {
        "throughput": None if offer.autoscale else offer.throughput,
        "autoscale": offer.throughput if offer.autoscale else None,
        "shared": throughput.shared,
    }


def _keys(meter: Meter, since: float) -> list[dict[str, Any]]:
    return [
        {
            "key": _key(key), "partition": usage.partition, "ru": round(usage.ru, 2), "requests": usage.requests,
            "throttled": usage.throttled,
        }
        for key, usage in meter.consumption.hottest(since)
    ]  # fmt: skip


def _key(text: str | None) -> Any:
    """A logical key's values; None for requests of several keys, or of one that cannot be read."""
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None


def _named(account: "Account", request: Request) -> "tuple[Container, Meter, dict[str, str]]":
    """The container that a request's query names, and the query."""
    asked = {name: values[-1] for name, values in parse_qs(request.query).items()}
    container = _container(account, asked.get("database"), asked.get("container"))
    return container, account.physics.meters[container.number], asked


def _container(account: "Account", database: object, container: object) -> "Container":
    if not isinstance(database, str) or not isinstance(container, str):
        raise bad_request("Name a database and a container.")
    return account.container(["dbs", database, "colls", container])


def _number(asked: dict[str, str], name: str, default: float) -> float:
    try:
        value = float(asked.get(name, default))
    except ValueError:
        raise bad_request(f"{name} must be a number.") from None
    if not abs(value) < 1e18:  # NaN and infinity too
        raise bad_request(f"{name} must be a number.")
    return value


def _switch(request: Request, name: str) -> bool:
    value = request.object().get(name)
    if not isinstance(value, bool):
        raise bad_request(f"{name} must be true or false.")
    return value
