async def test_auth_test_tells_who_calls(slack, app, client):
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["user"]) == (app.bot_user_id, app.bot_id, "camp")
    assert answer["team_id"].startswith("T")
    assert answer["url"].startswith(slack.url)


async def test_api_test_echoes(client, refused):
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    assert await refused(client.api_test(error="my_error")) == "my_error"


async def test_bots_info(slack, app, client, refused):
    found = (await client.bots_info(bot=app.bot_id))["bot"]
    assert (found["id"], found["app_id"], found["user_id"]) == (app.bot_id, app.id, app.bot_user_id)
    assert await refused(client.bots_info(bot="B1")) == "bot_not_found"


async def test_team_info(client):
    assert (await client.team_info())["team"]["domain"] == "serverless-camp"


async def test_tokens(slack, client, channel, refused):
    client.token = "xoxb-wrong"
    assert await refused(client.auth_test()) == "invalid_auth"
    client.token = None
    assert await refused(client.auth_test()) == "not_authed"


async def test_an_unknown_method(client, refused):
    assert await refused(client.api_call("chat.shout")) == "unknown_method"
