"""The Web API's HTTP side: bodies, tokens, hosts; never a 500."""

import io
import json

import pytest

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def call(slack, app, post_raw):
    """`await call(method, body, content_type)`: status and answer."""

    async def ask(method="auth.test", body=b"", content_type=None, http="POST", **headers):
        sent = {"Authorization": f"Bearer {app.bot_token}", **headers}
        if content_type:
            sent["Content-Type"] = content_type
        status, text = await post_raw(slack.api_url + method, body, sent, http)
        return status, json.loads(text)

    return ask


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"\xff", "application/json", "invalid_json"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b'{"text": NaN}', "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"null", "application/json; charset=utf-8", "json_not_object"),
        (b"x=\xff", FORM, "invalid_form_data"),
        (b"x=1", f"{FORM}; charset=klingon", "invalid_charset"),
        (b"x", "text/plain", "invalid_post_type"),
        (b"x", "application/octet-stream", "invalid_post_type"),
        (b"x", "multipart/form-data", "invalid_form_data"),
        (b"x", "multipart/form-data; boundary=b", "invalid_form_data"),
        (b"--b\r\n\xff\xff\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", "invalid_form_data"),
    ],
)
async def test_malformed_bodies_are_refused_in_slacks_words(call, body, content_type, error):
    assert await call(body=body, content_type=content_type) == (200, {"ok": False, "error": error})


async def test_arguments_come_as_form_json_query_or_multipart(slack, user, call):
    multipart = f'--b\r\nContent-Disposition: form-data; name="user"\r\n\r\n{user.id}\r\n--b--\r\n'.encode()
    for found in [
        await call("users.info", f"user={user.id}".encode(), FORM),
        await call("users.info", json.dumps({"user": user.id}).encode(), "application/json; charset=utf-8"),
        await call(f"users.info?user={user.id}", http="GET"),
        await call("users.info", multipart, "multipart/form-data; boundary=b"),
    ]:
        assert found[1].get("user", found)["id"] == user.id


@pytest.mark.parametrize("body", [b"token={}", b'{{"token": "{}"}}'])
async def test_the_token_may_be_an_argument(slack, app, post_raw, body):
    content_type = "application/json" if body.startswith(b"{") else FORM
    sent = body.decode().format(app.bot_token)
    _status, text = await post_raw(f"{slack.api_url}auth.test", sent, {"Content-Type": content_type})
    assert json.loads(text)["ok"] is True


@pytest.mark.parametrize(
    ("header", "error"),
    [("Bearer wrong", "invalid_auth"), ("Bearer ", "not_authed"), ("Basic abc", "not_authed"), ("", "not_authed")],
)
async def test_tokens_that_are_none(call, header, error):
    assert (await call(Authorization=header))[1]["error"] == error


async def test_too_large_a_body(call):
    status, answer = await call(body=io.BytesIO(b"x" * (4 * 1024 * 1024 + 1)), content_type=FORM)
    assert (status, answer["error"]) == (413, "request_too_large")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_other_http_methods(call, method):
    assert (await call(http=method))[1]["error"] == "invalid_post_type"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "["])
async def test_a_foreign_host_is_refused(call, host):
    assert await call(Host=host) == (403, {"ok": False, "error": "invalid_host"})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7072", "LOCALHOST", "[::1]:80"])
async def test_local_hosts_are_served(call, host):
    assert (await call(Host=host))[0] == 200


async def test_health(slack, post_raw):
    assert await post_raw(f"{slack.url}/healthz", method="GET") == (200, '{"ok": true}')


@pytest.mark.parametrize("place", ["", "api", "api/"])
async def test_a_person_who_opens_the_address_reads_what_it_is(slack, post_raw, place):
    status, text = await post_raw(slack.api_url.removesuffix("api/") + place, b"", {}, "GET")
    assert status == 200
    assert "slack_sdk.WebClient(base_url=...)" in text and "\n  chat.postMessage\n" in text
