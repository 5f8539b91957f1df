"""Bodies that cannot be read are refused in Slack's words, and answers are always JSON."""

import json

import pytest

FORM = "application/x-www-form-urlencoded"


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
async def call(slack, app, post_raw):
    async def ask(method, body, content_type="application/json", **headers):
        sent = {"Authorization": f"Bearer {app.bot_token}", "Content-Type": content_type, **headers}
        status, text = await post_raw(slack.api_url + method, body, sent)
        return status, strict(text)

    return ask


@pytest.mark.parametrize(
    ("content_type", "error"),
    [("application/json", "invalid_json"), (FORM, "invalid_form_data"),
     ("multipart/form-data; boundary=b", "invalid_form_data")],
)  # fmt: skip
async def test_a_body_that_is_not_compressed_as_it_says(call, content_type, error):
    status, answer = await call("api.test", b"not compressed", content_type, **{"Content-Encoding": "gzip"})
    assert (status, answer) == (200, {"ok": False, "error": error})


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
async def test_a_number_without_bounds_is_no_json(call, number):
    status, answer = await call("api.test", f'{{"x": [{number}]}}'.encode())
    assert (status, answer["error"]) == (200, "invalid_json")


async def test_a_response_url_refuses_what_is_not_compressed_as_it_says(slack, app, user, channel, receiver, post_raw):
    app.slash_commands["/hello"] = receiver.url
    await slack.slash(user, channel, "/hello", "")
    url = receiver.heard[0].form["response_url"]
    assert await post_raw(url, b"not compressed", {"Content-Encoding": "gzip"}) == (400, "invalid_payload")


@pytest.mark.parametrize("name", ["oldest", "latest"])
async def test_a_time_is_checked_in_an_empty_channel_too(call, channel, name):
    _status, answer = await call("conversations.history", json.dumps({"channel": channel.id, name: "then"}).encode())
    assert answer["error"] == f"invalid_ts_{name}"
