"""Whatever a method is given, it answers in Slack's shape."""

import json

import aiohttp
import pytest

from localcloud.slack.methods import METHODS

NAMES = (
    "channel", "user", "users", "ts", "thread_ts", "timestamp", "message_ts", "text", "blocks", "attachments", "name",
    "limit", "cursor", "oldest", "latest", "inclusive", "types", "bot", "error", "metadata", "username", "is_private",
)  # fmt: skip
ODD = [
    "",
    " ",
    "\x00",
    "²",
    "٣",
    "\ud800",
    "a" * 50_000,
    -1,
    0,
    10**30,
    1e308,
    True,
    None,
    [],
    [[]],
    {},
    {"a": [1]},
    "[]",
]


@pytest.mark.parametrize("method", METHODS)
async def test_odd_arguments_are_refused_or_taken_but_never_break(make_slack, method):
    slack = await make_slack(rate_limits=False)
    app, user, channel = slack.install_app("camp"), slack.add_user("aiko"), slack.add_channel("general")
    said = await slack.say(user, channel, "hi")
    good = {"channel": channel.id, "user": user.id, "users": user.id, "text": "x", "name": "eyes",
            "ts": said.ts, "timestamp": said.ts, "message_ts": said.ts}  # fmt: skip
    headers = {"Authorization": f"Bearer {app.bot_token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(slack.api_url, headers=headers) as session:
        for index, name in enumerate(NAMES):
            for odd in ODD[index % 4 :: 4]:
                async with session.post(method, data=json.dumps({**good, name: odd})) as answer:
                    assert answer.status == 200, (name, odd)
                    body = await answer.json()
                assert body["ok"] or isinstance(body["error"], str), (name, odd)
