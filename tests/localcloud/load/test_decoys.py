"""Samples that mislead, the fleet, and the budgets."""

import random
from collections import Counter
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer

from autograder.checks.partition_keys import FLEET_UNITS
from localcloud.dynamodb.capacity import write_units
from localcloud.dynamodb.sizes import item_size
from localcloud.load.budgets import Budgets, seeds_of
from localcloud.load.decoys import sample
from localcloud.load.fleet import changed, fleet, same
from localcloud.load.rush import START, Scale, private_account, rush


@pytest.mark.parametrize("seed", range(60))
def test_every_other_guess_is_wrong(seed):
    found = sample(random.Random(seed))
    said = found.said
    assert len(said) == 300 and [one["ts"] for one in said] == sorted(one["ts"] for one in said)
    by_count = Counter(one["channel"] for one in said)
    assert by_count.most_common(1)[0][0] == found.loudest
    assert by_count[found.loudest] > 1.3 * by_count.most_common(2)[1][1]
    talker = Counter(one["user"] for one in said).most_common(1)[0][0]
    talks = Counter(one["channel"] for one in said if one["user"] == talker).most_common(1)[0][0]
    longest = max(said, key=lambda one: len(one["text"]))["channel"]
    users = {channel: len({one["user"] for one in said if one["channel"] == channel}) for channel in by_count}
    assert found.loudest not in (talks, longest, max(users, key=lambda one: users[one]), said[0]["channel"])
    assert found.loudest != said[-1]["channel"]


@pytest.mark.parametrize("seed", range(3))
async def test_the_loudest_is_the_key_that_consumption_names_first(seed):
    found = sample(random.Random(seed))
    # Consumption goes back for some minutes: all is written in eight seconds.
    times = [{**one, "ts": f"{START + number / 100:.6f}"} for number, one in enumerate(found.further)]
    async with private_account(turned=True) as account:
        report = await rush(account, "predicted", ["/channel"], times, found.further, scale=Scale(throughput=120_000))
    assert report.refused == 0
    assert report.keys[0].key == [found.loudest]


@pytest.mark.parametrize("seed", range(20))
def test_four_readings_of_a_device_that_is_one_item_cost_more_than_check_5_9_allows(seed):
    for device in fleet(random.Random(seed)):
        size = item_size({name: TypeSerializer().serialize(stored(value)) for name, value in device.items.items()})
        assert write_units(size) / 4 > FLEET_UNITS


def stored(value):
    return Decimal(str(value)) if isinstance(value, float) else value


def test_a_fleet_has_buildings_that_begin_alike_and_values_of_all_types():
    devices = fleet(random.Random(1))
    names = list(dict.fromkeys(one.building for one in devices))
    assert len(names) == 3 and names[1].startswith(names[0])
    assert {type(value) for value in devices[0].items.values()} == {str, bool, int, float}
    assert all(len(one.items) == 300 for one in devices)
    assert [one.name for one in devices if one.building == names[0]] == ["ac-1", "ac-10", "east_2", "ac_1"]
    assert 2 <= len(changed(random.Random(2), devices[0])) <= 4


@pytest.mark.parametrize(
    ("seen", "wanted", "equal"),
    [(Decimal("21.5"), 21.5, True), (3, 3, True), (3.0, 3, True), (True, True, True), (1, True, False),
     (True, 1, False), ("3", 3, False), ("on", "on", True), (None, 1, False), (Decimal("2"), "2", False)],
)  # fmt: skip
def test_values_are_compared_by_what_they_are(seen, wanted, equal):
    assert same(seen, wanted) is equal


def test_budgets_are_numbers_by_name():
    assert Budgets.of({"history_ru": 50}).history_ru == 50
    with pytest.raises(ValueError, match="unknown budget colour"):
        Budgets.of({"colour": 1})
    with pytest.raises(ValueError, match="must be a number"):
        Budgets.of({"history_ru": "much"})


@pytest.mark.parametrize("value", [None, [], ["1"], [True]])
def test_seeds_are_whole_numbers(value):
    with pytest.raises(ValueError, match="whole numbers"):
        seeds_of(value)
