"""The report as people read it."""

from localcloud.load.driver import Attempt
from localcloud.load.report import heat_map, report_of, summary, text_of

CONSUMPTION = {
    "partitions": [
        {"id": "0", "budget": 200.0, "seconds": [[100, 210.0, 20, 5, 200.0], [101, 100.0, 10, 0, 200.0]]},
        {"id": "1", "budget": 200.0, "seconds": [[101, 20.0, 2, 0, 200.0]]},
        {"id": "2", "budget": 200.0, "seconds": []},
    ],
    "keys": [{"key": ["C1"], "partition": "0", "ru": 310.0, "requests": 30, "throttled": 5}],
    "totals": {"ru": 330.0, "requests": 32, "throttled": 5},
}
ATTEMPTS = [
    Attempt(0, 1, 100.0, 201, 8.0, 0.002),
    Attempt(1, 1, 100.1, 429, 0.38, 0.004),
    Attempt(1, 2, 101.1, 201, 8.0, 0.003),
    Attempt(2, 1, 100.2, 429, 0.38, 0.002),
    Attempt(2, 2, 101.2, 429, 0.38, 0.002),
]


def report():
    return report_of(ATTEMPTS, CONSUMPTION, 100.0)


def test_counts():
    found = report()
    assert (found.documents, found.answers, found.refused, found.lost) == (3, 5, 3, 1)
    assert found.refused_share == 0.6
    assert found.first_refusal == 0
    assert round(found.hottest_share, 2) == 0.94


def test_a_load_of_nothing_has_a_report():
    empty = report_of([], {"partitions": [], "keys": [], "totals": {"ru": 0.0}}, 0.0)
    assert (empty.refused_share, empty.hottest_share, empty.first_refusal) == (0.0, 0.0, None)
    assert text_of(empty)


def test_the_heat_map_shows_busy_partitions_by_the_second():
    assert heat_map(report())[1:] == ["   0  |@+|   94%      5", "   1  | .|    6%      0", "partitions idle: 1"]


def test_the_summary_names_every_figure():
    assert dict(summary(report()))["answers with 429"] == "3 (60.0%)"


def test_the_text_has_figures_heat_and_keys():
    text = text_of(report())
    assert "hottest partition's share" in text
    assert "C1" in text
