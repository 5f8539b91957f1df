"""The breaker before the report engine: how often it may be called in trouble, and what becomes of jobs meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks import Camp, fail
from autograder.checks.dead_letters import aside
from autograder.checks.reports import QUEUE, Job, at_rest, mentioned, must_be_posted, topic_of, until
from localcloud.engine.calls import Call
from localcloud.engine.engine import Engine
from localcloud.messages import _, ngettext

COOLDOWN, MOST_CALLS = 2, 1
COOLDOWNS_WATCHED = 4
PATIENCE = 10.0  # seconds until a job that meets no engine is put off, or has used up its tries
LATENESS = 0.5  # seconds between the breaker's permission and the start of the call that are tolerated


@dataclass(frozen=True)
class TooManyCalls:
    """More calls than a breaker may let through in so many cool-downs."""

    calls: int
    cooldowns: int


def too_many_calls(began: Sequence[float], most: int, cooldown: float, cooldowns: int) -> TooManyCalls | None:
    """The first span of 1, 2, ... `cooldowns` cool-downs, from whichever call on, in which too many calls begin.

    A window of `most` calls that begins with every cool-down is right, and a span of k cool-downs may touch k + 1 of
    them. Each span is shortened by `LATENESS`, so that calls delayed by less than that are not
    counted against the app.
    """
    times = sorted(began)
    for k in range(1, cooldowns + 1):
        for first, start in enumerate(times):
            calls = sum(time < start + k * cooldown - LATENESS for time in times[first:])
            if calls > most * (k + 1):
                return TooManyCalls(calls, k)
    return None


def must_leave_alone(began: list[float], settled: float) -> None:
    """In all cool-downs together, and in each span of k of them, at most k + 1 times the calls that the breaker allows.

    Spans count one cool-down later: on a busy computer a worker may have passed the breaker before the first 503, and
    call the engine seconds afterwards, together with others that did.
    """
    late = [time for time in began if time > settled + COOLDOWN]
    found = too_many_calls(late, MOST_CALLS, COOLDOWN, COOLDOWNS_WATCHED - 1)
    if found is None and len(began) > MOST_CALLS * (COOLDOWNS_WATCHED + 1):
        found = TooManyCalls(len(began), COOLDOWNS_WATCHED)
    if found is None:
        return
    fail(
        seen=_("{calls} in {seconds} seconds").format(
            calls=ngettext("1 call", "{count} calls", found.calls), seconds=found.cooldowns * COOLDOWN
        ),
        expected=_("at most {most} calls in {seconds} seconds, all workers together; a cool-down is {cooldown}").format(
            most=MOST_CALLS * (found.cooldowns + 1), seconds=found.cooldowns * COOLDOWN, cooldown=COOLDOWN
        ),
        next=_(
            "Keep the breaker where all workers see it and no crash deletes it: in a document, changed by ETag. A call "
            "that was not made in one cool-down is not added to the next."
        ),
    )


def first_refused(calls: list[Call]) -> float | None:
    """When the first 503 was answered."""
    return min((call.ended for call in calls if call.status == 503 and call.ended), default=None)


async def must_outlive_refusal(camp: Camp) -> Job:
    """A job that meets an engine without connections waits and loses no try; it is done, and the breaker closed. A
    function may also wait inside the call: after PATIENCE the engine is back."""
    engine, since = camp[Engine], camp.journal.last
    sent = _("The engine takes no connections while there is one job, and later it does.")
    await engine.refuse()
    try:
        job = await mentioned(camp, topic_of(camp))
        await until(lambda: handled(camp, since), PATIENCE)
    finally:
        await engine.works()
    await must_be_posted(camp, job, seconds=3 * COOLDOWN + 10.0, sent=sent)
    await at_rest(camp)
    return job


def handled(camp: Camp, since: int) -> bool:
    """Whether a message of the queue was taken from it, by a function that ended well or by the host."""
    entries = camp.journal.since(since)
    started = {
        entry.facts["id"]
        for entry in entries
        if entry.kind == "invocation.started" and entry.facts.get("queue") == QUEUE
    }
    ended_well = any(
        entry.kind == "invocation.finished" and entry.facts["ok"] and entry.facts["id"] in started for entry in entries
    )
    return ended_well or aside(camp, since) > 0
