"""Answers to slash commands that are hardly any, and answers that come too late."""

import json

import pytest
from aiohttp import web

NO_TEXTS = [{"text": 42}, {"text": {"a": 1}}, {"text": " "}, {"blocks": "x"}, {"attachments": {}}, {"blocks": []}]


@pytest.fixture
def app(slack, receiver):
    app = slack.install_app("camp")
    app.slash_commands["/hello"] = receiver.url
    return app


@pytest.fixture
async def response_url(slack, app, user, channel, receiver):
    await slack.slash(user, channel, "/hello", "")
    return receiver.heard[0].form["response_url"]


@pytest.mark.parametrize("answer", NO_TEXTS)
async def test_an_answer_without_text_shows_nothing(slack, app, user, channel, receiver, answer):
    receiver.says(web.json_response(answer))
    result = await slack.slash(user, channel, "/hello", "")
    assert (result.message, result.error) == (None, None)
    assert slack.store.messages(channel.id, ephemeral=True) == []


@pytest.mark.parametrize("answer", NO_TEXTS)
async def test_a_response_url_wants_a_text(slack, channel, response_url, post_raw, answer):
    assert await post_raw(response_url, json.dumps(answer)) == (400, "no_text")
    assert slack.store.messages(channel.id, ephemeral=True) == []


async def test_what_is_refused_does_not_count_as_a_use(response_url, post_raw):
    for _post in range(6):
        assert (await post_raw(response_url, "{}"))[0] == 400
    answers = [await post_raw(response_url, '{"text": "x"}') for _post in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]


async def test_blocks_alone_are_an_answer(slack, channel, response_url, post_raw):
    blocks = [{"type": "divider"}]
    assert await post_raw(response_url, json.dumps({"blocks": blocks, "response_type": "in_channel"})) == (200, "ok")
    assert [dict(message.extra) for message in slack.messages(channel)] == [{"blocks": blocks}]


async def test_after_half_an_hour_a_response_url_is_expired(slack, channel, response_url, post_raw):
    urls = slack.commands._urls
    clock, urls._clock = urls._clock, lambda: clock() + 1_801
    assert await post_raw(response_url, '{"text": "late"}') == (404, "expired_url")
    assert slack.store.messages(channel.id, ephemeral=True) == []


async def test_a_later_answer_in_the_channel_is_heard_as_the_bots_own(slack, app, user, channel, receiver, post_raw):
    app.events_url = f"{receiver.url}/events"
    await slack.slash(user, channel, "/hello", "")
    url = receiver.heard[0].form["response_url"]
    await post_raw(url, '{"text": "only you"}')
    await post_raw(url, '{"text": "all of you", "response_type": "in_channel"}')
    await slack.quiet(0.05)
    (event,) = [heard.event for heard in receiver.heard if heard.path == "/events"]
    assert (event["text"], event["bot_id"]) == ("all of you", app.bot_id)
