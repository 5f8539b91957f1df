"""What a check says of an app that stays silent."""

import pytest
from aiohttp import web

from localcloud.cloud import NotAsExpected
from localcloud.slack.view import Slack


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "No reply arrived. Does your code call chat_postMessage? The log of this check shows what happened."),
        (404, "No function answers at http://"),
        (401, "its auth_level must be ANONYMOUS."),
    ],
)
async def test_a_reply_that_does_not_arrive_has_its_usual_cause_as_next_step(
    slack, app, user, channel, receiver, status, words
):
    receiver.says(web.Response(status=status))
    view = Slack(slack, app, channel, notes=None)
    message = await slack.say(user, channel, "Hello")
    await slack.quiet()
    with pytest.raises(NotAsExpected) as failed:
        await view.reply(message, seconds=0.1)
    assert words in failed.value.next
    assert failed.value.seen.startswith("Time-out: no reply within 0.1 seconds.")
    assert f"status {status}" in failed.value.seen
