async def test_info_gives_the_name_whatever_its_letters(slack, client, app):
    user = slack.add_user("学", "Manabu Ito")
    found = (await client.users_info(user=user.id))["user"]
    assert (found["id"], found["name"], found["real_name"], found["is_bot"]) == (user.id, "学", "Manabu Ito", False)
    assert found["profile"]["display_name"] == "学"


async def test_a_bot_is_a_user_too(client, app):
    found = (await client.users_info(user=app.bot_user_id))["user"]
    assert (found["is_bot"], found["profile"]["bot_id"]) == (True, app.bot_id)


async def test_nobody_is_not_found(client, refused):
    assert await refused(client.users_info(user="U1")) == "user_not_found"
    assert await refused(client.api_call("users.info")) == "user_not_found"


async def test_users_are_listed_in_pages(slack, client, app):
    people = [slack.add_user(f"user-{number}").id for number in range(5)]
    found = []
    async for page in await client.users_list(limit=2):
        found += [one["id"] for one in page["members"]]
    assert found == [app.bot_user_id, *people]


async def test_conversations_of_a_user(slack, user, client, channel):
    other = slack.add_channel("other")
    other.members.discard(user.id)
    found = (await client.users_conversations(user=user.id))["channels"]
    assert [one["id"] for one in found] == [channel.id]
    assert len((await client.users_conversations())["channels"]) == 2
