"""What the checks of dead letters ask: how often a job was tried, what its letter says, and who hears of it."""

import json
import time
from collections.abc import Mapping
from urllib.parse import quote

from autograder.checks import Answer, Camp, fail
from autograder.checks.reports import (
    QUEUE,
    RESULT_SECONDS,
    Job,
    at_rest,
    decoded,
    in_the_engine,
    mentioned,
    text_of,
    told_of,
    topic_of,
    until,
    until_rest,
)
from localcloud.cosmos.view import Cosmos
from localcloud.engine.engine import Engine
from localcloud.messages import _, ngettext
from localcloud.slack.view import Slack

POISON = "reports-poison"
TRIES = 5  # that a message has, unless host.json says otherwise


def tries_of(camp: Camp, job: Job) -> int:
    """The highest dequeue count of a message about the job."""
    own = {one.id for one in camp.host.queues.seen(QUEUE) if job.id in decoded(one.text)}
    counts = [
        int(entry.facts["dequeue_count"])
        for entry in camp.journal.entries
        if entry.kind == "invocation.started" and entry.facts.get("message_id") in own
    ]
    return max(counts, default=0)


def failed_at(camp: Camp, job: Job) -> float:
    """When the engine last answered about the job, by the clock of Slack's timestamps."""
    calls = camp[Engine].calls
    return time.time() - calls.now() + max((call.ended or 0.0 for call in calls(job.topic)), default=0.0)


def aside(camp: Camp, since: int) -> int:
    """How many messages have come into the poison queue: moved there by the host, or by the app itself."""
    entries = camp.journal.since(since)
    moved = {entry.facts["poison_message_id"] for entry in entries if entry.kind == "queue.poisoned"}
    taken = {
        entry.facts["message_id"]
        for entry in entries
        if entry.kind == "invocation.started" and entry.facts.get("queue") == POISON
    }
    return len(moved | taken)


async def letter_of(camp: Camp, job: Job, *, seconds: float = RESULT_SECONDS) -> dict[str, object]:
    """The job's dead letter, once there is one."""
    await until_rest(camp, lambda: camp[Cosmos].get("deadletters", job.id) is not None, seconds)
    if (letter := camp[Cosmos].get("deadletters", job.id)) is None:
        others = [one["id"] for one in camp[Cosmos].all("deadletters")]
        fail(
            seen=_("There is no letter, and nothing runs any more. The letters are: {ids}").format(
                ids=", ".join(map(str, others)) or "-"
            )
            + told_of(camp, job),
            expected=_("a document with the id {id} in the container deadletters").format(id=job.id),
            next=_("A function with a queue trigger on reports-poison gets each job that has failed five times."),
        )
    return letter


async def replay(camp: Camp, id: str, *, key: bool = True) -> Answer:
    """Asks for a dead letter to be replayed."""
    headers = {"x-functions-key": camp.host.app.keys.host["default"]} if key else {}
    return await camp.post(f"/api/deadletters/{quote(id, safe='')}/replay", headers=headers)


def must_be_taken(best: int, worst: int) -> None:
    """The better one of two answers is a 2xx, and none a fault of the server."""
    if 200 <= best < 300 and worst < 500:
        return
    fail(
        seen=_("status {best} and status {worst}").format(best=best, worst=worst),
        expected=_("status 200; asked again, anything below 500"),
        next=_("Two may ask at once: a letter that is gone already is no error."),
    )


def must_tell_why(camp: Camp, job: Job, letter: Mapping[str, object]) -> None:
    """The letter names the job, and what the app was told last by the engine."""
    said = [call.said for call in camp[Engine].calls(job.topic) if call.said and call.heard]
    right = {"id": job.id, "correlation_id": job.id, "topic": job.topic}
    wrong = [name for name, value in right.items() if letter.get(name) != value]
    if wrong or not said or said[-1] not in str(letter.get("error")):
        fail(
            seen=json.dumps(letter, ensure_ascii=False)[:600],
            expected=json.dumps({**right, "error": f"... {said[-1] if said else ''} ..."}, ensure_ascii=False),
            next=_("Keep in the container reports what the engine said last: the poison message does not hold it."),
        )


def must_be_heard_of(camp: Camp, job: Job, since: float) -> None:
    """Somebody is called for help after the last failure, which was at `since`."""
    slack = camp[Slack]
    if not any(job.id in text_of(post) and float(post.ts) > since for post in slack.posts(slack.ops)):
        fail(
            seen=_("no post in #ops with the correlation id {id}, after the last failure").format(id=job.id)
            + told_of(camp, job),
            expected=_("a post in the channel SLACK_OPS_CHANNEL that names the job"),
            next=_(
                "Whoever writes the letter also posts: chat_postMessage(channel=os.environ['SLACK_OPS_CHANNEL'], ...)."
            ),
        )


async def must_be_told_of_crash(camp: Camp) -> None:
    """The last try may be killed: then the worker itself can write no letter, and the poison queue's function does."""
    engine, topic = camp[Engine], topic_of(camp)
    engine.fail(topic)
    engine.slow(1.0, topic)  # so that no try is over before it was seen
    try:
        job = await mentioned(camp, topic)
        await until(lambda: tries_of(camp, job) == TRIES, RESULT_SECONDS)
        await in_the_engine(camp, job)
        since = time.time()
        await camp.crash_workers()
        camp.note(_("The engine answers 500 four times; in the fifth try the worker is killed."))
        await letter_of(camp, job)
        await at_rest(camp)
    finally:
        await engine.works()
    must_be_heard_of(camp, job, since)


def must_keep_to_its_tries(camp: Camp, job: Job, hint: str) -> None:
    """With more tries than five an outage makes no dead letters, and neither does a topic that always fails."""
    if (tries := tries_of(camp, job)) > TRIES:
        fail(
            seen=ngettext("1 try of the same message", "{count} tries of the same message", tries),
            expected=_("at most five: maxDequeueCount in host.json stays at 5"),
            next=hint,
        )
