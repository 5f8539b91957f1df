"""conversations.*, as slack-sdk calls it."""

import pytest


def texts(answer):
    return [message["text"] for message in answer["messages"]]


@pytest.fixture
async def said(slack, user, channel):
    """Seven messages."""
    return [await slack.say(user, channel, str(number)) for number in range(7)]


async def test_history_is_newest_first(client, channel, said):
    answer = await client.conversations_history(channel=channel.id)
    assert texts(answer) == ["6", "5", "4", "3", "2", "1", "0"]
    assert answer["has_more"] is False
    assert "response_metadata" not in answer.data


async def test_history_comes_in_pages(client, channel, said):
    pages = []
    async for page in await client.conversations_history(channel=channel.id, limit=3):
        pages.append(texts(page))
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("oldest", "latest", "inclusive", "expected"),
    [(2, 5, False, "43"), (2, 5, True, "5432"), (None, 3, False, "210"), (4, None, False, "65"), (6, 0, True, "")],
)
async def test_history_of_a_time(client, channel, said, oldest, latest, inclusive, expected):
    limits = {"oldest": oldest, "latest": latest}
    given = {name: said[index].ts for name, index in limits.items() if index is not None}
    answer = await client.conversations_history(channel=channel.id, inclusive=inclusive, **given)
    assert "".join(texts(answer)) == expected


async def test_one_message_is_found_by_its_time(client, channel, said):
    ts = said[3].ts
    answer = await client.conversations_history(channel=channel.id, latest=ts, inclusive=True, limit=1)
    assert texts(answer) == ["3"]


async def test_history_leaves_replies_to_their_thread(slack, user, client, channel, said):
    await slack.say(user, channel, "reply", thread_ts=said[0].ts)
    answer = await client.conversations_history(channel=channel.id)
    assert "reply" not in texts(answer)
    parent = answer["messages"][-1]
    assert (parent["thread_ts"], parent["reply_count"], parent["reply_users"]) == (said[0].ts, 1, [user.id])


async def test_replies_begin_with_the_parent_whichever_message_is_named(slack, user, client, channel, said):
    replies = [await slack.say(user, channel, text, thread_ts=said[0].ts) for text in ("a", "b", "c")]
    for ts in (said[0].ts, replies[1].ts):
        assert texts(await client.conversations_replies(channel=channel.id, ts=ts)) == ["0", "a", "b", "c"]
    pages = []
    async for page in await client.conversations_replies(channel=channel.id, ts=said[0].ts, limit=3):
        pages.append(texts(page))
    assert pages == [["0", "a", "b"], ["c"]]


async def test_a_message_without_replies_is_a_thread_of_one(client, channel, said):
    assert texts(await client.conversations_replies(channel=channel.id, ts=said[0].ts)) == ["0"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("history", {"channel": "C1"}, "channel_not_found"),
        ("history", {"channel": ""}, "channel_not_found"),
        ("history", {"limit": "many"}, "invalid_limit"),
        ("history", {"limit": "-1"}, "invalid_limit"),
        ("history", {"limit": "²"}, "invalid_limit"),
        ("history", {"limit": "9" * 5_000}, "invalid_limit"),
        ("history", {"cursor": "nonsense"}, "invalid_cursor"),
        ("history", {"cursor": "bmV4dDrCsg=="}, "invalid_cursor"),
        ("history", {"cursor": "学"}, "invalid_cursor"),
        ("history", {"oldest": "yesterday"}, "invalid_ts_oldest"),
        ("history", {"latest": "1" * 400}, "invalid_ts_latest"),
        ("replies", {"ts": "1.0"}, "thread_not_found"),
        ("replies", {}, "thread_not_found"),
        ("info", {"channel": "C1"}, "channel_not_found"),
        ("members", {"channel": "C1"}, "channel_not_found"),
        ("join", {"channel": "C1"}, "channel_not_found"),
        ("list", {"types": "nonsense"}, "invalid_types"),
        ("create", {"name": ""}, "invalid_name_required"),
        ("create", {"name": "Upper"}, "invalid_name_specials"),
        ("create", {"name": "a b"}, "invalid_name_specials"),
        ("create", {"name": "new\n"}, "invalid_name_specials"),
        ("create", {"name": "x" * 81}, "invalid_name_maxlength"),
        ("create", {"name": "general"}, "name_taken"),
        ("open", {}, "users_list_not_supplied"),
        ("open", {"users": "U1"}, "user_not_found"),
        ("open", {"users": ",".join("abcdefghi")}, "too_many_users"),
    ],
)
async def test_what_cannot_be_is_said_in_slacks_words(client, channel, said, refused, method, arguments, error):
    call = client.api_call(f"conversations.{method}", params={"channel": channel.id, **arguments})
    assert await refused(call) == error


async def test_only_members_read(slack, app, client, channel, refused):
    channel.members.discard(app.bot_user_id)
    assert await refused(client.conversations_history(channel=channel.id)) == "not_in_channel"
    assert await refused(client.conversations_replies(channel=channel.id, ts="1.0")) == "not_in_channel"


async def test_channels_are_listed_by_type_and_in_pages(slack, client, channel):
    for number in range(4):
        slack.add_channel(f"room-{number}")
    secret = slack.add_channel("secret", private=True)
    names = []
    async for page in await client.conversations_list(limit=2):
        assert len(page["channels"]) <= 2
        names += [one["name"] for one in page["channels"]]
    assert names == ["general", "room-0", "room-1", "room-2", "room-3"]
    private = await client.conversations_list(types="private_channel")
    assert [one["id"] for one in private["channels"]] == [secret.id]
    assert private["response_metadata"]["next_cursor"] == ""


async def test_a_private_channel_without_the_bot_is_not_listed(slack, app, client):
    slack.add_channel("secret", private=True).members.discard(app.bot_user_id)
    assert (await client.conversations_list(types="private_channel"))["channels"] == []


async def test_info_tells_what_kind_of_channel_it_is(slack, client, channel):
    info = (await client.conversations_info(channel=channel.id))["channel"]
    assert (info["id"], info["name"], info["is_channel"], info["is_private"]) == (channel.id, "general", True, False)
    assert (info["is_member"], info["is_general"]) == (True, True)
    secret = slack.add_channel("secret", private=True)
    assert (await client.conversations_info(channel=secret.id))["channel"]["is_private"] is True


async def test_members(slack, app, user, client, channel):
    answer = await client.conversations_members(channel=channel.id)
    assert set(answer["members"]) == {user.id, app.bot_user_id}


async def test_a_new_channel_can_be_used_at_once(slack, app, client):
    made = (await client.conversations_create(name="学-room", is_private=True))["channel"]
    assert (made["name"], made["is_private"]) == ("学-room", True)
    await client.chat_postMessage(channel=made["id"], text="first")


async def test_open_gives_the_same_conversation_again(slack, user, client):
    one = (await client.conversations_open(users=user.id))["channel"]["id"]
    assert (await client.conversations_open(users=[user.id]))["channel"]["id"] == one
    few = (await client.conversations_open(users=[user.id, slack.add_user("b").id]))["channel"]["id"]
    assert slack.store.channels[few].kind == "mpim"


async def test_leaving(client, slack, channel, refused):
    assert await refused(client.conversations_leave(channel=channel.id)) == "cant_leave_general"
    lobby = slack.add_channel("lobby")
    assert (await client.conversations_leave(channel=lobby.id))["ok"]
    assert (await client.conversations_leave(channel=lobby.id))["not_in_channel"] is True
