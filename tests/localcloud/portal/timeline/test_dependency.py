"""The calls of the report engine in a story."""

from typing import TYPE_CHECKING

from localcloud.portal.timeline.model import INFERRED, KNOWN

if TYPE_CHECKING:
    from conftest import Journal

TRACE = "a" * 32
OTHER = "b" * 32


def test_a_call_is_inferred_by_its_topic_and_its_time(journal: "Journal") -> None:
    journal.said("<@UB> report cats").ran("r1", 0.1, 2.0).ran("r2", 0.2, 2.5, trace=OTHER)
    timeline = journal.asked(1, "cats", 0.3, 1.9).asked(2, "dogs", 0.3, 1.9).told()
    assert journal.labels("engine") == ["cats → 200"]
    assert journal.links() == {("run:r1", "engine:1", INFERRED)}
    assert [lane.kind for lane in timeline.lanes] == ["slack", "worker", "engine"]


def test_without_the_topic_a_call_is_inferred_when_nothing_else_ran(journal: "Journal") -> None:
    journal.said("<@UB> the usual").ran("r1", 0.1, 2.0).asked(1, "cats", 0.3, 1.9)
    assert journal.links() == {("run:r1", "engine:1", INFERRED)}
    journal.ran("r2", 0.2, 2.5, trace=OTHER)
    assert journal.labels("engine") == []


def test_a_call_that_carries_the_trace_is_known(journal: "Journal") -> None:
    journal.said("<@UB> the usual").ran("r1", 0.1, 2.0).ran("r2", 0.2, 2.5, trace=OTHER)
    journal.asked(1, "cats", 0.3, 1.9, carried=TRACE, span="span of r1").asked(2, "cats", 0.3, 1.9, carried=OTHER)
    assert journal.links() == {("run:r1", "engine:1", KNOWN)}


def test_a_call_of_a_killed_worker_outlives_it(journal: "Journal") -> None:
    """The job's second try is not taken for the caller of the first call, nor the other way round."""
    journal.said("<@UB> report cats")
    journal.ran("r1", 0.1, 1.0, ok=False, message="The worker was killed.").ran("r2", 1.2, 5.0)
    timeline = journal.asked(1, "cats", 0.2, 3.2, heard=False).asked(2, "cats", 1.4, 4.8).told()
    assert journal.labels("engine") == ["cats → 200 · the caller was gone", "cats → 200"]
    assert journal.links() == {("run:r1", "engine:1", INFERRED), ("run:r2", "engine:2", INFERRED)}
    assert [bar.ok for bar in timeline.bars if bar.lane.id == "engine"] == [False, True]


def test_a_call_that_two_invocations_may_have_made_is_not_linked(journal: "Journal") -> None:
    journal.said("<@UB> report cats").ran("r1", 0.1, 2.0).ran("r2", 0.2, 2.5)
    timeline = journal.asked(1, "cats", 0.3, 1.9).told()
    assert journal.labels("engine") == ["cats → 200"]
    assert journal.links() == set()
    assert "not linked because several invocations" in timeline.notes[-1]


def test_a_call_under_way_is_open(journal: "Journal") -> None:
    timeline = journal.said("<@UB> report cats").ran("r1", 0.1, None).asked(1, "cats", 0.3).told(now=2.0)
    assert journal.labels("engine") == ["cats"]
    assert timeline.going_on


def test_a_failed_call_and_one_without_an_answer_are_bad(journal: "Journal") -> None:
    journal.said("<@UB> report cats").ran("r1", 0.1, 1.0, ok=False).ran("r2", 1.1, 2.0, ok=False)
    timeline = journal.asked(1, "cats", 0.2, 0.9, status=500).asked(2, "cats", 1.2, 1.9, status=None).told()
    assert journal.labels("engine") == ["cats → 500", "cats → no answer"]
    assert [bar.ok for bar in timeline.bars if bar.lane.id == "engine"] == [False, False]
