import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.physics.offers import Offer
from localcloud.cosmos.physics.throughput import Throughput


def test_a_container_that_asks_for_nothing_has_400_on_one_partition():
    throughput = Throughput.at_creation()
    assert (throughput.offer.throughput, throughput.rate, len(throughput.layout.slots)) == (400, 400, 1)


@pytest.mark.parametrize(
    ("offer", "shared", "count"),
    [(Offer(18_000), False, 3), (Offer(10_000), True, 1), (Offer(10_000, True), False, 1), (Offer(30_000), False, 5)],
)
def test_throughput_is_divided_evenly(offer, shared, count):
    throughput = Throughput.at_creation(offer, shared=shared)
    assert len(throughput.budgets) == count
    assert {budget.rate for budget in throughput.budgets.values()} == {offer.throughput / count}


def test_a_lab_may_ask_for_more_partitions_than_the_throughput_needs():
    assert Throughput.at_creation(physical_partitions=4).rate == 100


def test_scaling_up_beyond_ten_thousand_each_splits_and_scaling_down_never_merges():
    throughput = Throughput.at_creation(Offer(12_000))
    throughput.change(Offer(20_000))
    assert list(throughput.budgets) == ["0", "1"]
    throughput.change(Offer(30_000))
    assert list(throughput.budgets) == ["2", "3", "1"]
    throughput.change(Offer(600))
    assert {budget.rate for budget in throughput.budgets.values()} == {200}


def test_partitions_that_stay_keep_their_debt():
    throughput = Throughput.at_creation(Offer(12_000))
    throughput.budgets["1"].spend(50_000, 100.0)
    throughput.change(Offer(30_000))
    assert throughput.budgets["1"].wait(100.0) > 0
    assert throughput.budgets["2"].wait(100.0) == 0


def test_burst_capacity_reaches_every_partition():
    throughput = Throughput.at_creation(physical_partitions=2)
    throughput.switch_burst(True)
    throughput.split_to(3)
    assert all(budget.burst for budget in throughput.budgets.values())


@given(start=st.integers(1, 4), offers=st.lists(st.integers(4, 900).map(lambda steps: steps * 100), max_size=4))
def test_throughput_survives_as_json(start, offers):
    throughput = Throughput.at_creation(physical_partitions=start)
    for one in offers:
        throughput.change(Offer(one))
    again = Throughput.from_json(throughput.as_json())
    assert (again.offer, again.layout, again.rate) == (throughput.offer, throughput.layout, throughput.rate)
