"""The rush and the questions, on accounts of their own."""

import time

import pytest

from localcloud.cosmos.emulator import Emulator
from localcloud.load.costs import Cost, costs_of, largest_key, spent
from localcloud.load.designs import design
from localcloud.load.driver import LoadFailed
from localcloud.load.rush import START, Account, Scale, private_account, rush, times
from localcloud.load.town import Town


async def rushed(account, name, seed=11, **options):
    chosen = design(name)
    messages = Town.of(seed).messages(368, START, 8)
    return await rush(account, "rush", chosen.paths, messages, [chosen.document(one) for one in messages], **options)


async def test_a_turned_rush_needs_no_eight_seconds():
    async with private_account(turned=True) as account:
        report = await rushed(account, "/channel")
    assert report.hottest_share > 0.7
    assert report.first_refusal is not None and report.first_refusal <= 2


async def test_a_second_rush_begins_anew():
    async with private_account(turned=True) as account:
        assert await rushed_shares(account) == await rushed_shares(account)


async def rushed_shares(account):
    report = await rushed(account, "channel#8")
    return round(report.hottest_share, 3), report.refused, report.documents


async def test_a_rush_in_real_time_on_an_account_elsewhere_shows_the_hot_partition():
    emulator = Emulator(None)
    await emulator.start()
    try:
        began = time.time()
        report = await rushed(Account(emulator.url, emulator.key), "/channel", flat_out=16, scale=Scale())
        assert report.refused > 0
        assert time.time() - began < 20
    finally:
        await emulator.stop()


async def test_an_account_without_the_emulators_pages_is_named():
    emulator = Emulator(None, management=False)
    await emulator.start()
    try:
        with pytest.raises(LoadFailed, match="no emulator of the camp"):
            await Account(emulator.url, emulator.key).consumption("x")
    finally:
        await emulator.stop()


def test_times_begin_with_the_first_second():
    assert times([{"ts": "100.250000"}, {"ts": "101.500000"}], 500.0) == [500.25, 501.5]


async def test_questions_under_a_bucketed_key_touch_few_partitions():
    async with private_account() as account:
        buckets = await costs_of(account, "buckets", design("channel#8"), Town.of(3), START)
        scan = await costs_of(account, "scan", design("/id"), Town.of(3), START)
    assert buckets.history.partitions <= 8 < scan.history.partitions == 20
    assert buckets.history.ru < scan.history.ru
    assert scan.largest_gigabytes < 1 < buckets.largest_gigabytes < 15


def test_spent_is_what_was_used_between():
    def at(ru):
        return {
            "partitions": [{"id": "0", "seconds": [[1, ru]]}, {"id": "1", "seconds": [[1, 5.0]]}],
            "totals": {"ru": ru + 5},
        }

    assert spent(at(1.0), at(4.5)) == Cost(3.5, 1)


def test_the_largest_key_is_that_of_the_most_bytes():
    key, gigabytes = largest_key([(["a"], {"x": 1}), (["b"], {"x": 1}), (["a"], {"x": 2})], messages=2)
    assert key == '["a"]'
    assert gigabytes == pytest.approx(14 * 50_000_000 / 1e9)
