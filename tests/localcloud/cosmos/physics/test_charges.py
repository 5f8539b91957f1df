import importlib.util
from pathlib import Path

import pytest

from localcloud.cosmos.physics import charges

KILOBYTE = 1024


@pytest.mark.covers("request units of a point read, by size")
@pytest.mark.parametrize(("kilobytes", "charge"), [(0.2, 1.0), (1, 1.0), (100, 10.0)])
def test_a_point_read_costs_by_size_as_published(kilobytes, charge):
    assert charges.read(int(kilobytes * KILOBYTE)) == charge


@pytest.mark.parametrize(("kilobytes", "charge"), [(1, 5.0), (100, 50.0)])
def test_a_write_without_indexing_costs_as_published(kilobytes, charge):
    assert charges.create(kilobytes * KILOBYTE, 0) == charge


@pytest.mark.covers("request units of a write, by size and indexed values")
def test_every_indexed_leaf_makes_a_write_dearer():
    assert charges.create(KILOBYTE, 10) == 8.0
    assert charges.create(KILOBYTE, 17) == pytest.approx(10, abs=0.1)  # the sizing examples' 10 RU


def test_a_replace_costs_two_inserts_and_a_delete_one():
    assert charges.replace(3 * KILOBYTE, 4) == pytest.approx(2 * charges.create(3 * KILOBYTE, 4), abs=0.01)
    assert charges.delete(3 * KILOBYTE, 4) == charges.create(3 * KILOBYTE, 4)


@pytest.mark.covers("request units of a query: Microsoft's published examples within 20 %")
@pytest.mark.parametrize(
    ("published", "asked"),
    [
        pytest.param(3.19, {"loaded": 1, "loaded_size": 10_240, "returned_size": 10_240}, id="one item of 10 KB"),
        pytest.param(2.98, {"predicates": 1, "loaded": 1, "loaded_size": 6_500, "returned_size": 6_500}, id="indexed"),
        pytest.param(
            4_059.95,
            {"predicates": 1, "loaded": 60_951, "loaded_size": 399_998_938, "returned_size": 510},
            id="scan of 400 MB",
        ),
    ],
)
def test_a_query_costs_what_microsofts_examples_cost(published, asked):
    assert charges.query(**asked) == pytest.approx(published, rel=0.2)


def test_every_physical_partition_touched_costs_two_to_three_units():
    assert 2 <= charges.query(partitions=5) - charges.query(partitions=4) <= 3


def test_a_feed_costs_as_a_query_without_predicates():
    assert charges.feed(10, 9_000) == charges.query(loaded=10, loaded_size=9_000, returned_size=9_000)
    assert charges.feed(0, 0) == 2.3


def test_a_batch_costs_the_sum_of_its_operations():
    assert charges.batch([1.05, 5.3, 10.61]) == 16.96


def test_refused_and_failed_requests_are_charged_too():
    assert charges.REFUSED == 0.38
    assert charges.FAILED > 0


def test_every_constant_names_its_source():
    assert all(constant.source for constant in charges.CONSTANTS.values())


def test_the_page_tells_the_model():
    spec = importlib.util.spec_from_file_location(
        "request_units_page", Path(__file__).with_name("request_units_page.py")
    )
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    command = "python tests/localcloud/cosmos/physics/request_units_page.py"
    assert made.PAGE.read_text("utf-8") == made.page(), f"run: {command}"
