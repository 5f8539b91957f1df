"""The workspace as a whole: people, secrets, quiet, traces."""

import asyncio
import random

import pytest
from aiohttp import web

from localcloud.slack.workspace import Message, SlackWorkspace


async def test_say_returns_before_anything_is_delivered(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "hi")
    assert slack.messages(channel) == [message]
    assert receiver.heard == []
    assert slack.busy
    await slack.quiet(0.05)
    assert not slack.busy
    assert len(receiver.heard) == 1


async def test_quiet_waits_for_retries_that_come_soon(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=500), web.Response(status=500), web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.01)
    assert len(receiver.heard) == 3


async def test_quiet_does_not_wait_for_a_retry_in_five_minutes(make_slack, receiver):
    slack = await make_slack(retry_delays=(0.0, 60.0, 300.0))
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = receiver.url
    receiver.says(web.Response(status=500))
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert [one.attempt for one in slack.deliveries] == [0, 1]


async def test_quiet_says_when_there_is_none(slack, app, user, channel, receiver):
    receiver.says("hang")
    await slack.say(user, channel, "hi")
    with pytest.raises(asyncio.TimeoutError):
        await slack.quiet(0.05, timeout=0.2)


async def test_quiet_waits_for_replies(slack, app, user, client, channel, receiver):
    async def reply(heard):
        if heard.event["type"] == "app_mention":
            await client.chat_postMessage(channel=heard.event["channel"], text="hello")
        return web.Response()

    receiver.answer = reply
    await slack.say(user, channel, f"<@{app.bot_user_id}>")
    await slack.quiet(0.05)
    assert [message.text for message in slack.messages(channel)] == [f"<@{app.bot_user_id}>", "hello"]


@pytest.mark.parametrize(
    ("answer", "verified"),
    [
        (lambda challenge: web.Response(text=challenge), True),
        (lambda challenge: web.Response(text=f"challenge={challenge}"), True),
        (lambda challenge: web.json_response({"challenge": challenge}), True),
        (lambda challenge: web.Response(text="ok"), False),
        (lambda challenge: web.json_response({"challenge": challenge[:-1]}), False),
        (lambda challenge: web.Response(text=challenge, status=500), False),
    ],
)
async def test_an_events_url_is_verified_by_its_challenge(slack, app, receiver, answer, verified):
    async def respond(heard):
        assert set(heard.json) == {"token", "challenge", "type"}
        assert heard.json["type"] == "url_verification"
        return answer(heard.json["challenge"])

    receiver.answer = respond
    assert await slack.verify_events_url(app) is verified
    assert slack.deliveries[-1].kind == "challenge"


async def test_an_app_without_a_url_hears_nothing(slack, user, channel):
    app = slack.install_app("deaf")
    await slack.say(user, channel, f"hello <@{app.bot_user_id}>")
    assert not slack.busy


async def test_one_trace_goes_from_message_to_delivery_and_reply(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    sent = receiver.heard[0].headers["traceparent"]
    assert sent.split("-")[1] == message.trace == slack.deliveries[-1].trace
    posted = next(entry for entry in slack.journal.entries if entry.kind == "message.posted")
    assert posted.facts["trace"] == message.trace


async def test_the_journal_tells_what_happened_to_a_message(slack, user, channel):
    message = await slack.say(user, channel, "first")
    slack.react(await slack.edit(user, message, "second"), "eyes", user.id)
    slack.delete(message)
    assert [entry.kind for entry in slack.journal.entries] == [
        "message.posted",
        "message.changed",
        "reaction.added",
        "message.deleted",
    ]
    assert slack.journal.entries[1].facts["message"]["text"] == "second"


async def test_secrets_can_be_given_or_are_made(slack):
    given = slack.install_app("one", bot_token="xoxb-1", signing_secret="s", outgoing_token="t")
    assert (given.bot_token, given.signing_secret, given.outgoing_token) == ("xoxb-1", "s", "t")
    made = slack.install_app("two")
    assert made.bot_token.startswith("xoxb-")
    assert len({made.bot_token, made.signing_secret, made.outgoing_token, made.verification_token}) == 4


def test_the_random_generator_decides_ids_and_secrets():
    def ids(seed):
        slack = SlackWorkspace(rng=random.Random(seed))
        app = slack.install_app("camp")
        return app.id, app.bot_token, slack.add_user("aiko").id, slack.add_channel("general").id

    assert ids(1) == ids(1) != ids(2)


def test_everybody_is_in_every_channel_whoever_came_first():
    slack = SlackWorkspace()
    before = slack.add_channel("before", private=True)
    app, user = slack.install_app("camp"), slack.add_user("学", "Manabu")
    after = slack.add_channel("after")
    assert before.members == after.members == {app.bot_user_id, user.id}
    assert (user.name, user.real_name, before.private, after.private) == ("学", "Manabu", True, False)


async def test_an_edit_in_a_thread_keeps_the_thread(slack, user, channel):
    parent = await slack.say(user, channel, "parent")
    reply = await slack.say(user, channel, "reply", thread_ts=parent.ts)
    changed = await slack.edit(user, reply, "better")
    assert slack.store.replies(parent) == [changed]
    assert changed.is_reply


async def test_a_lone_surrogate_travels(slack, app, user, channel, receiver):
    app.outgoing_url = f"{receiver.url}/outgoing"
    await slack.say(user, channel, "hello \ud800")
    await slack.quiet(0.05)
    assert sorted(heard.path for heard in receiver.heard) == ["/events", "/outgoing"]


async def test_an_ephemeral_message_is_not_part_of_the_channel(slack, app, user, channel, receiver):
    slack.post(Message(channel.id, slack.ids.ts(), "only you", only_for=user.id))
    await slack.quiet(0.05)
    assert slack.messages(channel) == []
    assert len(slack.store.messages(channel.id, ephemeral=True)) == 1
    assert receiver.heard == []
