"""The driver, on the real emulator by the unmodified SDK."""

import time

import pytest

from localcloud.load.designs import design
from localcloud.load.driver import LoadFailed, drive, drive_flat_out, made
from localcloud.load.report import report_of
from localcloud.load.simulation import simulate
from localcloud.load.town import Town

from .conftest import DATABASE, START

SCALE = {"throughput": 4_000, "partitions": 20}


def load(seed=11, count=368):
    return Town.of(seed).messages(count, START, 8)


async def rush(account, clock, name, seed=11):
    database, emulator = account
    chosen = design(name)
    container = await made(database, "rush", chosen.paths, **SCALE)
    messages = load(seed)
    documents = [chosen.document(one) for one in messages]
    attempts = await drive(container, documents, [float(one["ts"]) for one in messages], clock=clock)
    return report_of(attempts, await emulator.consumption(DATABASE, "rush", START), START)


async def test_one_channel_burns_one_partition_and_every_refusal_is_seen(turned, clock):
    report = await rush(turned, clock, "/channel")
    assert report.hottest_share > 0.70
    assert report.refused_share > 0.20
    assert report.lost > 0
    assert report.refused == sum(one.refused for one in report.partitions)
    assert report.keys[0].key == [Town.of(11).loud]
    assert sum(one.requests == 0 for one in report.partitions) > 0


async def test_eight_buckets_cool_it(turned, clock):
    report = await rush(turned, clock, "channel#8")
    assert report.refused == report.lost == 0
    assert report.hottest_share < 0.50
    assert report.documents == 368


async def test_a_hierarchical_key_that_begins_with_the_channel_cools_nothing(turned, clock):
    assert (await rush(turned, clock, "/channel,/user")).hottest_share > 0.70


@pytest.mark.parametrize("name", ["/channel", "channel#8", "shard8,channel", "channel#hour"])
async def test_the_simulation_says_what_the_emulator_does(turned, clock, name):
    report = await rush(turned, clock, name)
    simulated = simulate(design(name), load(), partitions=20, throughput=4_000)
    assert simulated.hottest_share == pytest.approx(report.hottest_share, abs=0.01)
    assert simulated.refused_share == pytest.approx(report.refused_share, abs=0.02)


async def test_a_turned_clock_gives_the_same_answers_again(turned, clock):
    database, _emulator = turned
    answers = []
    for name in ("first", "second"):
        clock.now = START + (100 if answers else 0)
        container = await made(database, name, ("/channel",), **SCALE)
        times = [clock.now + float(one["ts"]) - START for one in load()]
        attempts = await drive(container, load(), times, clock=clock)
        answers.append([(one.number, one.attempt, one.status) for one in attempts])
    assert answers[0] == answers[1]


async def test_a_paced_load_takes_its_time(real):
    database, emulator = real
    container = await made(database, "paced", ("/id",), **SCALE)
    start = time.time()
    attempts = await drive(container, load(count=20), [start + number * 0.02 for number in range(20)])
    assert 0.38 <= time.time() - start < 5
    assert [one.status for one in attempts] == [201] * 20
    assert len(emulator.documents(DATABASE, "paced")) == 20


async def test_progress_is_told_while_it_runs(real):
    database, _emulator = real
    container = await made(database, "told", ("/id",), **SCALE)
    told = []
    await drive(container, load(count=5), [0.0] * 5, progress=told.append)
    assert [one.status for one in told] == [201] * 5


async def test_flat_out_writes_everything(real):
    database, emulator = real
    container = await made(database, "fast", ("/id",), throughput=100_000)
    attempts = await drive_flat_out(container, load(), at_once=16)
    assert len(attempts) == 368
    assert len(emulator.documents(DATABASE, "fast")) == 368


async def test_the_same_document_twice_is_named(turned, clock):
    database, _emulator = turned
    container = await made(database, "twice", ("/id",), **SCALE)
    one = load(count=1)[0]
    with pytest.raises(LoadFailed, match="Two documents have the id"):
        await drive(container, [one, one], [START, START], clock=clock)


@pytest.mark.filterwarnings("ignore:Sending a large body")  # aiohttp's, under the SDK
async def test_a_document_over_two_megabytes_is_named(turned, clock):
    database, _emulator = turned
    container = await made(database, "large", ("/id",), **SCALE)
    with pytest.raises(LoadFailed, match="larger than 2 MB"):
        await drive(container, [{"id": "x", "text": "x" * 2_200_000}], [START], clock=clock)


async def test_a_document_without_an_id_is_refused(turned, clock):
    database, _emulator = turned
    container = await made(database, "nameless", ("/channel",), **SCALE)
    with pytest.raises(LoadFailed):
        await drive(container, [{"channel": "C", "id": 7}], [START], clock=clock)


async def test_a_container_that_cannot_be_made_says_why(turned):
    database, _emulator = turned
    with pytest.raises(LoadFailed, match="container is refused"):
        await made(database, "wrong", ("channel",), **SCALE)
