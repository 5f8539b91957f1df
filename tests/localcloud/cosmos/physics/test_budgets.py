import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.physics.budgets import Budget, autoscaled


def test_requests_are_admitted_while_budget_remains_and_the_last_may_overdraw_it():
    budget = Budget(10)
    waits = []
    for _request in range(4):
        waits.append(budget.wait(100.25))
        if waits[-1] == 0:
            budget.spend(4, 100.25)
    assert waits == [0, 0, 0, 750]


def test_the_budget_is_new_every_second_of_the_clock():
    budget = Budget(10)
    budget.spend(10, 100.75)
    assert budget.wait(100.875) == 125
    assert budget.wait(101.0) == 0


def test_a_debt_delays_the_requests_that_follow():
    budget = Budget(10)
    budget.spend(35, 100.0)
    assert budget.wait(100.5) == 2_500
    assert budget.wait(102.9375) == 63
    assert budget.wait(103.0) == 0
    budget.spend(4, 103.0)
    assert budget.wait(103.25) == 0
    budget.spend(1, 103.25)
    assert budget.wait(103.5) == 500


def test_a_clock_that_is_set_back_opens_nothing():
    budget = Budget(10)
    budget.spend(10, 100.0)
    assert budget.wait(50.0) > 0


def test_nothing_is_saved_without_burst_capacity():
    budget = Budget(100)
    budget.spend(1, 0.0)
    budget.spend(150, 1_000.0)
    assert budget.wait(1_000.5) == 500


@pytest.mark.covers("burst capacity: five idle minutes spent at 3,000 RU/s")
def test_burst_capacity_spends_what_was_idle_at_three_thousand_a_second():
    budget = Budget(100, burst=True)
    assert budget.wait(0.0) == 0
    spent = defaultdict(float)
    for tenth in range(10_000, 10_200):
        while budget.wait(tenth / 10) == 0:
            budget.spend(50, tenth / 10)
            spent[tenth // 10] += 50
    assert [spent[1_000 + second] for second in range(10)] == [3_000] * 10
    assert spent[1_019] == 100
    assert sum(spent.values()) == pytest.approx(300 * 100 + 20 * 100, abs=100)


def test_a_partition_above_three_thousand_has_no_burst_capacity():
    budget = Budget(3_000, burst=True)
    assert budget.wait(0.0) == 0
    budget.spend(3_000, 1_000.0)
    assert budget.wait(1_000.0) == 1_000


CHARGES = st.floats(0.38, 5_000).map(lambda charge: round(charge, 2))


@pytest.mark.covers("a budget per partition and second, overdrawn at most once")
@given(
    rate=st.floats(80, 10_000),
    requests=st.lists(st.tuples(st.floats(0, 1.5), CHARGES), min_size=1, max_size=60),
    burst=st.booleans(),
)
def test_a_second_never_admits_more_than_its_budget_and_one_overdraft(rate, requests, burst):
    budget, now = Budget(rate, burst=burst), 1_000.0
    admitted = defaultdict(list)
    for pause, charge in requests:
        now += pause
        if budget.wait(now) == 0:
            budget.spend(charge, now)
            admitted[math.floor(now)].append(charge)
    limit = max(rate, 3_000) if burst else rate
    assert all(sum(spent[:-1]) < limit + 1e-6 for spent in admitted.values())


@given(rate=st.floats(80, 10_000), requests=st.lists(CHARGES, min_size=5, max_size=80))
def test_in_the_long_run_no_more_is_served_than_the_rate(rate, requests):
    budget, now = Budget(rate), 1_000.0
    for charge in requests:
        wait = budget.wait(now)
        now += wait / 1000
        assert budget.wait(now) == 0 or wait == 0
        budget.spend(charge, now)
    seconds = math.floor(now) - 1_000 + 1
    assert sum(requests[:-1]) <= rate * seconds + 1e-6


@given(rate=st.floats(80, 10_000), debt=st.floats(0, 100_000), start=st.floats(1_000, 2_000), burst=st.booleans())
def test_whoever_waits_as_told_is_admitted(rate, debt, start, burst):
    budget = Budget(rate, burst=burst)
    budget.wait(start - 100)
    budget.spend(debt, start)
    wait = budget.wait(start)
    assert wait == 0 or budget.wait(math.floor(start) + 1 - 1e-3) > 0 or burst
    assert budget.wait(start + wait / 1000 + 1e-6) == 0


@pytest.mark.parametrize(("share", "throughput"), [(0, 400), (0.05, 400), (0.5, 2_000), (1, 4_000), (7, 4_000)])
def test_autoscale_moves_between_a_tenth_and_the_whole(share, throughput):
    assert autoscaled(4_000, share) == throughput


def test_a_debt_is_as_long_after_scaling_down() -> None:
    budget = Budget(10_000)
    budget.spend(25_000, 1_000.0)
    budget.change(100)
    assert budget.wait(1_000.0) == 2_000
    assert budget.wait(1_002.0) == 0
    budget.spend(100, 1_002.0)
    budget.change(1_000)
    assert budget.wait(1_002.0) == 0
