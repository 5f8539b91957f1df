"""A retry says why: the reason is a header of the next attempt."""

import asyncio
import contextlib

import pytest
from aiohttp import web


@pytest.fixture
async def reset_first():
    """The URL of a server that hangs up on the first request and acknowledges the others; the header lines it got."""
    requests = []

    async def handle(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            requests.append(dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line))
            await reader.readexactly(int(requests[-1]["content-length"]))
            if len(requests) > 1:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", requests
    server.close()
    await server.wait_closed()


def retries(receiver, path="/events"):
    names = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
    return [tuple(heard.headers.get(name) for name in names) for heard in receiver.heard if heard.path == path]


def redirect(receiver, path="/again"):
    return web.Response(status=307, headers={"Location": f"{receiver.url}{path}"})


async def test_a_refused_connection(slack, app, user, channel, reset_first):
    app.events_url, requests = reset_first
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert [(one.attempt, one.failure) for one in slack.deliveries] == [(0, "connection_failed"), (1, None)]
    first, second = requests
    assert "x-slack-retry-num" not in first
    assert (second["x-slack-retry-num"], second["x-slack-retry-reason"]) == ("1", "connection_failed")


async def test_redirects_without_end(slack, app, user, channel, receiver):
    receiver.says(redirect(receiver))
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), *((number, "too_many_redirects") for number in "123")]
    assert [one.status for one in slack.deliveries] == [None] * 4


async def test_a_redirect_to_an_acknowledgement_is_one(slack, app, user, channel, receiver):
    receiver.says(redirect(receiver), redirect(receiver, "/there"), web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert [heard.path for heard in receiver.heard] == ["/events", "/again", "/there"]
    assert [one.ok for one in slack.deliveries] == [True]


async def test_an_address_that_is_none(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=307, headers={"Location": "ftp://127.0.0.1/"}), web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), ("1", "unknown_error")]


@pytest.mark.parametrize("status", [300, 304, 400, 404, 410, 500, 503])
async def test_any_status_but_2xx(slack, app, user, channel, receiver, status):
    receiver.says(web.Response(status=status), web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), ("1", "http_error")]


async def test_each_retry_says_what_went_wrong_last(make_slack, receiver):
    slack = await make_slack(ack_timeout=0.2)
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = f"{receiver.url}/events"
    receiver.says("hang", web.Response(status=500), "hang", web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), ("1", "http_timeout"), ("2", "http_error"), ("3", "http_timeout")]


async def test_no_retry_can_be_asked_for_at_any_attempt(slack, app, user, channel, receiver):
    stop = web.Response(status=500, headers={"x-slack-no-retry": "1"})
    receiver.says(web.Response(status=500), stop, web.Response())
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), ("1", "http_error")]


async def test_asking_for_no_retry_too_late_is_not_heard(make_slack, receiver):
    slack = await make_slack(ack_timeout=0.2)
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = f"{receiver.url}/events"

    async def late_then_fine(heard):
        if len(receiver.heard) == 1:
            await receiver.released.wait()
            return web.Response(headers={"X-Slack-No-Retry": "1"})
        return web.Response()

    receiver.answer = late_then_fine
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert retries(receiver) == [(None, None), ("1", "http_timeout")]
