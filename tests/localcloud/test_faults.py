"""Faults of any service: they begin, count, end, and say so."""

from typing import Any

import pytest

from localcloud.faults import Faults, Kind, kind_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Told(list[tuple[str, Any, Any, Any]]):
    def __call__(self, kind: str, **facts: Any) -> None:
        self.append((kind, facts["fault"], facts["target"], facts.get("how")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_fault_about_one_thing_leaves_others_alone() -> None:
    told = Told()
    faults = Faults(told)
    faults.begin("late", "reports", by=2)
    assert faults.on("late", "orders") is None
    assert (found := faults.on("late", "reports")) and found.by == 2
    faults.begin("late", by=5)
    assert [one.by for queue in ("orders", "reports") if (one := faults.on("late", queue))] == [5, 2]
    assert faults.end("late", "reports")
    assert not faults.end("late", "reports")
    faults.end_all()
    assert told == [
        ("fault.began", "late", "reports", None),
        ("fault.began", "late", None, None),
        ("fault.ended", "late", "reports", "ended"),
        ("fault.ended", "late", None, "ended"),
    ]


async def test_a_fault_that_is_counted_is_over_after_so_many_times() -> None:
    told = Told()
    faults = Faults(told)
    faults.begin("twice", "reports", times=2)
    assert [faults.use("twice", "reports") is not None for _time in range(3)] == [True, True, False]
    assert told[-1] == ("fault.ended", "twice", "reports", "over")


async def test_a_fault_is_over_when_its_time_is_up(clock: Clock) -> None:
    faults = Faults(Told(), clock)
    faults.begin("pause", seconds=10)
    clock.now += 9
    assert faults.to_json() == [{"name": "pause", "target": None, "secondsLeft": 1.0, "times": None, "by": None}]
    clock.now += 1
    assert faults.active() == []


def test_the_fields_of_a_kind_are_checked() -> None:
    kinds = (Kind("late", "Late", ("target", "seconds", "by"), ("by",)), Kind("crash", "Crash"))
    late = kind_of(kinds, "late")
    assert late.fields({"target": "reports", "by": 3, "seconds": None}) == {"target": "reports", "by": 3.0}
    for given, says in (
        ({}, "needs by"),
        ({"by": 0}, r"from 0\.1 to 60"),
        ({"by": "3"}, "must be a number"),
        ({"by": True}, "must be a number"),
        ({"by": 1, "times": 1}, "takes no times"),
        ({"by": 1, "target": "x" * 1_001}, "must be a text"),
    ):
        with pytest.raises(ValueError, match=says):
            late.fields(given)
    with pytest.raises(ValueError, match="There is no fault flood; the faults are late, crash"):
        kind_of(kinds, "flood")
