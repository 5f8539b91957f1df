from typing import TYPE_CHECKING

import pytest

from localcloud.portal.timeline.axis import axis_of, clock, nice, stretches

if TYPE_CHECKING:
    from conftest import Journal

START = 1_764_000_000.0


def test_slacks_minutes_between_retries_are_cut_out(journal: "Journal") -> None:
    journal.said()
    for id, start in (("d1", 0.0), ("d2", 3.0), ("d3", 66.0), ("d4", 369.0)):
        journal.delivered(id, start, start + 3, None, failure="http_timeout")
    timeline = journal.told()
    axis = axis_of(timeline.bars, timeline.now, 100.0, 900.0)
    assert [gap.label for gap in axis.breaks] == ["1 min", "5 min"]
    assert axis.x(START) == 100.0
    assert axis.x(START + 372) == pytest.approx(900.0)
    assert axis.segments[0].right < axis.x(START + 30) < axis.segments[1].left
    places = [tick.x for tick in axis.ticks]
    assert places == sorted(places)


def test_a_short_gap_is_kept() -> None:
    assert stretches([(0.0, 3.0), (4.0, 5.0)]) == [(0.0, 5.0)]


def test_a_gap_longer_than_all_the_rest_is_cut() -> None:
    assert stretches([(0.0, 1.0), (9.0, 10.0)]) == [(0.0, 1.0), (9.0, 10.0)]


def test_there_are_never_too_many_cuts() -> None:
    assert len(stretches([(number * 100.0, number * 100.0) for number in range(30)])) <= 8


def test_a_single_moment_has_an_axis(journal: "Journal") -> None:
    timeline = journal.said().told()
    axis = axis_of(timeline.bars, timeline.now, 100.0, 900.0)
    assert axis.ticks[0].label == "0.0 ms"


@pytest.mark.parametrize(
    ("seconds", "step"), [(0.0011, 0.002), (0.03, 0.05), (0.7, 1.0), (3.0, 5.0), (17, 20.0), (45, 60.0), (200, 300.0)]
)
def test_steps_are_round(seconds: float, step: float) -> None:
    assert nice(seconds) == pytest.approx(step)


@pytest.mark.parametrize(
    ("seconds", "step", "shown"),
    [
        (0.02, 0.02, "20 ms"),
        (0.0005, 0.0005, "0.5 ms"),
        (1.25, 0.05, "1.25 s"),
        (5.0, 5.0, "5 s"),
        (301.2, 0.2, "5:01.2"),
    ],
)
def test_the_clock_is_as_exact_as_its_steps(seconds: float, step: float, shown: str) -> None:
    assert clock(seconds, step) == shown
