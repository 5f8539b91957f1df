import pytest

from localcloud.cosmos.physics.consumption import HOTTEST, KEPT_REQUESTS, KEPT_SECONDS, SLICE_KEYS, Consumption, Request


def use(consumption, at=1_000.0, key='["a"]', partition="0", ru=1.0, refused=False):
    consumption.use(at, partition, key, ru, throttled=refused)


@pytest.mark.covers("consumption per partition and second, refusals included")
def test_every_second_of_a_partition_is_told_with_its_refusals():
    consumption = Consumption()
    use(consumption, 1_000.1)
    use(consumption, 1_000.9, ru=2.5)
    use(consumption, 1_001.0, ru=0.38, refused=True)
    assert consumption.seconds("0", 0) == [(1_000, 3.5, 2, 0, 0), (1_001, 0.38, 1, 1, 0)]
    assert consumption.seconds("0", 1_001) == [(1_001, 0.38, 1, 1, 0)]
    assert consumption.seconds("9", 0) == []


def test_at_least_five_minutes_are_kept_and_memory_is_bounded():
    consumption = Consumption()
    for second in range(2_000):
        use(consumption, float(second))
    kept = consumption.seconds("0", 0)
    assert 300 <= len(kept) <= KEPT_SECONDS
    assert kept[-1][0] == 1_999


@pytest.mark.covers("the hottest logical keys and their partitions")
def test_the_hottest_keys_come_first_with_their_partition():
    consumption = Consumption()
    for _number in range(10):
        use(consumption, key='["loud"]', partition="1", ru=6)
        use(consumption, key=None, ru=100)
    for number in range(50):
        use(consumption, key=f'["quiet-{number}"]')
    use(consumption, key='["loud"]', partition="1", ru=0.38, refused=True)
    hottest = consumption.hottest(990)
    assert len(hottest) == HOTTEST
    key, usage = hottest[0]
    assert (key, usage.partition, round(usage.ru, 2), usage.requests, usage.throttled) == (
        '["loud"]',
        "1",
        60.38,
        11,
        1,
    )
    assert consumption.hottest(1_010) == []


def test_a_hot_key_stays_among_any_number_of_cold_ones():
    consumption = Consumption()
    for number in range(5 * SLICE_KEYS):
        use(consumption, key=f'["{number}"]')
        if number % 3 == 0:
            use(consumption, key='["hot"]')
    assert consumption.hottest(990)[0][0] == '["hot"]'
    assert len(consumption._slices[0].keys) <= SLICE_KEYS


def test_totals_keep_what_partitions_used_before_they_split():
    consumption = Consumption()
    use(consumption, partition="0")
    use(consumption, partition="2", ru=2)
    use(consumption, partition="2", ru=0.38, refused=True)
    totals = consumption.totals(0)
    assert (totals.ru, totals.requests, totals.throttled) == (3.38, 3, 1)


def test_the_last_requests_are_told_from_a_sequence_number_on():
    consumption = Consumption()
    for number in range(300):
        consumption.log(Request(float(number), "Read", '["a"]', "0", 1.0, 200, 0, 0.5))
    assert len(list(consumption.requests(0))) == KEPT_REQUESTS
    assert [sequence for sequence, _one in consumption.requests(298)] == [299, 300]


def test_a_key_is_one_key_however_a_client_writes_it():
    consumption = Consumption()
    for text in ('["\u3042"]', '["\\u3042"]', '[ "\u3042" ]'):
        use(consumption, key=text)
    use(consumption, key="[not json")
    assert [(key, usage.requests) for key, usage in consumption.hottest(0)] == [('["\u3042"]', 3), ("[not json", 1)]


def test_the_busiest_partition_of_the_last_second_decides_what_autoscale_scales_to():
    consumption = Consumption()
    use(consumption, 999.5, partition="0", ru=30)
    use(consumption, 999.9, partition="1", ru=50)
    use(consumption, 1_000.1, partition="1", ru=400)
    assert consumption.share(100, 1_000.5) == 0.5
    assert consumption.share(100, 1_002.5) == 0
