"""Lab 1: a Slack bot on Azure Functions."""

import json
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from autograder.checks import Camp, check, fail
from autograder.checks.greetings import BACK, HELLO, must_greet
from autograder.checks.slack_answers import (
    must_answer,
    must_be,
    must_count,
    must_name,
    must_reply,
    must_stay_silent,
    said_hello,
    status_of,
)
from autograder.checks.slack_requests import (
    deliver,
    forged_signature,
    mention_payload,
    old_request,
    outgoing,
    own_post,
    tampered_body,
)
from localcloud.messages import _
from localcloud.slack.events import envelope
from localcloud.slack.model import Channel, Delivery, Message, User
from localcloud.slack.view import Slack, usual_cause
from localcloud.slack.workspace import challenge_answers

LONGEST_TEXT = 40_000


@dataclass(frozen=True)
class Case:
    """Bad input: `what` it is, how to send it, the status it must get, and what to do when it gets another one."""

    what: str
    send: Callable[[], Awaitable[Delivery]]
    status: int
    next: str


@check("1.1")
async def test_it_says_hello(camp: Camp) -> None:
    """The bot says hello to whoever speaks"""
    channel = camp[Slack].channel()
    names = [camp.word(), f"学{camp.word(4)}", f"{camp.word(5)}é", camp.name()]
    for name in camp.rng.sample(names, len(names)):
        said_hello(camp, await outgoing(camp, camp[Slack].user(name), channel, camp.word()), name)


@check("1.2")
async def test_it_ignores_strangers(camp: Camp) -> None:
    """It ignores strangers"""
    channel, user = camp[Slack].channel(), camp[Slack].user()
    right = camp[Slack].app.outgoing_token
    wrong = [camp.word(24), right[:-1], right + "x"]
    for token in camp.rng.sample(wrong, len(wrong)):
        answer = await outgoing(camp, user, channel, camp.word(), token=token)
        hint = _("The form's token is not the one in SLACK_OUTGOING_TOKEN: answer 401 and stop there.")
        must_be(camp, answer, 401, hint)
    await must_stay_silent(camp, channel, _("Compare the token before you do anything else."))
    must_answer(camp, await outgoing(camp, user, channel, camp.word()))


@check("1.3")
async def test_it_answers_the_challenge(camp: Camp) -> None:
    """It answers Slack's challenge"""
    for challenge in (camp.word(30), camp.word(12)):
        payload = {"token": camp[Slack].app.verification_token, "challenge": challenge, "type": "url_verification"}
        answer = await deliver(camp, payload)
        must_be(camp, answer, 200, _("Look for the type url_verification, and answer 200 with the challenge."))
        if challenge not in challenge_answers(answer.body):
            fail(
                seen=answer.answer or _("an empty answer"),
                expected=_("the challenge {challenge}, as text, as a form or as JSON").format(challenge=challenge),
                next=_('Send the value of "challenge" back, unchanged.'),
            )


@check("1.4")
async def test_it_rejects_forgeries(camp: Camp) -> None:
    """It rejects forgeries"""
    channel, user = camp[Slack].channel(), camp[Slack].user()
    forgeries = [forged_signature, old_request, tampered_body]
    for forge in camp.rng.sample(forgeries, len(forgeries)):
        what, answer = await forge(camp, mention_payload(camp, camp[Slack].user(), channel))
        must_be(
            camp,
            answer,
            401,
            what + " " + _("Check X-Slack-Signature over the raw body and the age of the time stamp first."),
        )
    await must_stay_silent(camp, channel, _("Verify the request before you act on it."))
    await must_reply(camp, user, channel)


@check("1.5")
async def test_it_replies_when_mentioned(camp: Camp) -> None:
    """It replies when mentioned"""
    channel, other = camp[Slack].channel(hears_itself=False), camp[Slack].channel(hears_itself=False)
    user, starter, guest = camp[Slack].user(), camp[Slack].user(), camp[Slack].user()
    top = await camp[Slack].say(user, channel, camp[Slack].mention(camp.word()))
    reply = await camp[Slack].reply(top)
    must_name(reply, user)
    if reply.thread_ts not in (None, top.ts):
        wrong_place(reply, _("a reply in the channel, or in a thread on that message"))
    parent = await camp[Slack].say(starter, other, camp.word())
    await camp[Slack].say(guest, other, camp[Slack].mention(camp.word()), thread_ts=parent.ts)
    answer = await camp[Slack].reply(parent)
    must_name(answer, guest)
    if answer.thread_ts != parent.ts:
        wrong_place(answer, _("a reply in the thread of the mention (thread_ts {ts})").format(ts=parent.ts))
    await camp.quiet()
    must_count(camp, channel, 1)
    must_count(camp, other, 1)


@check("1.6")
async def test_it_does_not_talk_to_itself(camp: Camp) -> None:
    """It does not talk to itself"""
    slack = camp[Slack]
    channel, user, later = slack.channel(), slack.user(), slack.user()
    plain = await slack.say(user, channel, camp.word())
    await must_reply(camp, user, channel)
    await camp.quiet()
    before = len(slack.posts(channel))
    camp.note(_("A post of the bot itself, and an edit of an older message, both with a mention of the bot."))
    slack.workspace.post(own_post(camp, channel, slack.mention(camp.word())))
    await slack.workspace.edit(user, plain, slack.mention(camp.word()))
    await camp.quiet()
    must_count(
        camp,
        channel,
        before + 1,
        _("An event with bot_id is a bot's post; message_changed is an edit. Answer neither."),
    )
    await must_reply(camp, later, channel)


@check("1.7", workers=2, timeout=60.0)
async def test_it_keeps_nothing_in_memory(camp: Camp) -> None:
    """It keeps nothing in memory"""
    users = [camp[Slack].user(), camp[Slack].user()]
    channels = [camp[Slack].channel(hears_itself=False), camp[Slack].channel(hears_itself=False)]
    await camp[Slack].say(users[0], channels[0], camp.word())
    await camp.quiet()  # a bot that answers this has done so
    # The post of an outgoing webhook has no user: it stands in the history as well.
    await outgoing(camp, users[0], channels[0], camp.word())
    seen: set[tuple[str, str]] = set()
    for number, (user, channel) in enumerate(visits(camp.rng, users, channels)):
        if number:
            await camp.restart_workers()
        pair = (user.id, channel.id)
        greeting = BACK if pair in seen else HELLO
        await must_greet(camp, user, channel, greeting)
        seen.add(pair)


@check("1.8")
async def test_bad_input_gets_a_clear_answer(camp: Camp) -> None:
    """Bad input gets a clear answer"""
    channel, user = camp[Slack].channel(), camp[Slack].user()
    cases = [*bad_events(camp), *bad_forms(camp, user, channel)]
    for case in camp.rng.sample(cases, len(cases)):
        answer = await case.send()
        expected = _("status {status}").format(status=case.status)
        if answer.status != case.status and not (case.status == 200 and answer.ok):
            hint = usual_cause(answer) or case.next
            sent = f"{case.what}\n{camp.sent}"
            fail(sent=sent, seen=status_of(camp, answer), expected=expected, next=hint)
    await must_reply(camp, user, channel)


def bad_events(camp: Camp) -> list[Case]:
    """What is sent, validly signed, to the events endpoint, and the status it must get."""
    envelope_without_event = {"type": "event_callback", "team_id": "T", "event_id": camp.word()}
    unknown = envelope(
        camp[Slack].app,
        {"type": f"{camp.word()}_changed", "event_ts": camp[Slack].ids.ts()},
        camp[Slack].ids,
    )
    return [
        Case(
            _("a body that is not JSON"),
            lambda: deliver(camp, b'{"type": ' + camp.word().encode()),
            400,
            _("req.get_json() raises ValueError when the body is not JSON: catch it, and answer 400."),
        ),
        Case(
            _("a JSON list"),
            lambda: deliver(camp, json.dumps([camp.word()]).encode()),
            400,
            _("JSON may be a list, a number or a text: answer 400 unless isinstance(payload, dict)."),
        ),
        Case(
            _("an event_callback without event"),
            lambda: deliver(camp, envelope_without_event),
            400,
            _('Answer 400 when the type is event_callback and payload.get("event") is not a dict.'),
        ),
        Case(
            _("an event of an unknown type"),
            lambda: deliver(camp, unknown),
            200,
            _("Slack sends more event types than you know: acknowledge those with 200 and do nothing."),
        ),
    ]


def bad_forms(camp: Camp, user: User, channel: Channel) -> list[Case]:
    """What is sent, with the right token, to the outgoing webhook, and the status it must get."""
    token = camp[Slack].app.outgoing_token.encode()
    undecodable = b"token=" + token + b"&user_name=%ff%fe" + camp.word().encode() + b"&text=%c3%28"
    long = camp.word(10) * (LONGEST_TEXT // 10) + "x"
    return [
        Case(
            _("a form without user_name"),
            lambda: outgoing(camp, user, channel, camp.word(), user_name=None),
            400,
            _("Ask whether user_name is in the form before you read it; without one, answer 400."),
        ),
        Case(
            _("a form with percent-encoded bytes that are not UTF-8"),
            lambda: outgoing(camp, user, channel, "", body=undecodable),
            400,
            _("%ff is a byte that no UTF-8 text has. ")
            + _('parse_qs(..., errors="strict") raises UnicodeDecodeError: catch it, and answer 400.'),
        ),
        Case(
            _("a text of 40,001 characters"),
            lambda: outgoing(camp, user, channel, long),
            400,
            _("Answer 400 when the text has more than 40,000 characters: len(text), after decoding."),
        ),
    ]


def visits(rng: random.Random, users: Sequence[User], channels: Sequence[Channel]) -> list[tuple[User, Channel]]:
    """Every user mentions the bot twice in every channel, in any order."""
    pairs = [(user, channel) for user in users for channel in channels]
    order = [*pairs, *pairs]
    rng.shuffle(order)
    return order


def wrong_place(reply: Message, expected: str) -> None:
    place = _("a reply in the thread {ts}").format(ts=reply.thread_ts) if reply.thread_ts else _("a reply at top level")
    fail(seen=place, expected=expected, next=_("Hand the event's thread_ts on to chat.postMessage, if it has one."))
