"""Lab 4: reactive queues and dead letters."""

import asyncio
import json
import time

from autograder.checks import Camp, check, fail
from autograder.checks.breaker import (
    COOLDOWN,
    COOLDOWNS_WATCHED,
    MOST_CALLS,
    first_refused,
    must_leave_alone,
    must_outlive_refusal,
)
from autograder.checks.dead_letters import (
    POISON,
    TRIES,
    aside,
    failed_at,
    letter_of,
    must_be_heard_of,
    must_be_taken,
    must_be_told_of_crash,
    must_keep_to_its_tries,
    must_tell_why,
    replay,
    tries_of,
)
from autograder.checks.greetings import HELLO, greeting_of, must_greet
from autograder.checks.reports import (
    QUEUE,
    Job,
    at_rest,
    commanded,
    copied,
    decoded,
    id_of,
    in_the_engine,
    mentioned,
    must_be_done_once,
    must_be_posted,
    must_have_no_letter,
    results,
    text_of,
    told_of,
    topic_of,
    until,
)
from autograder.checks.slack_answers import status_of
from autograder.checks.sqs_jobs import (
    body_of,
    must_be_called,
    must_bear_repetition,
    must_fail_alone,
    must_redrive,
    sent_at_once,
    until_done,
)
from autograder.kinds.sqs_handler import SqsWorker
from localcloud.aws.view import Aws
from localcloud.cosmos.view import Cosmos
from localcloud.engine.engine import Engine
from localcloud.messages import _, ngettext
from localcloud.slack.faults import UNAVAILABLE
from localcloud.slack.view import Slack, usual_cause

SLOW = 4.0
REQUEST = "Request URL:"  # begins what Azure's SDKs log of each request, with the document's id in it
BURST, TWICE, MOST_UNDER_WAY = 200, 20, 16
SECONDS_WITHOUT_A_POST = 15.0
SETTLING = 1.0
JOBS_IN_TROUBLE = 8
LATE_JOBS = MOST_CALLS * (COOLDOWNS_WATCHED + 1) + 1  # more than may call: they come in the middle of the trouble


@check("4.1", timeout=60.0)
async def test_slack_is_answered_in_time(camp: Camp) -> None:
    """Slack is answered within three seconds"""
    slack, engine = camp[Slack], camp[Engine]
    engine.slow(SLOW)
    try:
        job = await mentioned(camp, topic_of(camp), blanks=True)
        other, delivery = await commanded(camp, topic_of(camp), blanks=True)
        await until(lambda: slack.workspace.under_way == 0, SECONDS_WITHOUT_A_POST)
        about = [one for one in slack.workspace.deliveries if f"{one.channel}:{one.message_ts}" == job.id]
        for one in [*about, *([delivery] if delivery else [])]:
            if not one.ok:
                fail(
                    seen=status_of(camp, one),
                    expected=_("status 200 within three seconds, while the engine takes {seconds:g}").format(
                        seconds=SLOW
                    ),
                    next=usual_cause(one)
                    or _("Put the job on the queue and answer at once. Another function does the work."),
                )
        await must_be_posted(camp, job, other)
    finally:
        await engine.works()


@check("4.2", workers=2, timeout=90.0)
async def test_asked_twice_done_once(camp: Camp) -> None:
    """Asked twice, done once"""
    slack, engine = camp[Slack], camp[Engine]
    engine.slow(1.5)
    user, channel = slack.user(), slack.channel()
    topic = topic_of(camp)
    message = await slack.say(user, channel, slack.mention(f"report {topic}"))
    job = Job(id_of(message), topic, channel)
    try:
        await in_the_engine(camp, job)
        await camp.forget_files()  # whoever takes a copy may be on another computer, where no file says who is first
        if not await copied(camp, job):
            fail(
                seen=_("no message about the job on the queue {queue}").format(queue=QUEUE) + told_of(camp, job),
                expected=_("a message with the correlation id {id}").format(id=job.id),
                next=_("Put the job on the queue reports. Whoever takes it from there asks the engine."),
            )
        await slack.workspace.duplicate(message)
        await must_be_posted(camp, job)
        await at_rest(camp)
    finally:
        await engine.works()
    await camp.restart_workers()
    await slack.workspace.duplicate(message)
    await copied(camp, job)
    await at_rest(camp)
    camp.note(_("One mention; Slack repeats its events, and the queue delivers copies of the job: at once, and later."))
    hint = _(
        "A job is done once: keep in the container reports who owns it and whether it is done. Look there first. A "
        "batchSize of 1 or a locked file keeps no other host from taking a copy."
    )
    must_be_done_once(camp, job, hint)


@check("4.3", workers=2, timeout=90.0)
async def test_a_crash_loses_nothing(camp: Camp) -> None:
    """A crash loses nothing"""
    slack, engine = camp[Slack], camp[Engine]
    engine.slow(2.0)
    try:
        job = await mentioned(camp, topic_of(camp))
        await in_the_engine(camp, job)
        await camp.crash_workers()
    finally:
        await engine.works()
    crash = _("The workers are killed while they wait for the engine.")
    await must_be_posted(camp, job, seconds=30.0, sent=crash)
    engine.slow(1.0)
    try:
        refused = await mentioned(camp, topic_of(camp))
        await in_the_engine(camp, refused)  # a post that says "working on it" is through
        slack.workspace.faults.begin(UNAVAILABLE, "chat.postMessage", times=1)
        refusal = _("Slack answers 503 to the first chat.postMessage after the engine's answer.")
        await must_be_posted(camp, refused, seconds=30.0, sent=refusal)
    finally:
        slack.workspace.faults.end(UNAVAILABLE, "chat.postMessage")
        await engine.works()
    await at_rest(camp)
    hint = _("Post first, then record that it is done. A job whose post failed is not done.")
    must_be_done_once(camp, job, hint, calls=None)
    must_be_done_once(camp, refused, hint, calls=None)


@check("4.4", timeout=60.0)
async def test_a_poison_message_steps_aside(camp: Camp) -> None:
    """A poison message steps aside"""
    engine = camp[Engine]
    bad, flaky = topic_of(camp), topic_of(camp)
    since = camp.journal.last
    engine.fail(bad)
    engine.fail(flaky, times=TRIES - 1)
    try:
        poison = await mentioned(camp, bad)
        others = [await mentioned(camp, topic_of(camp)) for _one in range(5)]
        again = await mentioned(camp, flaky)
        await must_be_posted(camp, *others, seconds=8.0)
        await must_be_posted(camp, again)
        await until(lambda: aside(camp, since) > 0, 8.0)
    finally:
        await engine.works()
    tries = tries_of(camp, poison)
    if aside(camp, since) == 0 or tries != TRIES:
        fail(
            sent=_("In #{channel}: report {topic}. The engine answers 500 each time.").format(
                channel=poison.channel.name, topic=bad
            ),
            seen=_("{tries}, {moved} in {poison}").format(
                tries=ngettext("1 try", "{count} tries", tries),
                moved=ngettext("1 message", "{count} messages", aside(camp, since)),
                poison=POISON,
            )
            + told_of(camp, poison),
            expected=_("five tries, then a message in {poison}").format(poison=POISON),
            next=_("Raise when the engine answers 500: after maxDequeueCount tries the host moves the message."),
        )


@check("4.5", timeout=60.0)
async def test_someone_hears_about_it(camp: Camp) -> None:
    """Someone hears about it"""
    engine = camp[Engine]
    topic, flaky = topic_of(camp), topic_of(camp)
    engine.fail(topic)
    engine.fail(flaky, times=TRIES - 1)
    try:
        job, again = await mentioned(camp, topic), await mentioned(camp, flaky)
        letter = await letter_of(camp, job)
        await must_be_posted(camp, again)
        await at_rest(camp)
    finally:
        await engine.works()
    must_tell_why(camp, job, camp[Cosmos].get("deadletters", job.id) or letter)
    must_be_heard_of(camp, job, failed_at(camp, job))
    must_have_no_letter(camp, again)
    await must_be_told_of_crash(camp)


@check("4.6", workers=2, timeout=90.0)
async def test_a_dead_letter_can_be_replayed(camp: Camp) -> None:
    """A dead letter can be replayed"""
    engine = camp[Engine]
    topic = topic_of(camp)
    engine.fail(topic)
    try:
        job = await mentioned(camp, topic)
        await letter_of(camp, job)
        await at_rest(camp)
        for id, key, status in ((job.id, False, 401), (f"{job.channel.id}:{camp.word()}", True, 404)):
            answer = await replay(camp, id, key=key)
            if answer.status != status:
                fail(
                    seen=_("status {status}").format(status=answer.status) + f"\n{answer.text[:200]}",
                    expected=_("status {status}").format(status=status),
                    next=_("The route needs auth_level FUNCTION; an id without a letter is answered 404."),
                )
    finally:
        await engine.works()
    await camp.restart_workers()  # whoever takes the replay has not seen the letter written
    await asyncio.sleep(SETTLING)
    if results(camp, job):
        fail(
            seen=_("the result is posted before anybody asks for the replay"),
            expected=_("a job that has failed five times is not sent again before somebody asks for its replay"),
            next=_("What writes the letter must not send the job again. POST /api/deadletters/<id>/replay does."),
        )
    engine.slow(1.0)  # the second comes while the first is under way
    try:
        first, second = await asyncio.gather(replay(camp, job.id), replay(camp, job.id))
        must_be_taken(min(first.status, second.status), max(first.status, second.status))
        await must_be_posted(camp, job)
        await at_rest(camp)
    finally:
        await engine.works()
    later = await replay(camp, job.id)
    must_be_taken(200, later.status)
    await at_rest(camp)
    camp.note(_("A replay is asked for twice at once, and once more after the job is done."))
    hint = _("A replay puts the job on the queue again; the worker knows whether it is done or somebody else's.")
    must_be_done_once(camp, job, hint, letter=True)


@check("4.7", workers=2, timeout=120.0)
async def test_a_burst_is_absorbed(camp: Camp) -> None:
    """A burst is absorbed"""
    slack = camp[Slack]
    user, jobs = slack.user(), []
    twice = set(camp.rng.sample(range(BURST), TWICE))
    for number in range(BURST):
        topic, channel = topic_of(camp), slack.channel()
        message = await slack.workspace.say(user, channel, slack.mention(f"report {topic}"))
        jobs.append(Job(id_of(message), topic, channel))
        if number in twice:
            await slack.workspace.duplicate(message)
        # More at once, and a slow computer misses Slack's deadline, whatever the app does.
        await until(lambda: slack.workspace.under_way <= MOST_UNDER_WAY, SECONDS_WITHOUT_A_POST)
    camp.note(
        _("{count} mentions in as many channels, {twice} of them delivered twice").format(count=BURST, twice=TWICE)
    )
    posted, since = 0, time.monotonic()
    while posted < BURST and time.monotonic() - since < SECONDS_WITHOUT_A_POST:
        await asyncio.sleep(0.1)
        now = sum(bool(results(camp, job)) for job in jobs)  # a post that says "working on it" is none
        if now > posted:
            posted, since = now, time.monotonic()
    await must_be_posted(camp, *jobs, seconds=1.0)
    await at_rest(camp)
    for job in jobs:
        must_be_done_once(camp, job, _("Each job is done once, however many workers there are."), calls=None)


@check("4.8", workers=2, timeout=100.0, own_cloud={"engine": {"max_calls": MOST_CALLS, "cooldown_seconds": COOLDOWN}})
async def test_a_failing_dependency_is_left_alone(camp: Camp) -> None:
    """A failing dependency is left alone"""
    engine, calls = camp[Engine], camp[Engine].calls
    await must_be_posted(camp, await mentioned(camp, topic_of(camp)))
    refused_job = await must_outlive_refusal(camp)
    slow = camp.rng.choice((0.0, 1.2))
    engine.down(slow)
    jobs = [await mentioned(camp, topic_of(camp)) for _one in range(JOBS_IN_TROUBLE)]
    what = _("The engine answers 503 {how}; {count} jobs wait. The breaker allows {most} call in {seconds} seconds.")
    how = _("after {seconds:g} seconds").format(seconds=slow) if slow else _("at once")
    camp.note(what.format(how=how, count=JOBS_IN_TROUBLE + LATE_JOBS, most=MOST_CALLS, seconds=COOLDOWN))
    if not await until(lambda: first_refused(calls()) is not None, 10.0):
        fail(
            seen=_("no call of the engine") + told_of(camp, jobs[0]),
            expected=_("at least one call, which is answered 503"),
            next=_("A job calls the engine, unless the breaker is open."),
        )
    refused = first_refused(calls())
    assert refused is not None
    window = COOLDOWN * COOLDOWNS_WATCHED
    await asyncio.sleep(SETTLING + window / 2)
    jobs += [await mentioned(camp, topic_of(camp)) for _one in range(LATE_JOBS)]
    await camp.restart_workers()
    await asyncio.sleep(max(0.0, refused + SETTLING + window - calls.now()))
    began = [call.began for call in calls() if refused + SETTLING < call.began <= refused + SETTLING + window]
    await engine.works()
    must_leave_alone(began, refused + SETTLING)
    await must_be_posted(camp, *jobs, seconds=3 * COOLDOWN + 10.0, patient=True)
    await at_rest(camp)
    hint = _("Raising while the breaker is open uses up the job's five tries. Send it again, with a delay.")
    for job in (refused_job, *jobs):
        must_have_no_letter(camp, job)
        must_keep_to_its_tries(camp, job, hint)
        must_be_done_once(camp, job, hint, calls=None)


@check("4.9", timeout=60.0)
async def test_one_message_can_be_followed(camp: Camp) -> None:
    """One message can be followed"""
    since = camp.journal.last
    job = await mentioned(camp, topic_of(camp))
    await must_be_posted(camp, job)
    await at_rest(camp)
    bodies = [decoded(one.text) for one in camp.host.queues.seen(QUEUE)]
    started = {
        entry.facts["id"]
        for entry in camp.journal.since(since)
        if entry.kind == "invocation.started" and entry.facts.get("queue") == QUEUE
    }
    lines = [
        str(entry.facts["message"])
        for entry in camp.journal.since(since)
        if entry.kind == "invocation.log" and entry.facts["id"] in started
    ]
    record = camp[Cosmos].get("reports", job.id)
    places = {
        _("the queue message's correlation_id"): any(member(body, "correlation_id") == job.id for body in bodies),
        _("the queue message's topic"): any(member(body, "topic") == job.topic for body in bodies),
        _("a log line of the worker"): any(job.id in line and REQUEST not in line for line in lines),
        _("the document in reports, with its topic"): bool(record) and (record or {}).get("topic") == job.topic,
    }
    if missing := [place for place, found in places.items() if not found]:
        fail(
            seen=_("The correlation id {id} is not in: {places}.").format(id=job.id, places="; ".join(missing)),
            expected=_("the correlation id in the queue message, in the worker's log, in reports and in the result"),
            next=_(
                "Make the id once, where the message comes in, and hand it on from step to step: logging.info(...)."
            ),
        )
    if not is_stored(camp, job):
        fail(
            seen=_("The mention that asks for the report is not in the container messages."),
            expected=_("every message in messages, requests for reports too"),
            next=_("Keep the message before you look at what it asks for."),
        )
    must_not_greet(camp, job)
    await must_greet(camp, camp[Slack].user(), camp[Slack].channel(), HELLO)


@check("4.10", timeout=90.0)
async def test_the_same_on_sqs(camp: Camp) -> None:
    """The same on SQS"""
    engine, aws, worker = camp[Engine], camp[Aws], camp[SqsWorker]
    queue, dead = await worker.make_queues()
    await must_redrive(camp, queue, dead, TRIES)
    await worker.make_queues()
    await aws.set_visibility(queue, 1)
    await worker.start(queue)
    bad, *topics = [f"{topic_of(camp)} {number}" for number in range(9)]
    engine.fail(bad)
    bodies = [body_of(camp, topic) for topic in (bad, *topics)]
    bodies.append(f"{camp.word()}, no JSON")
    camp.rng.shuffle(bodies)
    camp.note(
        _("Ten records in one batch: one is no JSON, and the engine fails for the topic {topic}").format(topic=bad)
    )
    sent = dict(zip(await sent_at_once(camp, queue, bodies), bodies, strict=True))
    await until_done(camp, topics, _("Catch what each record raises, and go on with the next one."))
    hint = _("Name the messageIds of those that failed, and no other, in batchItemFailures.")
    await aws.until(
        dead, lambda depth: depth.all >= 2, expected=_("the two that fail in the dead-letter queue"), next=hint
    )
    await camp.quiet()
    await engine.works()
    aside = {message.id: message.body for message in await aws.messages(dead)}
    # What SQS moves keeps its id; what a handler sends there itself is another message.
    if aside != {id: body for id, body in sent.items() if bad in body or "no JSON" in body}:
        fail(
            seen=_("in the dead-letter queue: {bodies}").format(
                bodies="\n".join(
                    body if id in sent else _("{body} (sent by the handler)").format(body=body)
                    for id, body in aside.items()
                )
            ),
            expected=_("the two records that fail, and no other"),
            next=hint,
        )
    must_fail_alone(camp, {id: body for id, body in sent.items() if id not in aside})
    must_be_called(camp, dict.fromkeys(topics, 1))
    await must_bear_repetition(camp, queue)


def is_stored(camp: Camp, job: Job) -> bool:
    """Whether the message that asked for the job is kept, as every message is."""
    return any(f"{one.get('channel')}:{one.get('ts')}" == job.id for one in camp[Cosmos].all("messages"))


def must_not_greet(camp: Camp, job: Job) -> None:
    """Who asks for a report gets it, and no greeting."""
    for post in camp[Slack].posts(job.channel):
        if greeting_of(post) and job.id not in text_of(post) and job.topic not in text_of(post):
            fail(
                seen=post.text,
                expected=_("no greeting: whoever asks for a report gets it"),
                next=_("Greet those who mention the bot and ask for nothing."),
            )


def member(body: str, name: str) -> object:
    """A member of a JSON object; None when it is none, or has none."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None
