"""The legacy outgoing webhook."""

import pytest
from aiohttp import web

from localcloud.slack.model import TEAM_DOMAIN, TEAM_ID
from localcloud.slack.outgoing import answered, begins_with
from localcloud.slack.workspace import SlackWorkspace


@pytest.fixture
def app(slack, receiver):
    app = slack.install_app("camp", outgoing_token="t0ken")
    app.outgoing_url = f"{receiver.url}/outgoing"
    return app


def texts(slack, channel):
    return [message.text for message in slack.messages(channel)]


async def test_the_request_is_a_form_without_a_signature(slack, app, channel, receiver):
    user = slack.add_user("björn")
    message = await slack.say(user, channel, "hello, 学 & co")
    await slack.quiet(0.05)
    (heard,) = receiver.heard
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "X-Slack-Signature" not in heard.headers
    form = heard.form
    assert form == {
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "token": "t0ken",
        "channel_id": channel.id,
        "channel_name": "general",
        "timestamp": message.ts,
        "user_id": user.id,
        "user_name": "björn",
        "text": "hello, 学 & co",
        "trigger_word": "hello",
    }


async def test_a_text_in_the_answer_is_posted_by_the_bot(slack, app, user, channel, receiver):
    receiver.says(web.json_response({"text": "Hello, aiko"}))
    message = await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    reply = slack.messages(channel)[1]
    assert (reply.text, reply.bot_id, reply.app_id, reply.user) == ("Hello, aiko", app.bot_id, app.id, None)
    assert reply.trace == message.trace


async def test_the_reply_comes_back_as_a_classic_bot_message(slack, app, user, channel, receiver):
    app.events_url = f"{receiver.url}/events"
    receiver.says(web.json_response({"text": "hello again", "username": "Parrot"}))
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    events = [heard.event for heard in receiver.heard if heard.path == "/events"]
    (own,) = [event for event in events if "bot_id" in event]
    assert (own["subtype"], own["username"]) == ("bot_message", "Parrot")
    assert "user" not in own
    assert len([heard for heard in receiver.heard if heard.path == "/outgoing"]) == 1


@pytest.mark.parametrize("answer", ["", "{}", '{"text": ""}', '{"text": "  "}', '{"text": 1}', "[]", "null", "hi"])
async def test_an_empty_answer_posts_nothing(slack, app, user, channel, receiver, answer):
    receiver.says(web.Response(text=answer))
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    assert texts(slack, channel) == ["hello"]


def test_hostile_json_posts_nothing():
    assert answered(b"[" * 500_000) is None
    assert answered(b'{"text": NaN}') is None
    assert answered(b"\xff") is None


async def test_a_reply_goes_to_the_thread(slack, app, user, channel, receiver):
    receiver.says(web.json_response({"text": "in here"}))
    parent = await slack.say(user, channel, "parent")
    await slack.say(user, channel, "hello", thread_ts=parent.ts)
    await slack.quiet(0.05)
    assert receiver.heard[0].form["thread_ts"] == parent.ts
    assert [message.text for message in slack.store.replies(parent)] == ["hello", "in here"]


@pytest.mark.parametrize("text", ["hi", "say hello", "helloworld", ""])
async def test_another_first_word_does_not_trigger(slack, app, user, channel, receiver, text):
    await slack.say(user, channel, text)
    await slack.quiet(0.05)
    assert receiver.heard == []


@pytest.mark.parametrize(
    ("text", "word", "begins"),
    [("hello", "hello", True), ("Hello you", "hello", True), ("hello, you", "hello", True), (" hello", "hello", True),
     ("hellooo", "hello", False), ("!roll 3", "!roll", True), ("?3", "?", True), ("こんにちは!", "こんにちは", True),
     ("anything", "", False)],
)  # fmt: skip
def test_the_trigger_word_begins_the_message(text, word, begins):
    assert begins_with(text, word) is begins


async def test_private_channels_do_not_trigger(slack, app, user, receiver):
    await slack.say(user, slack.add_channel("secret", private=True), "hello")
    await slack.quiet(0.05)
    assert receiver.heard == []


async def test_without_a_word_its_channel_triggers_and_no_other(slack, app, user, channel, receiver):
    app.outgoing_trigger_words, app.outgoing_channel = (), channel.id
    await slack.say(user, channel, "whatever")
    await slack.say(user, slack.add_channel("other"), "whatever")
    await slack.quiet(0.05)
    assert [heard.form["text"] for heard in receiver.heard] == ["whatever"]
    assert receiver.heard[0].form["trigger_word"] == ""


async def test_with_neither_word_nor_channel_nothing_triggers(slack, app, user, channel, receiver):
    app.outgoing_trigger_words = ()
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    assert receiver.heard == []


async def test_a_bots_post_does_not_trigger(slack, app, client, channel, receiver):
    await client.chat_postMessage(channel=channel.id, text="hello")
    await slack.quiet(0.05)
    assert receiver.heard == []


@pytest.mark.parametrize("status", [201, 404, 500])
async def test_anything_but_200_is_tried_again(slack, app, user, channel, receiver, status):
    receiver.says(web.Response(status=status, text='{"text": "no"}'), web.json_response({"text": "yes"}))
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    assert texts(slack, channel) == ["hello", "yes"]
    assert [one.attempt for one in slack.deliveries if one.kind == "outgoing"] == [0, 1]


async def test_slack_gives_up_in_the_end(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=500, text='{"text": "no"}'))
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    assert (len(receiver.heard), texts(slack, channel)) == (4, ["hello"])


async def test_what_comes_too_fast_is_not_sent(slack, app, user, channel, receiver):
    for number in range(15):
        await slack.say(user, channel, f"hello {number}")
    await slack.quiet(0.05)
    assert 10 <= len(receiver.heard) < 15


async def test_without_limits_everything_is_sent(make_slack, receiver):
    slack: SlackWorkspace = await make_slack(rate_limits=False)
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.outgoing_url = receiver.url
    for number in range(15):
        await slack.say(user, channel, f"hello {number}")
    await slack.quiet(0.05)
    assert len(receiver.heard) == 15


async def test_a_crafted_form_replaces_and_removes_fields(slack, app, user, channel, receiver):
    receiver.says(web.json_response({"text": "hi"}))
    delivery = await slack.outgoing(app, user, channel, "hey", form={"token": "wrong", "user_name": None})
    form = receiver.heard[0].form
    assert form["token"] == "wrong"
    assert "user_name" not in form
    assert form["text"] == "hey"
    assert (delivery.status, delivery.kind) == (200, "outgoing")
    assert texts(slack, channel) == ["hi"]


async def test_a_crafted_body_is_sent_as_it_is_and_once(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=400))
    delivery = await slack.outgoing(app, user, channel, "", body=b"user_name=%ff&\xfe")
    await slack.quiet(0.05)
    assert [heard.body for heard in receiver.heard] == [b"user_name=%ff&\xfe"]
    assert (delivery.status, delivery.failure) == (400, "http_error")
