from localcloud.slack.ratelimit import RateLimits, Tier


def test_a_burst_passes_and_then_one_a_second():
    now = [100.0]
    limits = RateLimits(lambda: now[0])
    tier = Tier(burst=3, per_minute=60)
    assert [limits.take("a", tier) for _call in range(4)] == [0, 0, 0, 1]
    now[0] += 1
    assert [limits.take("a", tier) for _call in range(2)] == [0, 1]


def test_buckets_are_apart():
    limits = RateLimits(lambda: 0.0)
    tier = Tier(burst=1, per_minute=60)
    assert [limits.take(key, tier) for key in ("a", "b", "a")] == [0, 0, 1]


def test_the_wait_is_in_whole_seconds():
    limits = RateLimits(lambda: 0.0)
    tier = Tier(burst=1, per_minute=20)
    limits.take("a", tier)
    assert limits.take("a", tier) == 3


def test_a_bucket_never_holds_more_than_its_burst():
    now = [0.0]
    limits = RateLimits(lambda: now[0])
    tier = Tier(burst=2, per_minute=60)
    limits.take("a", tier)
    now[0] = 1_000.0
    assert [limits.take("a", tier) for _call in range(3)] == [0, 0, 1]
