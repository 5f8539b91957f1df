"""Requests are signed as slack-sdk verifies them."""

import time

import pytest
from slack_sdk.signature import SignatureVerifier

from localcloud.slack.parcel import signature


def valid(heard, app):
    return SignatureVerifier(app.signing_secret).is_valid_request(heard.body, dict(heard.headers))


def test_the_signature_of_slacks_documentation():
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == expected


async def test_slack_sdk_accepts_every_event(slack, app, user, channel, receiver):
    await slack.say(user, channel, "こんにちは, Zoë")
    await slack.quiet(0.05)
    assert valid(receiver.heard[0], app)


@pytest.mark.parametrize(
    "how",
    [{"secret": "somebody else's"}, {"sign": False}, {"headers": {"x-slack-signature": "v0=" + "0" * 64}},
     {"headers": {"X-SLACK-SIGNATURE": None}}],
)  # fmt: skip
async def test_a_forgery_does_not_verify(slack, app, receiver, how):
    await slack.deliver(app, {"type": "event_callback"}, **how)
    assert not valid(receiver.heard[0], app)
    assert len(receiver.heard[0].headers.getall("X-Slack-Signature", [])) <= 1


@pytest.mark.parametrize(("age", "accepted"), [(0, True), (290, True), (310, False), (-310, False)])
async def test_an_old_request_is_validly_signed_but_too_old(slack, app, receiver, age, accepted):
    stamp = int(time.time()) - age
    await slack.deliver(app, b'{"type": "x"}', timestamp=stamp)
    heard = receiver.heard[0]
    assert heard.headers["X-Slack-Request-Timestamp"] == str(stamp)
    assert heard.headers["X-Slack-Signature"] == signature(app.signing_secret, str(stamp), heard.body)
    assert valid(heard, app) is accepted


async def test_crafted_bytes_arrive_as_they_are(slack, app, receiver):
    body = b'{"broken": \xff'
    delivery = await slack.deliver(app, body)
    heard = receiver.heard[0]
    stamp = heard.headers["X-Slack-Request-Timestamp"]
    assert heard.body == body
    assert heard.headers["X-Slack-Signature"] == signature(app.signing_secret, stamp, body)
    assert (delivery.status, delivery.attempt, delivery.kind) == (200, 0, "event")


async def test_a_crafted_request_is_sent_once(slack, app, receiver):
    receiver.answer = receiver.fine
    app.events_url = f"{receiver.url}/events"
    await slack.deliver(app, {}, url=f"{receiver.url}/elsewhere")
    await slack.quiet(0.05)
    assert [heard.path for heard in receiver.heard] == ["/elsewhere"]
