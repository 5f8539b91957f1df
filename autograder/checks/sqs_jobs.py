"""Jobs on SQS: sent as one batch, done once however often they come, and moved aside after some tries."""

import json
from collections.abc import Mapping, Sequence

from autograder.checks import Camp, fail
from autograder.checks.reports import topic_of, until
from autograder.kinds.sqs_handler import SqsWorker
from localcloud.aws.view import Aws
from localcloud.engine.engine import Engine
from localcloud.messages import _, ngettext


async def must_bear_repetition(camp: Camp, queue: str) -> None:
    """A job that comes again, in the same batch and after a cold start, is done once; one that failed is done later;
    another job with the same topic is done as well."""
    engine, worker = camp[Engine], camp[SqsWorker]
    twice, flaky = (f"{topic_of(camp)} {number}" for number in range(2))
    engine.fail(flaky, times=1)
    body, other = body_of(camp, twice), body_of(camp, twice)
    camp.note(
        _(
            "The same job twice in one batch, and once more after a cold start; another job with the same topic; and "
            "one that fails once"
        )
    )
    ids = await sent_at_once(camp, queue, [body, body_of(camp, flaky), other, body])
    await until_done(camp, [twice, flaky], _("A record that failed comes again, until the engine answers 200."))
    await camp.quiet()
    must_fail_alone(camp, {ids[2]: other})
    await worker.recycle()
    await sent_at_once(camp, queue, [body])
    await camp.quiet()
    must_be_called(camp, {twice: 2, flaky: 1})


async def sent_at_once(camp: Camp, queue: str, bodies: Sequence[str]) -> list[str]:
    """Sends them so that they arrive as one batch; the messages' ids."""
    await camp[SqsWorker].pause()
    ids = await camp[Aws].send(queue, *bodies)
    camp[SqsWorker].resume()
    return ids


async def until_done(camp: Camp, topics: Sequence[str], hint: str) -> None:
    calls = camp[Engine].calls
    if not await until(lambda: all(calls.completed(topic) for topic in topics), 20.0):
        missing = [topic for topic in topics if not calls.completed(topic)]
        error = camp[SqsWorker].last_error
        fail(
            seen=_("no completed call of the engine about {topics}").format(topics=", ".join(missing))
            + (f"\n{error}" if error else ""),
            expected=_("a completed call about each"),
            next=hint,
        )


def must_be_called(camp: Camp, jobs: Mapping[str, int]) -> None:
    """As many completed calls about each topic as there are jobs with it."""
    counts = {topic: len(camp[Engine].calls.completed(topic)) for topic in jobs}
    if wrong := [topic for topic, count in counts.items() if count != jobs[topic]]:
        fail(
            seen=_calls_about({topic: counts[topic] for topic in wrong}),
            expected=_calls_about({topic: jobs[topic] for topic in wrong})
            + "\n"
            + _("one completed call for each job, however often its record comes"),
            next=_(
                "Look into the DynamoDB table reports before you ask, and write there once the engine has answered. "
                "Its key is the correlation id."
            ),
        )


def _calls_about(counts: Mapping[str, int]) -> str:
    return "\n".join(
        _("{topic}: {calls}").format(topic=t, calls=ngettext("1 completed call", "{count} completed calls", n))
        for t, n in counts.items()
    )


def must_fail_alone(camp: Camp, right: Mapping[str, str]) -> None:
    """None of these messages, whose bodies go with their ids, has come back."""
    back = {id for facts in camp[SqsWorker].invocations for id in facts["failed"]}
    if bodies := [body for id, body in right.items() if id in back]:
        fail(
            seen=_("These came back, too: {bodies}").format(bodies="\n".join(bodies)),
            expected=_("the two records that fail come back, and no other"),
            next=_("Catch what each record raises, and go on with the next one."),
        )


async def must_redrive(camp: Camp, queue: str, dead: str, tries: int) -> None:
    """After so many receives a message goes to the queue `dead`."""
    found, other = await camp[Aws].queue(queue), await camp[Aws].queue(dead)
    if (found.dead_letter_arn, found.most_receives) != (other.arn, tries):
        fail(
            seen=_("maxReceiveCount {count}, to {arn}").format(
                count=found.most_receives or "-", arn=found.dead_letter_arn or "-"
            ),
            expected=_("maxReceiveCount {count}, to {arn}").format(count=tries, arn=other.arn),
            next=_(
                "RedrivePolicy is an attribute of the first queue: JSON with deadLetterTargetArn and maxReceiveCount."
            ),
        )


def body_of(camp: Camp, topic: str) -> str:
    job = {"correlation_id": f"C{camp.word()}:{camp.rng.randrange(10**9)}", "topic": topic}
    return json.dumps(job, ensure_ascii=False)
