"""Three ways to keep the fleet, on an account of their own."""

import asyncio

import pytest

from localcloud.dynamodb.private import private_account
from localcloud.load.driver import TurnedClock
from localcloud.load.fleets import designs, measured

LIMIT = 5


@pytest.fixture(scope="module")
def costs():
    """By the name of the design, without and with a limit."""
    return asyncio.run(all_costs())


async def all_costs():
    clock, found = TurnedClock(1_000.0), {}
    async with private_account(clock=clock) as meter:
        for limit in (None, LIMIT):
            for design in designs():
                found[design.name, limit] = await measured(meter, clock, design, 5, limit)
                clock.now += 60
    return found


def by_design(costs, limit=None):
    return [costs[design.name, limit] for design in designs()]


def test_an_item_a_device_is_dearer_to_write_and_an_item_a_value_is_one_unit(costs):
    device, value, both = by_design(costs)
    assert device.write_units > 1.1
    assert value.write_units == both.write_units == 1.0


def test_only_a_building_in_the_key_makes_it_one_query(costs):
    device, value, both = by_design(costs)
    assert (device.operation, value.operation, both.operation) == ("Query", "Scan", "Query")
    assert device.read_units < both.read_units < value.read_units
    assert all(one.milliseconds > 0 and one.refused == 0 for one in (device, value, both))


def test_a_limit_refuses_the_hot_building_first(costs):
    device, value, both = by_design(costs, LIMIT)
    assert value.refused == 0
    assert 0 < both.refused < device.refused
    hottest, *others = both.refused_keys.values()
    assert hottest > sum(others)
