"""Slash commands: three seconds to answer, and a response_url for later."""

import asyncio
import random

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook.async_client import AsyncWebhookClient

from localcloud.slack import response_urls
from localcloud.slack.ids import Ids
from localcloud.slack.response_urls import ResponseError, ResponseUrls
from localcloud.slack.view import Slack


@pytest.fixture
def app(slack, receiver):
    app = slack.install_app("camp")
    app.slash_commands["/hello"] = f"{receiver.url}/slash"
    return app


async def test_a_command_is_a_signed_form(slack, app, user, channel, receiver):
    await slack.slash(user, channel, "/hello", "to  you & me")
    (heard,) = receiver.heard
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert SignatureVerifier(app.signing_secret).is_valid_request(heard.body, dict(heard.headers))
    form = heard.form
    assert (form["command"], form["text"]) == ("/hello", "to  you & me")
    assert (form["user_id"], form["user_name"]) == (user.id, "aiko")
    assert (form["channel_id"], form["channel_name"]) == (channel.id, "general")
    assert (form["api_app_id"], form["token"]) == (app.id, app.verification_token)
    assert form["is_enterprise_install"] == "false"
    assert form["response_url"].startswith(f"{slack.url}/commands/")
    assert {"team_id", "team_domain", "trigger_id"} <= set(form)
    assert "traceparent" in heard.headers


@pytest.mark.parametrize("name", ["/hello", "hello"])
async def test_a_command_is_found_with_and_without_its_slash(slack, user, channel, receiver, name):
    slack.install_app("camp").slash_commands[name] = receiver.url
    for typed in ("/hello", "hello"):
        assert (await slack.slash(user, channel, typed, "")).error is None
    assert [heard.form["command"] for heard in receiver.heard] == ["/hello", "/hello"]


async def test_plain_text_is_shown_to_the_user_alone(slack, app, user, channel, receiver):
    receiver.says(web.Response(text="only you"))
    result = await slack.slash(user, channel, "/hello", "")
    assert (result.message.text, result.message.only_for, result.error) == ("only you", user.id, None)
    assert slack.messages(channel) == []


async def test_a_check_sees_what_only_one_user_sees_if_it_wants_to(slack, app, user, channel, receiver):
    receiver.says(web.Response(text="only you"))
    result = await slack.slash(user, channel, "/hello", "")
    view = Slack(slack, app, channel, notes=None)
    assert view.posts(channel) == []
    assert view.posts(channel, ephemeral=True) == [result.message]


@pytest.mark.parametrize(
    ("answer", "only_user"),
    [({"text": "hi"}, True), ({"text": "hi", "response_type": "ephemeral"}, True),
     ({"text": "hi", "response_type": "in_channel"}, False)],
)  # fmt: skip
async def test_json_says_who_sees_it(slack, app, user, channel, receiver, answer, only_user):
    receiver.says(web.json_response(answer))
    result = await slack.slash(user, channel, "/hello", "")
    assert result.message.text == "hi"
    assert result.message.only_for == (user.id if only_user else None)
    assert len(slack.messages(channel)) == (0 if only_user else 1)


@pytest.mark.parametrize("answer", ["", "  ", "{}", '{"response_type": "in_channel"}', '{"text": ""}'])
async def test_an_empty_answer_shows_nothing(slack, app, user, channel, receiver, answer):
    receiver.says(web.Response(text=answer))
    result = await slack.slash(user, channel, "/hello", "")
    assert (result.message, result.error) == (None, None)


@pytest.mark.parametrize("answer", ["[1]", '"text"', "[" * 100_000])
async def test_json_that_is_no_message_is_shown_as_it_is(slack, app, user, channel, receiver, answer):
    receiver.says(web.Response(text=answer))
    assert (await slack.slash(user, channel, "/hello", "")).message.text == answer


@pytest.mark.parametrize("status", [201, 400, 500])
async def test_anything_but_200_shows_the_user_an_error_once(slack, app, user, channel, receiver, status):
    receiver.says(web.Response(status=status, text="boom"))
    result = await slack.slash(user, channel, "/hello", "")
    await slack.quiet(0.05)
    assert "dispatch_failed" in result.error
    assert (result.message.text, result.message.only_for) == (result.error, user.id)
    assert len(receiver.heard) == 1


async def test_a_late_answer_is_a_time_out_and_not_retried(make_slack, receiver):
    slack = await make_slack(ack_timeout=0.2)
    slack.install_app("camp").slash_commands["/hello"] = receiver.url
    receiver.says("hang")
    result = await slack.slash(slack.add_user("aiko"), slack.add_channel("general"), "/hello", "")
    await slack.quiet(0.05)
    assert "operation_timeout" in result.error
    assert (len(receiver.heard), result.delivery.failure) == (1, "http_timeout")


async def test_a_command_nobody_has_is_said_to_be_invalid(slack, app, user, channel):
    result = await slack.slash(user, channel, "/nonsense", "")
    assert result.error == "/nonsense is not a valid command."
    assert (result.delivery, result.message.only_for) == (None, user.id)


async def test_the_certificate_probe(slack, app, receiver):
    assert (await slack.ssl_check(app, "/hello")).status == 200
    assert receiver.heard[0].form == {"ssl_check": "1", "token": app.verification_token}


@pytest.fixture
async def response_url(slack, app, user, channel, receiver):
    await slack.slash(user, channel, "/hello", "")
    return receiver.heard[0].form["response_url"]


async def test_slack_sdk_answers_later_through_the_response_url(slack, channel, response_url):
    client = AsyncWebhookClient(response_url)
    answer = await client.send(text="done", response_type="in_channel")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message.text for message in slack.messages(channel)] == ["done"]


async def test_a_response_url_takes_five_posts(slack, channel, response_url):
    client = AsyncWebhookClient(response_url)
    answers = await asyncio.gather(*(client.send(text="x", response_type="in_channel") for _post in range(7)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [404] * 2
    assert {answer.body for answer in answers if answer.status_code == 404} == {"used_url"}
    assert len(slack.messages(channel)) == 5


@pytest.mark.parametrize("body", ["", "text", "[]", '{"text": NaN}', "[" * 100_000])
async def test_a_response_url_refuses_what_is_no_message(response_url, body, post_raw):
    assert await post_raw(response_url, body) == (400, "invalid_payload")


async def test_a_response_url_needs_a_text(response_url, post_raw):
    assert await post_raw(response_url, "{}") == (400, "no_text")


async def test_an_unknown_response_url(slack, post_raw):
    assert await post_raw(f"{slack.url}/commands/T1/nonsense", '{"text": "x"}') == (404, "no_service")


def test_a_response_url_lives_half_an_hour(slack, app, user, channel):
    now = [0.0]
    urls = ResponseUrls(Ids(random.Random()), lambda: now[0])
    path = urls.new(app, channel, user, "a" * 32)
    now[0] = 1800.0
    assert urls.use(path).uses == 1
    now[0] = 1801.0
    with pytest.raises(ResponseError, match="expired_url"):
        urls.use(path)


def test_the_oldest_response_urls_are_forgotten(slack, app, user, channel, monkeypatch):
    monkeypatch.setattr(response_urls, "MOST_KNOWN", 2)
    urls = ResponseUrls(Ids(random.Random()))
    first, *others = [urls.new(app, channel, user, "a" * 32) for _url in range(3)]
    with pytest.raises(ResponseError, match="no_service"):
        urls.use(first)
    for path in others:
        urls.use(path)
