"""chat.*, as slack-sdk calls it."""

import pytest
from slack_sdk.errors import SlackApiError

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}]


async def test_post_message_answers_with_channel_ts_and_message(slack, app, client, channel):
    answer = await client.chat_postMessage(channel=channel.id, text="hi 学")
    (message,) = slack.messages(channel)
    assert (answer["ok"], answer["channel"], answer["ts"]) == (True, channel.id, message.ts)
    shown = answer["message"]
    assert (shown["text"], shown["bot_id"], shown["user"], shown["app_id"]) == (
        "hi 学", app.bot_id, app.bot_user_id, app.id,
    )  # fmt: skip
    assert (message.text, message.bot_id, message.user) == ("hi 学", app.bot_id, app.bot_user_id)


@pytest.mark.filterwarnings("ignore:The top-level", "ignore:Additionally")
async def test_blocks_and_attachments_stand_in_for_a_text(slack, client, channel):
    await client.chat_postMessage(channel=channel.id, blocks=BLOCKS)
    await client.chat_postMessage(channel=channel.id, attachments=[{"text": "x"}])
    assert [dict(message.extra) for message in slack.messages(channel)] == [
        {"blocks": BLOCKS},
        {"attachments": [{"text": "x"}]},
    ]


async def test_a_channel_can_be_named_and_a_user_addressed(slack, user, client, channel):
    assert (await client.chat_postMessage(channel="#general", text="hi"))["channel"] == channel.id
    direct = (await client.chat_postMessage(channel=user.id, text="hi"))["channel"]
    assert slack.store.channels[direct].kind == "im"


async def test_a_reply_goes_to_the_thread(slack, user, client, channel):
    parent = await slack.say(user, channel, "parent")
    first = await client.chat_postMessage(channel=channel.id, text="one", thread_ts=parent.ts)
    assert first["message"]["thread_ts"] == parent.ts
    second = await client.chat_postMessage(channel=channel.id, text="two", thread_ts=first["ts"])
    assert second["message"]["thread_ts"] == parent.ts


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "", "text": "x"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": "  \n"}, "no_text"),
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"text": "x", "thread_ts": "nonsense"}, "thread_not_found"),
        ({"blocks": "{nonsense"}, "invalid_blocks_format"),
        ({"blocks": {"type": "section"}}, "invalid_blocks"),
        ({"blocks": BLOCKS * 51}, "invalid_blocks"),
        ({"attachments": '"x"'}, "invalid_attachments"),
        ({"attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": ["x"]}, "invalid_arguments"),
        ({"text": {"x": 1}}, "invalid_arguments"),
    ],
)
async def test_post_message_is_refused_in_slacks_words(slack, client, channel, refused, arguments, error):
    sent = {"channel": channel.id, **arguments}
    assert await refused(client.api_call("chat.postMessage", json=sent)) == error
    assert slack.messages(channel) == []


async def test_forty_thousand_characters_are_not_too_long(client, channel):
    assert (await client.chat_postMessage(channel=channel.id, text="学" * 40_000))["ok"]


async def test_a_bot_that_left_may_not_post(slack, client, refused):
    lobby = slack.add_channel("lobby").id
    await client.conversations_leave(channel=lobby)
    assert await refused(client.chat_postMessage(channel=lobby, text="x")) == "not_in_channel"
    await client.conversations_join(channel=lobby)
    await client.chat_postMessage(channel=lobby, text="x")


async def test_a_private_channel_without_the_bot_is_not_found(slack, app, client, refused):
    secret = slack.add_channel("secret", private=True)
    assert (await client.chat_postMessage(channel=secret.id, text="x"))["ok"]
    secret.members.discard(app.bot_user_id)
    assert await refused(client.chat_postMessage(channel=secret.id, text="x")) == "channel_not_found"


async def test_an_ephemeral_post_is_for_one_user(slack, user, client, channel, refused):
    answer = await client.chat_postEphemeral(channel=channel.id, user=user.id, text="psst")
    (message,) = slack.store.messages(channel.id, ephemeral=True)
    assert (message.ts, message.only_for) == (answer["message_ts"], user.id)
    assert slack.messages(channel) == []
    history = await client.conversations_history(channel=channel.id)
    assert history["messages"] == []
    assert await refused(client.chat_delete(channel=channel.id, ts=message.ts)) == "message_not_found"
    assert await refused(client.chat_postEphemeral(channel=channel.id, user="U1", text="x")) == "user_not_found"
    channel.members.discard(user.id)
    word = await refused(client.chat_postEphemeral(channel=channel.id, user=user.id, text="x"))
    assert word == "user_not_in_channel"


async def test_a_bot_changes_and_deletes_its_own_message(slack, client, channel):
    ts = (await client.chat_postMessage(channel=channel.id, text="one"))["ts"]
    answer = await client.chat_update(channel=channel.id, ts=ts, text="two")
    assert (answer["ts"], answer["text"], answer["message"]["text"]) == (ts, "two", "two")
    assert [message.text for message in slack.messages(channel)] == ["two"]
    assert (await client.chat_delete(channel=channel.id, ts=ts))["ts"] == ts
    assert slack.messages(channel) == []


async def test_a_bot_does_not_change_what_others_said(slack, user, client, channel, refused):
    said = await slack.say(user, channel, "mine")
    for call, error in [
        (client.chat_update(channel=channel.id, ts=said.ts, text="yours"), "cant_update_message"),
        (client.chat_delete(channel=channel.id, ts=said.ts), "cant_delete_message"),
        (client.chat_update(channel=channel.id, ts="1.0", text="x"), "message_not_found"),
        (client.chat_delete(channel=channel.id, ts="1.0"), "message_not_found"),
        (client.chat_update(channel="C1", ts=said.ts, text="x"), "channel_not_found"),
    ]:
        assert await refused(call) == error
    assert slack.messages(channel) == [said]


async def test_a_permalink(slack, user, client, channel, refused):
    said = await slack.say(user, channel, "here")
    link = (await client.chat_getPermalink(channel=channel.id, message_ts=said.ts))["permalink"]
    assert link.endswith(f"/archives/{channel.id}/p{said.ts.replace('.', '')}")
    assert await refused(client.chat_getPermalink(channel=channel.id, message_ts="1.0")) == "message_not_found"


async def test_posting_too_fast_into_a_channel_is_limited(slack, client, channel):
    other = slack.add_channel("other")
    with pytest.raises(SlackApiError) as caught:
        for number in range(100):
            await client.chat_postMessage(channel=channel.id, text=str(number))
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert int(answer.headers["Retry-After"]) >= 1
    assert len(slack.messages(channel)) >= 20
    await client.chat_postMessage(channel=other.id, text="elsewhere there is room")


async def test_ten_answers_in_each_of_ten_channels_are_no_flood(slack, client):
    channels = [slack.add_channel(f"room-{number}") for number in range(10)]
    for channel in channels * 10:
        await client.chat_postMessage(channel=channel.id, text="hi")


async def test_without_limits_nothing_is_limited(make_slack, client):
    free = await make_slack(rate_limits=False)
    client.token, client.base_url = free.install_app("camp").bot_token, free.api_url
    room = free.add_channel("room")
    for _post in range(40):
        await client.chat_postMessage(channel=room.id, text="hi")


async def test_a_call_continues_the_trace_it_carries(slack, client, channel):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    client.headers["traceparent"] = f"00-{trace}-00f067aa0ba902b7-01"
    await client.chat_postMessage(channel=channel.id, text="hi")
    await slack.quiet(0.05)
    assert slack.messages(channel)[0].trace == slack.deliveries[-1].trace == trace
