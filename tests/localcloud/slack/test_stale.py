"""What happens to a message that has changed, or gone, in the meantime."""

import contextlib

import aiohttp

from localcloud.slack.workspace import Message


def kinds(slack):
    return [entry.kind for entry in slack.journal.entries]


async def test_a_deletion_tells_what_the_message_said_last(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "one")
    await slack.edit(user, message, "two")
    slack.delete(message)
    await slack.quiet(0.05)
    (event,) = [one for one in receiver.events("message") if one.get("subtype") == "message_deleted"]
    assert event["previous_message"]["text"] == "two"


async def test_a_deleted_message_stays_deleted(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "gone")
    slack.delete(message)
    await slack.quiet(0.05)
    heard = len(receiver.heard)
    assert await slack.edit(user, message, "back") == message
    assert slack.react(message, "eyes", user.id) == message
    slack.delete(message)
    await slack.quiet(0.05)
    assert slack.messages(channel) == []
    assert kinds(slack).count("message.deleted") == 1
    assert len(receiver.heard) == heard


async def test_a_reaction_to_a_webhooks_reply_has_no_item_user(slack, app, user, channel, receiver):
    posted = slack.post(Message(channel.id, slack.ids.ts(), "hi", bot_id=app.bot_id, app_id=app.id))
    slack.react(posted, "eyes", user.id)
    await slack.quiet(0.05)
    (event,) = receiver.events("reaction_added")
    assert "item_user" not in event


async def test_a_call_while_stopping_leaves_nothing_behind(slack, app, channel, receiver, post_raw, monkeypatch):
    receiver.says("hang")
    close, call = slack._courier.close, f"{slack.api_url}chat.postMessage"

    async def close_and_call():
        await close()
        with contextlib.suppress(aiohttp.ClientConnectionError):
            await post_raw(f"{call}?channel={channel.id}&text=x&token={app.bot_token}")

    monkeypatch.setattr(slack._courier, "close", close_and_call)
    await slack.stop()
    assert not slack.busy
