"""What the checks of the reports ask of jobs, results and letters."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from autograder.checks import Camp, fail
from autograder.checks.slack_requests import note
from localcloud.cosmos.view import Cosmos
from localcloud.engine.calls import Call
from localcloud.engine.engine import Engine
from localcloud.messages import _, ngettext
from localcloud.slack.model import Channel, Delivery, Message, User
from localcloud.slack.view import Slack
from localcloud.storage.view import Storage

QUEUE = "reports"
LOOK_EVERY = 0.02
RESULT_SECONDS = 15.0
REST_SECONDS = 30.0  # a copy of a job may wait for the end of a lease, which is longer than a call of the engine
LOOKS_AT_REST, SECONDS_BETWEEN_LOOKS = 4, 0.4


@dataclass(frozen=True)
class Job:
    """A report that somebody has asked for."""

    id: str  # its correlation id
    topic: str
    channel: Channel


async def mentioned(
    camp: Camp, topic: str, channel: Channel | None = None, user: User | None = None, *, blanks: bool = False
) -> Job:
    """Somebody mentions the bot and asks for a report; with `blanks` there are more around the topic than one."""
    slack = camp[Slack]
    place = channel or slack.channel()
    asked = f"{slack.mention('report')} {among_blanks(camp, topic) if blanks else topic}"
    message = await slack.say(user or slack.user(), place, asked)
    return Job(id_of(message), topic, place)


async def commanded(camp: Camp, topic: str, *, blanks: bool = False) -> tuple[Job, Delivery | None]:
    """Somebody types `/report`; how Slack was answered. With `blanks` there are some around the topic."""
    slack = camp[Slack]
    channel, trigger = slack.channel(), slack.workspace.commands.new_trigger()
    asked = among_blanks(camp, topic) if blanks else topic
    camp.note(f"/report {asked}")
    result = await slack.workspace.slash(slack.user(), channel, "/report", asked, trigger)
    if result.delivery:
        note(camp, result.delivery)
    return Job(trigger, topic, channel), result.delivery


def id_of(message: Message) -> str:
    return f"{message.channel}:{message.ts}"


def topic_of(camp: Camp) -> str:
    """A topic that nobody can know, some with letters beyond ASCII and with blanks."""
    return camp.rng.choice((camp.word(10), f"{camp.word(6)} {camp.word(5)}", f"学 {camp.word(8)}", f"{camp.word(9)}é"))


def among_blanks(camp: Camp, topic: str) -> str:
    """The topic as somebody may type it who is in a hurry: what counts is without the blanks at its ends."""
    return f"{' ' * camp.rng.randint(1, 3)}{topic}{' ' * camp.rng.randint(1, 3)}"


def text_of(post: Message) -> str:
    """All that a post says, blocks and attachments too."""
    return post.text + (json.dumps(dict(post.extra), ensure_ascii=False) if post.extra else "")


def results(camp: Camp, job: Job) -> list[Message]:
    """The posts with a report of the engine about the job and with its correlation id, in its channel."""
    reports = camp[Engine].calls.completed(job.topic)
    # What goes to a response_url is seen by the one who asked alone, unless its response_type is in_channel.
    posts = [(post, text_of(post)) for post in camp[Slack].posts(job.channel, ephemeral=True)]
    return [post for post, text in posts if job.id in text and any(report in text for report in reports)]


async def must_be_posted(
    camp: Camp, *jobs: Job, seconds: float = RESULT_SECONDS, sent: str | None = None, patient: bool = False
) -> None:
    """Each job has its result within so many seconds. Unless `patient`, it is not waited for once the app is at rest:
    no function runs, and no queue holds a message."""

    def done() -> bool:
        return all(results(camp, job) for job in jobs)

    if await (until(done, seconds) if patient else until_rest(camp, done, seconds)):
        return
    missing = [job for job in jobs if not results(camp, job)]
    fail(
        sent=sent,
        seen=_(
            "{missing} of {all} results are missing, after {seconds:g} seconds or when nothing ran any more."
        ).format(seconds=seconds, missing=len(missing), all=len(jobs))
        + told_of(camp, missing[0]),
        expected=_("a post with the engine's report and the correlation id {id}").format(id=missing[0].id),
        next=_("Does the worker call the engine, and post the report with the correlation id in the job's channel?"),
    )


def told_of(camp: Camp, job: Job) -> str:
    """What can be said of a job without a result: what the engine answered, what was posted, the last error."""
    calls = camp[Engine].calls(job.topic)
    posts = [post.text for post in camp[Slack].posts(job.channel)]
    times = ngettext("once", "{count} times", len(calls)) if calls else _("never")
    lines = [_("The engine was called about {topic}: {times}.").format(topic=job.topic, times=times)]
    others = {call.topic for call in camp[Engine].calls() if call.topic.strip() == job.topic != call.topic}
    lines += [_("It was called about {topic}, with the blanks at its ends.").format(topic=repr(one)) for one in others]
    lines += [_("Posted instead: {text}").format(text=text[:200]) for text in posts[-2:]]
    lines += [error] if (error := camp.last_error()) else []
    return "".join(f"\n{line}" for line in lines)


def must_be_done_once(camp: Camp, job: Job, hint: str, *, calls: int | None = 1, letter: bool = False) -> None:
    """One post; unless `calls` is None, so many completed calls; no letter, unless `letter` says that it had one."""
    completed, posts = camp[Engine].calls.completed(job.topic), results(camp, job)
    if len(posts) == 1 and (calls is None or len(completed) == calls):
        if not letter:
            must_have_no_letter(camp, job)
        return
    fail(
        seen=_("{posts} with the report, {calls} of the engine").format(
            posts=ngettext("1 post", "{count} posts", len(posts)),
            calls=ngettext("1 completed call", "{count} completed calls", len(completed)),
        ),
        expected=_("one post") if calls is None else _("one post, one completed call"),
        next=hint,
    )


def must_have_no_letter(camp: Camp, job: Job) -> None:
    if letter := camp[Cosmos].get("deadletters", job.id):
        fail(
            seen=_("a dead letter: {letter}").format(letter=json.dumps(letter, ensure_ascii=False)[:400]),
            expected=_("no letter, for this job can be done"),
            next=_("A dead letter is for a job that has failed five times."),
        )


async def in_the_engine(camp: Camp, job: Job, seconds: float = 10.0) -> Call:
    """A call about the job that is under way, and that a function with a queue trigger waits for."""
    try:
        call = await asyncio.wait_for(camp[Engine].called(job.topic), seconds)
    except asyncio.TimeoutError:
        fail(
            seen=_("Time-out: after {seconds:g} seconds the engine was not called about {topic}.").format(
                seconds=seconds, topic=job.topic
            )
            + told_of(camp, job),
            expected=_("POST /reports with this topic at REPORT_ENGINE_URL"),
            next=_("A function with a queue trigger on reports takes the job and calls the engine."),
        )
    if not queue_functions_at_work(camp):
        fail(
            seen=_("The engine is called, and no function with a queue trigger runs."),
            expected=_("a call by the function that takes the job from the queue"),
            next=_("Call the engine in the function with the queue trigger: when it fails, the message comes back."),
        )
    return call


def queue_functions_at_work(camp: Camp) -> set[str]:
    """The ids of the invocations with a queue trigger that run now."""
    ended = {entry.facts["id"] for entry in camp.journal.entries if entry.kind == "invocation.finished"}
    return {
        str(entry.facts["id"])
        for entry in camp.journal.entries
        if entry.kind == "invocation.started" and entry.facts.get("queue") and entry.facts["id"] not in ended
    }


async def copied(camp: Camp, job: Job) -> int:
    """Puts a copy of each message that is about the job on its queue, as a queue may deliver twice; how many."""
    found = [one for one in camp.host.queues.seen(QUEUE) if job.id in decoded(one.text)]
    for one in found:
        await camp.host.queues.copy(one.id)
    return len(found)


def decoded(text: str) -> str:
    """The text of a queue message, whether it is in base64 or plain."""
    import base64
    import binascii

    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


async def at_rest(camp: Camp, seconds: float = REST_SECONDS) -> None:
    """Returns once no function runs and no message waits in the queue of jobs; what is hidden waits, too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await camp.quiet(timeout=seconds)
        if await camp[Storage].count(QUEUE) == 0:
            return
        await asyncio.sleep(0.2)
    fail(
        seen=_("Time-out: after {seconds:g} seconds there are still jobs in the queue.").format(seconds=seconds),
        expected=_("an empty queue, once every job is done"),
        next=_("A worker that returns normally takes its message from the queue; one that raises gets it again."),
    )


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_EVERY)
    return True


async def until_rest(camp: Camp, condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true within so many seconds, and before the app is at rest."""
    deadline, restful = time.monotonic() + seconds, 0
    while time.monotonic() < deadline and restful < LOOKS_AT_REST:
        if await until(condition, SECONDS_BETWEEN_LOOKS):
            return True
        busy = camp.host.in_flight or camp[Slack].workspace.busy or await camp[Storage].total()
        restful = 0 if busy else restful + 1
    return condition()
