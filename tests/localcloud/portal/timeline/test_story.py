from typing import TYPE_CHECKING

import pytest

from localcloud.portal.timeline.model import INFERRED, KNOWN, MOST_BARS
from localcloud.portal.timeline.story import told

if TYPE_CHECKING:
    from conftest import Journal

START = 1_764_000_000.0
TRACE = "a" * 32
OTHER = "b" * 32


def test_a_mention_leads_to_an_invocation_and_to_a_post(journal: "Journal") -> None:
    journal.said().delivered("d1", 0.002, 0.05).ran("r1", 0.004, 0.045, parent="span d1")
    timeline = journal.posted("2.1", 0.03).called(0.03, ts="2.1").told()
    assert timeline.title == "aiko: @camp hello"
    assert [lane.name for lane in timeline.lanes] == ["Slack", "Worker 41", "Posts of the app"]
    assert journal.links() == {("delivery:d1", "run:r1", KNOWN), ("run:r1", "post:3", INFERRED)}
    assert timeline.bars[-1].trace == OTHER
    assert not timeline.going_on


def test_a_duplicate_is_two_deliveries_two_invocations_and_two_posts(duplicate: "Journal") -> None:
    timeline = duplicate.told()
    assert duplicate.labels("slack")[1:] == ["app_mention → 200", "app_mention · again → 200"]
    assert len(duplicate.labels("worker:41")) == len(duplicate.labels("post")) == 2
    assert len({one.source for one in timeline.links}) == 4
    assert timeline.notes == ["Delivered more than once: app_mention (2). Posts of the app: 2."]


def test_a_retry_says_which_and_why(journal: "Journal") -> None:
    journal.said().delivered("d1", 0.0, 3.0, None, failure="http_timeout")
    timeline = journal.delivered("d2", 3.0, 3.1, attempt=1, reason="http_timeout").told()
    assert journal.labels("slack")[1:] == ["app_mention → http_timeout", "app_mention · retry 1 (http_timeout) → 200"]
    assert [bar.ok for bar in timeline.bars] == [None, False, True]
    assert "did not answer within 3 seconds" in dict(timeline.bars[1].facts)["Why"]


def test_a_call_among_several_invocations_of_one_message_is_not_linked(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 4.0).ran("r2", 3.0, 7.0).posted("2.1", 3.9).called(3.9, ts="2.1")
    timeline = journal.told()
    assert journal.labels("post") == ["Hello, aiko"]
    assert journal.links() == set()
    assert timeline.notes == [
        "Calls without trace context, not linked because several invocations of this message ran then: 1."
    ]


def test_a_call_among_invocations_of_several_messages_is_left_out(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 4.0).ran("r2", 3.0, 7.0, trace=OTHER)
    timeline = journal.posted("2.1", 3.9).called(3.9, ts="2.1").told()
    assert journal.labels("post") == []
    assert timeline.notes == ["Calls without trace context, left out because invocations of other messages ran too: 1."]


@pytest.mark.parametrize("span", ["span of r1", "span d1"])
def test_a_call_that_carries_the_trace_is_known(journal: "Journal", span: str) -> None:
    """Whether the app passes on its own trace context or the header that it got."""
    journal.said().ran("r1", 0.0, 4.0, parent="span d1").ran("r2", 0.0, 4.0, parent="span d2")
    journal.called(1.0, "reactions.add", carried=TRACE, span=span)
    assert journal.links() == {("run:r1", "call:2", KNOWN)}


def test_a_call_that_carries_another_trace_is_not_ours(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 4.0).called(1.0, "users.info", carried=OTHER, span="x")
    assert journal.labels("call") == []


def test_a_refused_call_is_bad(journal: "Journal") -> None:
    timeline = journal.said().ran("r1", 0.0, 4.0).called(1.0, error="ratelimited").told()
    assert journal.labels("call") == ["chat.postMessage: ratelimited"]
    assert timeline.bars[-1].ok is False


def test_the_answer_of_a_webhook_is_known(journal: "Journal") -> None:
    journal.said().delivered("d1", 0.0, 0.1, what="outgoing", event=None).posted("2.1", 0.11, trace=TRACE)
    assert journal.links() == {("delivery:d1", "post:3", KNOWN)}


def test_a_queue_message_is_redelivered_and_moved_aside(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.1).wrote("r1", 0.09, "orders", "m1")
    hop = {"function": "work", "trigger": "queueTrigger", "queue": "orders", "message_id": "m1"}
    for number in (1, 2):
        journal.ran(f"q{number}", number, number + 0.1, ok=False, dequeue_count=number, **hop)
    journal.happened(
        2.2, "queue.poisoned", trace=TRACE, queue="orders", message_id="m1", dequeue_count=2,
        poison_queue="orders-poison", poison_message_id="m2",
    )  # fmt: skip
    hop |= {"queue": "orders-poison", "message_id": "m2"}
    journal.ran("p1", 2.3, 2.4, dequeue_count=1, **hop)
    assert journal.links() == {
        ("run:r1", "waiting:orders:m1", KNOWN),
        ("waiting:orders:m1", "run:q1", KNOWN),
        ("waiting:orders:m1", "run:q2", KNOWN),
        ("waiting:orders:m1", "waiting:orders-poison:m2", KNOWN),
        ("waiting:orders-poison:m2", "run:p1", KNOWN),
    }
    assert journal.labels("queue:orders") == ["message m1 · taken 2 times"]
    assert journal.labels("worker:41") == ["events", "work", "work · delivery 2", "work"]


def test_a_copy_made_by_a_fault_leads_from_its_message(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.1).wrote("r1", 0.09, "orders", "m1")
    hop = {"function": "work", "trigger": "queueTrigger", "queue": "orders", "dequeue_count": 1}
    journal.happened(0.2, "queue.copied", trace=TRACE, queue="orders", message_id="m1", copy_id="m2")
    journal.ran("q1", 0.3, 0.4, message_id="m1", **hop).ran("q2", 0.3, 0.4, message_id="m2", **hop)
    assert journal.links() >= {
        ("waiting:orders:m1", "waiting:orders:m2", KNOWN),
        ("waiting:orders:m2", "run:q2", KNOWN),
    }
    assert journal.labels("queue:orders") == ["message m1", "message m2 · a copy, made by a fault"]
    assert journal.told().notes == []


@pytest.mark.parametrize(
    ("fault", "what"), [("late", "kept by a fault"), ("reorder", "kept by a fault, to come after later ones")]
)
def test_a_message_that_a_fault_keeps_is_drawn_as_long_as_it_is_kept(journal: "Journal", fault: str, what: str) -> None:
    journal.said().ran("r1", 0.0, 0.1).wrote("r1", 0.09, "orders", "m1")
    journal.happened(0.2, "queue.delayed", trace=TRACE, queue="orders", message_id="m1", fault=fault, seconds=2.0)
    [kept] = [bar for bar in journal.told().bars if bar.id.startswith("delay:")]
    assert kept.end and round(kept.end - kept.start, 3) == 2
    assert (kept.label, kept.lane.id) == (f"message m1 · {what}", "queue:orders")


def test_faults_that_were_on_meanwhile_have_a_lane_of_their_own(journal: "Journal") -> None:
    """Each cut to the story: one that ended before it, or began after it, is none of it."""
    journal.said().ran("r1", 0.0, 10.0)
    paused = {"fault": "pause", "target": "jobs", "by": None}
    journal.happened(-60.0, "fault.began", **paused, seconds=None).happened(4.0, "fault.ended", **paused, how="ended")
    journal.happened(-90.0, "fault.began", fault="late", target=None, by=2.0)
    journal.happened(-80.0, "fault.ended", fault="late", target=None, by=2.0, how="over")
    journal.happened(11.0, "fault.began", fault="twice", target=None, by=None)
    journal.failing("dogs", 3.0).troubled(5.0, 6.0)
    bars = [bar for bar in journal.told().bars if bar.lane.kind == "fault"]
    assert [(bar.label, bar.start - START, bar.end and bar.end - START) for bar in bars] == [
        ("Nothing is taken from the queue: jobs", 0.0, 4.0),
        ("The report engine fails (500): dogs", 3.0, 10.0),
        ("Slack's Web API is down (503)", 5.0, 6.0),
    ]
    assert ("Ended", "not yet") in bars[1].facts
    assert journal.told().lanes[0].name == "Faults"
    assert not journal.told().going_on


def test_an_invocation_that_was_killed_on_request_says_so(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.5, ok=False, message="WorkerProcessExitException: exited")
    journal.host[-1]["fault"] = "crash"
    assert ("Fault", "Its worker was crashed on request.") in journal.told().bars[-1].facts


def test_a_queue_message_from_elsewhere_is_of_unknown_origin(journal: "Journal") -> None:
    journal.ran("q1", 0.0, 0.1, function="work", queue="orders", message_id="m1", dequeue_count=1)
    timeline = journal.told()
    assert journal.labels("queue:orders") == ["message m1 · unknown origin"]
    assert timeline.notes == ["Queue messages of unknown origin, for no output binding wrote them: 1."]


def test_a_blob_starts_a_function(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.1)
    written = {"type": "blob", "target": "in/a.txt", "blob": "in/a.txt", "etag": "1"}
    journal.happened(0.09, "output.written", id="r1", trace=TRACE, **written)
    journal.ran("b1", 0.2, 0.3, blob="in/a.txt", etag="1").ran("b2", 0.4, 0.5, blob="in/a.txt", etag="2")
    assert journal.links() == {
        ("run:r1", "output:3", KNOWN),
        ("output:3", "run:b1", KNOWN),
        ("output:3", "run:b2", INFERRED),
    }


def test_a_document_starts_a_function(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.1)
    place = {"database": "camp", "container": "messages"}
    written = {"type": "cosmosDB", "target": "camp/messages/7", "document_id": "7", "partition_key": "general", **place}
    journal.happened(0.09, "output.written", id="r1", trace=TRACE, etag="e1", **written)
    for name, id, etag, start in (("same", "7", "e1", 0.2), ("newer", "7", "e2", 0.4), ("other", "8", "e1", 0.6)):
        journal.ran(name, start, start + 0.1, documents=[{"id": id, "etag": etag}], count=1, **place)
    assert journal.links() == {
        ("run:r1", "output:3", KNOWN),
        ("output:3", "run:same", KNOWN),
        ("output:3", "run:newer", INFERRED),
    }
    told = [pair for bar in journal.told().bars for pair in bar.facts]
    assert ("Partition key", "general") in told and ("Changed documents", "camp/messages (1)") in told


def test_a_crash_in_mid_invocation_is_marked_in_its_workers_lane(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 0.5, ok=False, message="WorkerProcessExitException: exited")
    journal.happened(0.45, "worker.crashed", pid=41).happened(0.46, "worker.crashed", pid=99)
    timeline = journal.told()
    assert journal.labels("worker:41") == ["events", "killed"]
    assert [bar.ok for bar in timeline.bars[1:]] == [False, False]


def test_a_retry_policy_shows_its_attempts(journal: "Journal") -> None:
    journal.said().ran("r1", 0.0, 3.0)
    for moment, kind in ((1.0, "invocation.retried"), (2.0, "invocation.attempted")):
        journal.happened(moment, kind, id="r1", trace=TRACE, function="events", worker_pid=41)
    timeline = journal.called(2.5, "users.info").told()
    assert journal.labels("worker:41") == ["events", "events · attempt 2"]
    assert [bar.ok for bar in timeline.bars if bar.kind == "invocation"] == [False, True]
    assert journal.links() == {("run:r1:2", "call:2", INFERRED)}


def test_what_runs_is_open(journal: "Journal") -> None:
    timeline = journal.said().ran("r1", 0.0, None).told(now=2.0)
    assert timeline.going_on
    assert timeline.bars[-1].end is None


def test_without_spans_the_only_delivery_that_fits_is_inferred(journal: "Journal") -> None:
    journal.said().delivered("d1", 0.0, 0.1).delivered("d2", 5.0, 5.1).ran("r1", 0.01, 0.09)
    assert journal.links() == {("delivery:d1", "run:r1", INFERRED)}
    journal.delivered("d3", 0.0, 0.1, event="message")
    assert journal.links() == set()


def test_a_long_story_is_cut_and_counted(journal: "Journal") -> None:
    journal.said()
    for number in range(MOST_BARS + 50):
        journal.delivered(f"d{number}", number, number + 0.5).ran(f"r{number}", number, number + 0.4)
    timeline = journal.told()
    assert (len(timeline.bars), timeline.hidden) == (MOST_BARS, MOST_BARS + 101)
    assert {end for one in timeline.links for end in (one.source, one.target)} <= {bar.id for bar in timeline.bars}


def test_an_unknown_trace_has_no_story(journal: "Journal") -> None:
    assert told(OTHER, journal.said().slack, [], {}, 0.0) is None


def test_a_replayed_job_goes_on_in_the_same_story(journal: "Journal") -> None:
    """The queue SDK sends it, so that its writer is unknown; its text is that of the poison message."""
    journal.said().ran("r1", 0.0, 0.1).wrote("r1", 0.05, "jobs", "m1")
    journal.ran("r2", 0.2, 0.3, ok=False, queue="jobs", message_id="m1", dequeue_count=5)
    moved = {"queue": "jobs", "message_id": "m1", "poison_queue": "jobs-poison", "poison_message_id": "p1"}
    journal.happened(0.31, "queue.poisoned", trace=TRACE, **moved)
    journal.ran("r3", 0.4, 0.5, queue="jobs-poison", message_id="p1", dequeue_count=1)
    again = {"like": "jobs-poison:p1", "inserted": 1_764_000_000.0 + 20}
    timeline = journal.ran("r4", 20.4, 21.0, queue="jobs", message_id="m2", dequeue_count=1, **again).told()
    assert journal.labels("queue:jobs") == ["message m1", "message m2 · goes on with an earlier message"]
    assert ("waiting:jobs-poison:p1", "waiting:jobs:m2", INFERRED) in journal.links()
    assert ("waiting:jobs:m1", "waiting:jobs-poison:p1", KNOWN) in journal.links()
    assert next(bar.start for bar in timeline.bars if "m2" in bar.label) == 1_764_000_000.0 + 20
    assert timeline.notes == []


def test_the_time_in_which_a_message_could_not_be_seen_is_drawn_apart(journal: "Journal") -> None:
    """A job that was put off is hidden at first, and then waits for a worker; a failed one by host.json's setting."""
    journal.said().ran("r1", 0.0, 0.1).wrote("r1", 0.05, "jobs", "m1")
    journal.ran("r2", 0.2, 0.3, ok=False, queue="jobs", message_id="m1", dequeue_count=1)
    journal.happened(0.31, "queue.returned", trace=TRACE, queue="jobs", message_id="m1", seconds=4)
    put_off = {"like": "jobs:m1", "inserted": START + 5, "hidden_until": START + 14}
    journal.ran("r3", 15.0, 16.0, queue="jobs", message_id="m2", dequeue_count=1, **put_off)
    at_once = {"like": "jobs:m1", "inserted": START + 20, "hidden_until": START + 20.2}
    journal.ran("r4", 21.0, 22.0, queue="jobs", message_id="m3", dequeue_count=1, **at_once)
    hidden = [bar for bar in journal.told().bars if bar.kind == "hidden"]
    assert [(bar.label, round(bar.start - START, 2), round((bar.end or 0) - START, 2)) for bar in hidden] == [
        ("message m1 · hidden after a failure", 0.31, 4.31),
        ("message m2 · hidden by its sender", 5.0, 14.0),
    ]
    assert {bar.lane.id for bar in hidden} == {"queue:jobs"}
