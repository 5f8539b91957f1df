"""What apps hear, and what it looks like."""

import pytest

from localcloud.slack import feed
from localcloud.slack.model import TEAM_ID


async def test_a_message_event_is_enveloped_as_slack_does(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    (heard,) = receiver.heard
    assert heard.headers["User-Agent"] == "Slackbot 1.0 (+https://api.slack.com/robots)"
    assert heard.headers["Content-Type"] == "application/json"
    payload = heard.json
    assert (payload["type"], payload["team_id"], payload["api_app_id"]) == ("event_callback", TEAM_ID, app.id)
    assert payload["token"] == app.verification_token
    assert payload["event_id"].startswith("Ev")
    assert isinstance(payload["event_time"], int)
    assert payload["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": TEAM_ID,
            "user_id": app.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    assert payload["event"] == {
        "type": "message",
        "channel": channel.id,
        "user": user.id,
        "text": "hi",
        "ts": message.ts,
        "event_ts": message.ts,
        "channel_type": "channel",
        "team": TEAM_ID,
        "client_msg_id": message.client_msg_id,
    }


async def test_a_mention_is_two_events_with_an_id_each(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, f"<@{app.bot_user_id}> hi")
    await slack.quiet(0.05)
    by_type = {heard.event["type"]: heard.json for heard in receiver.heard}
    assert set(by_type) == {"message", "app_mention"}
    assert len({payload["event_id"] for payload in by_type.values()}) == 2
    mention = by_type["app_mention"]["event"]
    assert (mention["user"], mention["ts"], mention["channel"]) == (user.id, message.ts, channel.id)
    assert "channel_type" not in mention


@pytest.mark.parametrize(("text", "count"), [("<@{}|camp> hi", 1), ("hi <@{}>!", 1), ("@{}", 0), ("<@{}X>", 0)])
async def test_what_counts_as_a_mention(slack, app, user, channel, receiver, text, count):
    await slack.say(user, channel, text.format(app.bot_user_id))
    await slack.quiet(0.05)
    assert len(receiver.events("app_mention")) == count


async def test_events_in_a_thread_carry_thread_ts(slack, app, user, channel, receiver):
    parent = await slack.say(user, channel, "parent")
    await slack.say(user, channel, f"<@{app.bot_user_id}>", thread_ts=parent.ts)
    await slack.quiet(0.05)
    assert [event.get("thread_ts") for event in receiver.events("app_mention")] == [parent.ts]
    assert sorted(str(event.get("thread_ts")) for event in receiver.events("message")) == sorted(["None", parent.ts])


async def test_an_app_hears_private_channels_and_says_so(slack, app, user, receiver):
    await slack.say(user, slack.add_channel("secret", private=True), "psst")
    await slack.quiet(0.05)
    assert receiver.heard[0].event["channel_type"] == "group"


async def test_an_app_hears_only_channels_its_bot_is_in(slack, app, user, channel, receiver):
    channel.members.discard(app.bot_user_id)
    await slack.say(user, channel, f"<@{app.bot_user_id}> are you there?")
    await slack.quiet(0.05)
    assert receiver.heard == []


async def test_a_direct_message_mentions_nobody(slack, app, user, receiver):
    direct = slack.store.direct(user.id, app.bot_user_id)
    await slack.say(user, direct, f"<@{app.bot_user_id}> hi")
    await slack.quiet(0.05)
    assert [heard.event["type"] for heard in receiver.heard] == ["message"]
    assert receiver.heard[0].event["channel_type"] == "im"


async def test_a_bots_own_post_comes_back_with_its_bot_id(slack, app, client, channel, receiver):
    await client.chat_postMessage(channel=channel.id, text=f"I am <@{app.bot_user_id}>")
    await slack.quiet(0.05)
    (event,) = [heard.event for heard in receiver.heard]
    assert (event["type"], event["bot_id"], event["user"]) == ("message", app.bot_id, app.bot_user_id)
    assert event["app_id"] == app.id
    assert event["bot_profile"]["id"] == app.bot_id


async def test_another_bots_mention_is_heard(slack, app, client, channel, receiver):
    other = slack.install_app("other")
    other.events_url = f"{receiver.url}/other"
    await client.chat_postMessage(channel=channel.id, text=f"<@{other.bot_user_id}> go on")
    await slack.quiet(0.05)
    mentions = [heard.path for heard in receiver.heard if heard.event["type"] == "app_mention"]
    assert mentions == ["/other"]


async def test_an_edit_is_message_changed(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "befor")
    await slack.edit(user, message, f"before <@{app.bot_user_id}>")
    await slack.quiet(0.05)
    event = next(one for one in receiver.events("message") if "subtype" in one)
    assert (event["subtype"], event["hidden"]) == ("message_changed", True)
    assert event["message"]["text"] == f"before <@{app.bot_user_id}>"
    assert event["message"]["edited"]["user"] == user.id
    assert event["message"]["ts"] == message.ts != event["ts"]
    assert event["previous_message"]["text"] == "befor"
    assert receiver.events("app_mention") == []


async def test_a_deletion_is_message_deleted(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "oops")
    slack.delete(message)
    await slack.quiet(0.05)
    event = next(one for one in receiver.events("message") if "subtype" in one)
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", message.ts)
    assert event["previous_message"]["text"] == "oops"
    assert slack.messages(channel) == []


async def test_reactions_are_events(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "nice")
    slack.react(message, "thumbsup", user.id)
    slack.react(message, "thumbsup", user.id, remove=True)
    await slack.quiet(0.05)
    events = [heard.event for heard in receiver.heard if heard.event["type"].startswith("reaction")]
    assert {event["type"] for event in events} == {"reaction_added", "reaction_removed"}
    for event in events:
        assert (event["user"], event["reaction"], event["item_user"]) == (user.id, "thumbsup", user.id)
        assert event["item"] == {"type": "message", "channel": channel.id, "ts": message.ts}


async def test_a_reaction_counts_once(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "nice")
    for _time in range(2):
        slack.react(message, "eyes", user.id)
    slack.react(message, "wave", user.id, remove=True)
    await slack.quiet(0.05)
    assert dict(slack.messages(channel)[0].reactions) == {"eyes": (user.id,)}
    assert sorted(heard.event["type"] for heard in receiver.heard) == ["message", "reaction_added"]


async def test_a_duplicate_has_a_new_event_id_and_no_retry_header(slack, app, user, channel, receiver):
    message = await slack.say(user, channel, "once")
    await slack.quiet(0.05)
    await slack.duplicate(message)
    await slack.quiet(0.05)
    first, second = receiver.heard
    assert first.event == second.event
    assert first.json["event_id"] != second.json["event_id"]
    assert "X-Slack-Retry-Num" not in second.headers
    assert len(slack.messages(channel)) == 1


async def test_too_many_events_in_a_minute_are_not_delivered(slack, app, user, channel, receiver, monkeypatch):
    monkeypatch.setattr(feed, "MOST_EVENTS_A_MINUTE", 5)
    for number in range(9):
        await slack.say(user, channel, str(number))
    await slack.quiet(0.05)
    kinds = [heard.json["type"] for heard in receiver.heard]
    assert kinds.count("event_callback") == 5
    assert 1 <= kinds.count("app_rate_limited") <= 2
    limited = next(heard.json for heard in receiver.heard if heard.json["type"] == "app_rate_limited")
    assert limited["minute_rate_limited"] % 60 == 0
    assert (limited["team_id"], limited["api_app_id"]) == (TEAM_ID, app.id)


async def test_a_bot_that_answers_itself_does_not_run_away(make_slack, receiver, monkeypatch):
    monkeypatch.setattr(feed, "MOST_EVENTS_A_MINUTE", 30)
    slack = await make_slack(rate_limits=False)
    app, user, channel = slack.install_app("parrot"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = receiver.url

    async def parrot(heard):
        if "event" in heard.json:
            slack.post(slack.messages(channel)[-1].__class__(channel.id, slack.ids.ts(), "again", bot_id=app.bot_id))
        return await receiver.fine(heard)

    receiver.answer = parrot
    await slack.say(user, channel, "hello")
    await slack.quiet(0.05)
    assert len(slack.messages(channel)) == 31
