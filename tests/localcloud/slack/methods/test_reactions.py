import pytest

from localcloud.slack.methods import reactions


async def test_a_reaction_comes_and_goes(slack, app, user, client, channel, refused):
    said = await slack.say(user, channel, "nice")
    where = {"channel": channel.id, "timestamp": said.ts}
    await client.reactions_add(name="thumbsup", **where)
    slack.react(slack.messages(channel)[0], "thumbsup", user.id)
    message = (await client.reactions_get(**where))["message"]
    assert message["reactions"] == [{"name": "thumbsup", "users": [app.bot_user_id, user.id], "count": 2}]
    assert await refused(client.reactions_add(name="thumbsup", **where)) == "already_reacted"
    await client.reactions_remove(name="thumbsup", **where)
    assert await refused(client.reactions_remove(name="thumbsup", **where)) == "no_reaction"
    assert (await client.reactions_get(**where))["message"]["reactions"][0]["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": ""}, "invalid_name"),
        ({"name": "not a name"}, "invalid_name"),
        ({"timestamp": "1.0"}, "message_not_found"),
        ({"channel": "C1"}, "channel_not_found"),
        ({"timestamp": ""}, "no_item_specified"),
    ],
)
async def test_refusals(slack, user, client, channel, refused, arguments, error):
    said = await slack.say(user, channel, "nice")
    given = {"channel": channel.id, "timestamp": said.ts, "name": "eyes", **arguments}
    assert await refused(client.api_call("reactions.add", data=given)) == error


async def test_a_message_has_only_so_many_reactions(slack, user, client, channel, refused, monkeypatch):
    monkeypatch.setattr(reactions, "MOST_REACTIONS", 2)
    said = await slack.say(user, channel, "nice")
    for name in ("one", "two"):
        await client.reactions_add(channel=channel.id, timestamp=said.ts, name=name)
    word = await refused(client.reactions_add(channel=channel.id, timestamp=said.ts, name="three"))
    assert word == "too_many_reactions"
