import pytest

from localcloud.cosmos.physics.meter import Meter
from localcloud.cosmos.physics.offers import Offer
from localcloud.cosmos.physics.throughput import Throughput


@pytest.fixture
def now():
    return [1_000.0]


@pytest.fixture
def meter(now):
    return Meter(Throughput.at_creation(physical_partitions=4), 2, lambda: now[0])


def test_a_key_is_served_by_the_partition_that_holds_it(meter):
    assert [meter.serving(bytes([first])).id for first in (0x00, 0x0F, 0x10, 0x2A, 0x3F)] == ["0", "0", "1", "2", "3"]


def test_a_hot_partition_refuses_while_the_others_serve(meter, now):
    meter.spend("1", None, 250.0)
    refusal = meter.refusal(["0", "1"])
    assert (refusal.partition, refusal.milliseconds) == ("1", 2_000)
    assert meter.refusal(["0", "2", "3"]) is None
    now[0] += 2
    assert meter.refusal(["1"]) is None


def test_after_a_split_the_children_serve(meter):
    meter.throughput.change(Offer(50_000))
    assert meter.serving(b"\x00").id == "4"
    assert meter.serving(b"\x08").id == "5"
    assert meter.refusal(["0"]) is None


def test_containers_of_a_shared_database_spend_from_one_budget(now):
    shared = Throughput.at_creation(Offer(400), shared=True)
    first, second = (Meter(shared, 2, lambda: now[0]) for _container in range(2))
    first.spend("0", None, 400.0)
    assert second.refusal(["0"])
