"""The pictures are valid, and have the figures of the tables below them."""

import altair
import pytest

from autograder.partitions import charts
from autograder.partitions.measuring import Measured
from localcloud.load.costs import Cost, Costs
from localcloud.load.fleets import FleetCosts
from localcloud.load.report import PartitionHeat, Report

MEASURED = Measured(Costs(Cost(30.0, 8), Cost(70.0, 20), 8.0), 0.25, 0.005)
HEAT = (PartitionHeat("0", 8.0, 1, 0, 0.1, ((0, 0.04, 0),)), PartitionHeat("1", 72.0, 9, 3, 0.9, ((1, 1.2, 3),)))
REPORT = Report(7, 10, 3, 0, 80.0, 1.0, 2.0, HEAT, ())
FLEET = FleetCosts(1.0, 3.0, 12.3, "Query", 24, 5, {'"B1"': 5})


def rows_of(spec):
    return spec["data"]["values"]


PICTURES = pytest.mark.parametrize(
    "spec",
    [
        charts.heat(REPORT, "/channel"),
        charts.costs({"channel#8": MEASURED}),
        charts.rushes({"channel#8": MEASURED}),
        charts.forces({8: MEASURED}),
        charts.growth({"/channel": [0.0, 19.0, 38.0, 57.0]}),
        charts.fleets({"one item a value": FLEET}, throttled=False),
        charts.fleets({"one item a value": FLEET}, throttled=True),
    ],
    ids=["heat", "costs", "rushes", "forces", "growth", "fleets", "throttled fleets"],
)


@PICTURES
def test_a_picture_is_what_jupyterlab_draws(spec):
    assert altair.Chart.from_dict(spec).to_dict()
    assert spec["title"] == spec["description"]
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"


@PICTURES
def test_a_picture_is_no_wider_than_a_notebook_beside_the_editor(spec):
    """On a laptop's screen, 1280 pixels wide, where it may take 488: names, picture, no legend beside it."""
    parts = [spec, *spec.get("vconcat", []), *spec.get("layer", [])]
    assert max(part.get("width", 0) for part in parts) <= 360
    assert len(spec["title"]) <= 62
    colours = [part["encoding"]["color"] for part in parts if "color" in part.get("encoding", {})]
    assert all(colour["legend"] is None or colour["legend"]["orient"] == "bottom" for colour in colours)


def test_heat_has_a_cell_for_each_partition_and_second():
    rows = rows_of(charts.heat(REPORT, "/channel"))
    assert len(rows) == 2 * 9
    assert {"partition": 1, "second": 1, "used": 120, "refused": 3} in rows
    assert {"partition": 0, "second": 8, "used": 0, "refused": 0} in rows


def test_costs_and_rushes_have_a_bar_for_each_figure():
    assert [(row["RU"], row["partitions"]) for row in rows_of(charts.costs({"x": MEASURED}))] == [(30.0, 8), (70.0, 20)]
    assert [row["percent"] for row in rows_of(charts.rushes({"x": MEASURED}))] == [25.0, 0.5]


def test_forces_have_both_figures_of_each_number_of_buckets():
    assert rows_of(charts.forces({8: MEASURED})) == [{"buckets": 8, "RU": 30.0, "partitions": 8, "hottest": 25.0}]


def test_growth_goes_year_by_year():
    rows = rows_of(charts.growth({"channel#hour#8": [0.0, 0.1, 0.1, 0.1]}))
    assert [(row["year"], row["GB"]) for row in rows] == [(0, 0.0), (1, 0.1), (2, 0.1), (3, 0.1)]


def test_fleets_show_refusals_where_there_is_a_limit():
    assert [len(charts.fleets({"x": FLEET}, throttled=one)["vconcat"]) for one in (False, True)] == [3, 4]
    assert rows_of(charts.fleets({"x": FLEET}, throttled=True))[0]["refused"] == 5
