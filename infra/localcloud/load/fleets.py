"""Three ways to keep the fleet in DynamoDB, measured side by side: what a reading costs, and a building."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.aws.account import REGION
from localcloud.aws.client import AwsClient, AwsError
from localcloud.dynamodb.meter import Meter
from localcloud.messages import _

from .driver import TurnedClock
from .fleet import Device, Readings, Value, changed, fleet

TABLE = "fleet"
THROTTLED = "ProvisionedThroughputExceededException"
AT_ONCE = 25  # requests in one BatchWriteItem
CHANGES, SECONDS = 24, 3.0  # of the fleet, and in how long
LOUD_SHARE = 0.8  # of all changes are of the first building
TIMES = 3  # a building is read so often and the fastest counts: other programs may slow a read down

Body = dict[str, Any]
Request = tuple[str, Body]


@dataclass(frozen=True)
class FleetDesign:
    """One way to keep the fleet."""

    name: str
    # The table's partition key, and its sort key where it has one.
    keys: tuple[str, ...]
    # The requests that store a new device, those for what changed of one, and the one that reads a building.
    first: Callable[[Device], list[Request]]
    record: Callable[[Device, Readings], list[Request]]
    status: Callable[[str], Request]


@dataclass(frozen=True)
class FleetCosts:
    """What a design came to."""

    write_units: float  # of a reading
    read_units: float  # of a building
    milliseconds: float  # until a building is read, the fastest of TIMES reads
    operation: str  # that reads it
    changes: int
    refused: int  # changes that were refused for throughput
    refused_keys: Mapping[str, int]  # by partition key, as JSON text


def designs() -> tuple[FleetDesign, ...]:
    """From the dearest to the one that serves both questions."""
    return (
        FleetDesign(_("one item a device"), ("building", "device"), _put_device, _update_device, _query),
        FleetDesign(_("one item a value"), ("part",), *_values(alone=True), _scan),
        FleetDesign(_("building, then device#item"), ("building", "part"), *_values(alone=False), _query),
    )


def changes(rng: random.Random, devices: Sequence[Device]) -> Iterator[tuple[float, Device, Readings]]:
    """Seconds from the beginning, device, and what changed of it: most of it in the first building."""
    loud = [one for one in devices if one.building == devices[0].building]
    quiet = [one for one in devices if one not in loud]
    for number in range(CHANGES):
        device = rng.choice(loud if rng.random() < LOUD_SHARE else quiet)
        yield number * SECONDS / CHANGES, device, changed(rng, device)


async def measured(
    meter: Meter, clock: TurnedClock, design: FleetDesign, seed: int, limit: float | None = None
) -> FleetCosts:
    """A design on a new table of an account whose clock is turned; with `limit`, no partition key gets more than so
    many units in a second."""
    rng = random.Random(f"fleet {seed}")
    devices = fleet(rng)
    async with AwsClient(meter.url, REGION) as client:
        await _made(meter, client, design, devices)
        mark, start = len(meter.calls), clock.now
        refused = 0
        readings = 0
        meter.limit(limit)
        for at, device, now in changes(rng, devices):
            clock.now = start + at
            if await _recorded(client, design.record(device, now)):
                readings += len(now)
            else:
                refused += 1
        meter.limit(None)
        calls = meter.calls[mark:]
        units = sum(one.units for one in calls)
        by_key = Counter(key for one in calls for key in one.throttled)
        read_units, milliseconds, operation = await _read(meter, client, design, devices[0].building)
        await client.dynamodb("DeleteTable", TableName=TABLE)
    return FleetCosts(
        units / max(1, readings), read_units, milliseconds, operation, CHANGES, refused, dict(by_key.most_common())
    )


async def _made(meter: Meter, client: AwsClient, design: FleetDesign, devices: Sequence[Device]) -> None:
    """The table with all devices in it; nothing of it is measured."""
    meter.measuring = False
    await client.dynamodb(
        "CreateTable",
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": name, "KeyType": kind} for name, kind in zip(design.keys, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in design.keys],
        BillingMode="PAY_PER_REQUEST",
    )
    for device in devices:
        await _recorded(client, design.first(device))
    meter.measuring = True


async def _recorded(client: AwsClient, requests: Sequence[Request]) -> bool:
    """Whether the requests were taken, and not refused for throughput."""
    for operation, body in requests:
        try:
            await client.dynamodb(operation, **body)
        except AwsError as error:
            if error.code != THROTTLED:
                raise
            return False
    return True


async def _read(meter: Meter, client: AwsClient, design: FleetDesign, building: str) -> tuple[float, float, str]:
    """Units of a building, the milliseconds without the meter's own requests, and the operation."""
    mark = len(meter.calls)
    request = design.status(building)
    await _pages(client, request)
    units = sum(one.units for one in meter.calls[mark:])
    meter.measuring = False
    taken = []
    for _time in range(TIMES):
        began = time.perf_counter()
        await _pages(client, request)
        taken.append((time.perf_counter() - began) * 1000)
    meter.measuring = True
    return units, min(taken), request[0]


async def _pages(client: AwsClient, request: Request) -> None:
    operation, body = request
    answer = await client.dynamodb(operation, **body)
    while last := answer.get("LastEvaluatedKey"):
        answer = await client.dynamodb(operation, **body, ExclusiveStartKey=last)


def _put_device(device: Device) -> list[Request]:
    """All its values are attributes of one item."""
    item = {name: _wired(value) for name, value in device.items.items()}
    return [("PutItem", {"TableName": TABLE, "Item": {**item, **_device_key(device)}})]


def _device_key(device: Device) -> Body:
    return {"building": _wired(device.building), "device": _wired(device.name)}


def _update_device(device: Device, readings: Readings) -> list[Request]:
    """An update names the attributes that changed."""
    names = {f"#{number}": name for number, name in enumerate(readings)}
    values = {f":{number}": _wired(value) for number, value in enumerate(readings.values())}
    return [
        (
            "UpdateItem",
            {
                "TableName": TABLE,
                "Key": _device_key(device),
                "UpdateExpression": "SET " + ", ".join(f"#{number} = :{number}" for number in range(len(readings))),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            },
        )
    ]


def _values(*, alone: bool) -> tuple[Callable[[Device], list[Request]], Callable[[Device, Readings], list[Request]]]:
    """`first` and `record` for an item a value; `alone` ones have a partition key of their own, others that of the
    building."""

    def requests(device: Device, readings: Readings) -> list[Request]:
        items = [_item(device, name, value, alone) for name, value in readings.items()]
        return [
            (
                "BatchWriteItem",
                {"RequestItems": {TABLE: [{"PutRequest": {"Item": one}} for one in items[first : first + AT_ONCE]]}},
            )
            for first in range(0, len(items), AT_ONCE)
        ]

    return lambda device: requests(device, dict(device.items)), requests


def _item(device: Device, name: str, value: Value, alone: bool) -> Body:
    part = f"{device.building}#{device.name}#{name}" if alone else f"{device.name}#{name}"
    return {"building": _wired(device.building), "part": _wired(part), "value": _wired(value)}


def _query(building: str) -> Request:
    values = {":building": _wired(building)}
    where = "building = :building"
    return "Query", {"TableName": TABLE, "KeyConditionExpression": where, "ExpressionAttributeValues": values}


def _scan(building: str) -> Request:
    values = {":building": _wired(building)}
    where = "building = :building"
    return "Scan", {"TableName": TABLE, "FilterExpression": where, "ExpressionAttributeValues": values}


def _wired(value: Value) -> Body:
    """A value as DynamoDB's protocol has it."""
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}
