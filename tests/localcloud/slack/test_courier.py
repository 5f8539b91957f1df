"""Delivery: three seconds to acknowledge, then three retries that say why."""

import pytest
from aiohttp import web

from localcloud.slack.workspace import SlackWorkspace

BAD = web.Response(status=500)
GOOD = web.Response()


def attempts(slack, kind="event"):
    return [(one.attempt, one.reason, one.status, one.failure) for one in slack.deliveries if one.kind == kind]


def test_slack_waits_three_seconds_and_retries_at_once_after_a_minute_and_after_five():
    slack = SlackWorkspace()
    assert slack._courier._retry_delays == (0.0, 60.0, 300.0)
    assert slack._courier._post._timeout.total == 3.0


async def test_a_2xx_is_an_acknowledgement(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=204))
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert attempts(slack) == [(0, None, 204, None)]
    assert "X-Slack-Retry-Num" not in receiver.heard[0].headers


async def test_slack_gives_up_after_three_retries(slack, app, user, channel, receiver):
    receiver.says(BAD)
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert attempts(slack) == [
        (0, None, 500, "http_error"),
        (1, "http_error", 500, "http_error"),
        (2, "http_error", 500, "http_error"),
        (3, "http_error", 500, "http_error"),
    ]
    retries = [(heard.headers.get("X-Slack-Retry-Num"), heard.headers.get("X-Slack-Retry-Reason"))
               for heard in receiver.heard]  # fmt: skip
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]


async def test_a_retry_is_the_same_event_signed_anew(slack, app, user, channel, receiver):
    receiver.says(BAD, GOOD)
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    first, second = receiver.heard
    assert first.body == second.body
    assert first.headers["traceparent"] != second.headers["traceparent"]
    assert first.headers["traceparent"].split("-")[1] == second.headers["traceparent"].split("-")[1]


async def test_retries_end_with_an_acknowledgement(slack, app, user, channel, receiver):
    receiver.says(BAD, GOOD)
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert [one[0] for one in attempts(slack)] == [0, 1]


async def test_no_answer_in_time_is_retried_without_waiting_for_the_late_one(make_slack, receiver):
    slack = await make_slack(ack_timeout=0.2)
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = receiver.url
    receiver.says("hang", GOOD)
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert attempts(slack)[0] == (0, None, None, "http_timeout")
    assert receiver.heard[1].headers["X-Slack-Retry-Reason"] == "http_timeout"
    assert not receiver.released.is_set()


async def test_the_app_can_ask_for_no_retry(slack, app, user, channel, receiver):
    receiver.says(web.Response(status=503, headers={"X-Slack-No-Retry": "1"}))
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert attempts(slack) == [(0, None, 503, "http_error")]


@pytest.mark.parametrize("value", ["0", "no", ""])
async def test_only_the_value_1_asks_for_no_retry(slack, app, user, channel, receiver, value):
    receiver.says(web.Response(status=503, headers={"X-Slack-No-Retry": value}), GOOD)
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert len(attempts(slack)) == 2


async def test_nobody_listening_is_a_failed_connection(slack, app, user, channel, unused_port):
    app.events_url = f"http://127.0.0.1:{unused_port}/"
    await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    assert [one[1] for one in attempts(slack)] == [None, *["connection_failed"] * 3]


async def test_an_app_that_comes_up_late_gets_the_retry(slack, app, user, channel, receiver, unused_port):
    late, app.events_url = app.events_url, f"http://127.0.0.1:{unused_port}/"
    delivery = await slack.deliver(app, {"type": "event_callback"})
    assert (delivery.failure, delivery.status) == ("connection_failed", None)
    app.events_url = late
    assert (await slack.deliver(app, {"type": "event_callback"})).ok


async def test_a_record_keeps_the_beginning_of_a_long_answer(slack, app, receiver):
    receiver.says(web.Response(body=b"x" * 50_000))
    delivery = await slack.deliver(app, {})
    assert len(delivery.body) == 50_000
    assert len(slack.deliveries[-1].body) == len(slack.deliveries[-1].answer) == 2_000


async def test_an_answer_is_cut_after_a_megabyte(slack, app, receiver):
    receiver.says(web.Response(body=b"x" * 3_000_000))
    assert len((await slack.deliver(app, {})).body) == 1024 * 1024


async def test_each_attempt_is_in_the_journal(slack, app, user, channel, receiver):
    receiver.says(BAD, GOOD)
    message = await slack.say(user, channel, "hi")
    await slack.quiet(0.05)
    facts = [entry.facts for entry in slack.journal.entries if entry.kind == "delivery.attempted"]
    assert [(one["what"], one["attempt"], one["reason"], one["status"]) for one in facts] == [
        ("event", 0, None, 500),
        ("event", 1, "http_error", 200),
    ]
    assert {one["trace"] for one in facts} == {message.trace}
    assert {one["message_ts"] for one in facts} == {message.ts}


async def test_stopping_gives_up_what_is_under_way(make_slack, receiver):
    slack = await make_slack(retry_delays=(60.0,))
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    app.events_url = receiver.url
    receiver.says("hang")
    await slack.say(user, channel, "hi")
    assert slack.busy
    await slack.stop()
    assert not slack.busy
