"""The load and DynamoDB as services of check runs."""

import random
from contextlib import AsyncExitStack

import pytest

from localcloud.cloud import PreparationError
from localcloud.load.keys import Definition
from localcloud.load.service import SERVICE
from localcloud.load.town import Town
from localcloud.load.view import Load


class Run:
    """As much of a run as the service sees."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.stack = AsyncExitStack()
        self.settings = {}


async def view(seed, table=None):
    started = await SERVICE.start(Run(seed), SERVICE.prepare({"seeds": [3, 4, 5]} if table is None else table))
    return started.views[Load](None)


async def test_a_run_has_one_of_the_vetted_towns_the_same_for_a_seed():
    towns = [(await view(seed)).town.seed for seed in range(20)]
    assert set(towns) == {3, 4, 5}
    assert (await view(7)).town == (await view(7)).town


async def test_budgets_come_from_the_table():
    assert (await view(1, {"seeds": [1], "budgets": {"history_ru": 44}})).budgets.history_ru == 44


@pytest.mark.parametrize(
    ("table", "seen"),
    [({"seeds": []}, "whole numbers"), ({"budgets": {"x": 1}}, "unknown budget"), ({"towns": 1}, "unknown key towns")],
)
def test_a_table_that_is_wrong_is_refused(table, seen):
    with pytest.raises(PreparationError, match=seen):
        SERVICE.prepare(table)


async def test_checks_share_what_is_made_once_and_a_failure_is_made_again():
    load = await view(1)
    made = []

    async def make():
        made.append(1)
        if len(made) == 1:
            raise ValueError("not yet")
        return len(made)

    with pytest.raises(ValueError, match="not yet"):
        await load.once("x", make)
    assert await load.once("x", make) == await load.once("x", make) == 2


async def test_a_rush_reports_heat_and_what_is_stored():
    load = await view(1, {"seeds": [11]})
    messages = load.rush_hour()
    report, stored = await load.rush(Definition(("/channel",)), messages, messages)
    assert report.hottest_share > 0.7
    assert load.town == Town.of(11)
    assert len(stored) == len(messages) - report.lost
