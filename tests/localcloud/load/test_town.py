"""The town: the same seed gives the same load, and the load is what the lab's budgets were measured with."""

import hashlib
import json
import statistics
from collections import Counter

import pytest

from localcloud.load.town import BY_HOUR, DAY, HOUR, LONGEST, SHORTEST, Town

START = 1_789_963_200 + 6 * HOUR
SEEDS = range(12)
DIGEST = "7ff96d6a2cc2698f10a986d1e62a1839617ed1553393aa465cdd9c1cdec9c833"


def rush(seed, count=368):
    return Town.of(seed).messages(count, START, 8)


def test_the_same_seed_gives_the_same_load():
    assert rush(7) == rush(7)
    assert rush(7) != rush(8)
    assert Town.of(7).messages(50, START, 8, part="history") != Town.of(7).messages(50, START, 8)


def test_the_load_is_the_one_that_the_budgets_were_measured_with():
    """Without the texts' letters: their lengths alone decide charges."""
    facts = [[one["id"], one["user"], len(one["text"]), one["ts"]] for seed in (1, 2, 3) for one in rush(seed)]
    assert hashlib.sha256(json.dumps(facts).encode()).hexdigest() == DIGEST


def test_messages_have_five_texts_and_an_id_of_their_own():
    found = rush(3)
    assert len({one["id"] for one in found}) == len(found)
    for one in found:
        assert set(one) == {"id", "channel", "user", "text", "ts"}
        assert one["id"] == f"{one['channel']}:{one['ts']}"
        seconds, point, rest = one["ts"].partition(".")
        assert (len(seconds), point, len(rest)) == (10, ".", 6)
        assert SHORTEST <= len(one["text"].encode()) <= LONGEST


def test_messages_come_in_the_order_of_their_texts():
    times = [one["ts"] for one in rush(3)]
    assert times == sorted(times)
    assert float(times[0]) >= START and float(times[-1]) < START + 8


@pytest.mark.parametrize("seed", SEEDS)
def test_one_channel_has_most_of_the_messages(seed):
    said = Counter(one["channel"] for one in rush(seed))
    assert said.most_common(1)[0][0] == Town.of(seed).loud
    assert 0.70 < said.most_common(1)[0][1] / said.total() < 0.90


def test_the_loudest_user_has_about_seven_percent():
    shares = [Counter(one["user"] for one in rush(seed)).most_common(1)[0][1] / 368 for seed in SEEDS]
    assert 0.06 < statistics.median(shares) < 0.10


def test_texts_have_a_median_of_545_bytes():
    sizes = [len(one["text"]) for seed in SEEDS for one in rush(seed)]
    assert 510 < statistics.median(sizes) < 580


def test_a_daily_load_follows_the_hours_of_the_day():
    found = Town.of(5).messages(4_000, START, 3 * DAY, daily=True)
    hours = Counter(int(float(one["ts"]) % DAY) // HOUR for one in found)
    assert hours[9] > 10 * hours[2]
    for hour, weight in enumerate(BY_HOUR):
        assert abs(hours[hour] / 4_000 - weight / sum(BY_HOUR)) < 0.01


def test_a_daily_load_keeps_to_its_period():
    found = Town.of(5).messages(500, START + 100, 5_000, daily=True)
    times = [float(one["ts"]) for one in found]
    assert times == sorted(times)
    assert times[0] >= START + 100 and times[-1] <= START + 5_100
