"""The fleet of Lab 5: first readings, readings that are measured, and what a building's status must say."""

from typing import Any

from autograder.camp import Camp
from autograder.checking import CheckFailed, fail
from autograder.modules import Kept, Module, Sdk
from localcloud.dynamodb.view import DynamoDb
from localcloud.load.fleet import Device, Readings, changed, fleet, same
from localcloud.messages import _

TABLE, KEPT = "fleet", "table"
ROUNDS = 4  # of readings in every building
TOO_LARGE = "Item size"  # DynamoDB: "Item size has exceeded ...", "Item size to update has exceeded ..."
SECONDS_TO_MAKE, SECONDS_TO_RECORD = 20.0, 60.0


async def first_readings(camp: Camp, module: Module, account: DynamoDb) -> list[Device]:
    """The table, and every device with all its items; nothing of it is measured."""
    account.measure(False)
    try:
        await module.call("create_table", Sdk.dynamodb(account.url), seconds=SECONDS_TO_MAKE, keep=KEPT)
        if TABLE not in (tables := await account.tables()):
            fail(
                seen=_("There are these tables: {tables}.").format(tables=", ".join(tables) or "-"),
                expected=_("a table {name}").format(name=TABLE),
                next=_('create_table makes it: TableName="fleet".'),
            )
        devices = fleet(camp.rng)
        for one in devices:
            await recorded(module, one.building, one.name, dict(one.items))
        return devices
    finally:
        account.measure(True)


async def measured_readings(camp: Camp, module: Module, account: DynamoDb, devices: list[Device]) -> tuple[int, int]:
    """Two to four readings of a device in every building, again and again: how many, and from which request on."""
    since, readings = account.mark, 0
    buildings = list(dict.fromkeys(one.building for one in devices))
    for building in buildings * ROUNDS:  # each has as many, so that none is hot by chance
        number = camp.rng.choice([number for number, one in enumerate(devices) if one.building == building])
        one = devices[number]
        now = changed(camp.rng, one)
        readings += len(now)
        devices[number] = Device(building, one.name, {**one.items, **now})
        await recorded(module, building, one.name, now)
    return readings, since


async def statuses_are_right(module: Module, account: DynamoDb, devices: list[Device]) -> None:
    """Each building by one Query, and nothing of a building that is not there. `module` is in a process that has
    recorded nothing, so that what it knows is from the table."""
    table = Sdk.table(account.url, TABLE)
    for building in dict.fromkeys(one.building for one in devices):
        right = {one.name: one.items for one in devices if one.building == building}
        since = account.mark
        answer = await module.call("status", table, building, seconds=SECONDS_TO_RECORD)
        asked = [call.operation for call in account.calls(since)]
        if asked != ["Query"]:
            fail(
                seen=_("status made these requests: {asked}.").format(asked=", ".join(asked) or "-"),
                expected=_("one Query"),
                next=_("A Query reads all items of one partition key, in the order of the sort key."),
            )
        must_say(building, answer, right)
    unknown = f"{devices[0].building}-unknown"
    answer = await module.call("status", table, unknown, seconds=SECONDS_TO_RECORD)
    if answer != {}:
        fail(seen=answer, expected="{}", next=_("A building that nobody has heard of has no devices."))


async def recorded(module: Module, building: str, device: str, readings: Readings) -> None:
    """Asks the learner's function to store readings."""
    try:
        await module.call("record", Kept(KEPT), building, device, readings, seconds=SECONDS_TO_RECORD)
    except CheckFailed as failed:
        if TOO_LARGE not in failed.seen:
            raise
        fail(
            seen=failed.seen,
            expected=_("items of at most 400 KB, the most that DynamoDB stores"),
            next=_("What grows is not one item: store one value an item."),
        )


def must_say(building: str, answer: object, right: dict[str, Any]) -> None:
    next = _("{device: {item: value}}, each as it was recorded last. One name may begin another: B1, B10.")
    if not isinstance(answer, dict) or not all(isinstance(items, dict) for items in answer.values()):
        fail(seen=answer, expected=_("a dict of dicts"), next=next)
    if answer.keys() != right.keys():
        fail(seen=sorted(map(str, answer)), expected=sorted(right), next=next)
    for device, items in right.items():
        seen = answer[device]
        for name, value in items.items():
            if name not in seen or not same(seen[name], value):
                fail(
                    seen=_("{building}, {device}: {name} is {seen!r}.").format(
                        building=building, device=device, name=name, seen=seen.get(name)
                    ),
                    expected=f"{value!r}",
                    next=next,
                )
        if more := sorted(map(str, seen.keys() - items.keys())):
            fail(
                seen=_("{device} also has {more}.").format(device=device, more=", ".join(more[:5])),
                expected=_("its own items alone"),
                next=next,
            )
