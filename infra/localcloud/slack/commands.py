"""Slash commands: a signed form with three seconds to answer, and a `response_url` for later.

https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.messages import _

from .courier import Courier
from .ids import Ids, new_trace
from .model import TEAM_DOMAIN, TEAM_ID, Channel, Delivery, Message, SlackApp, SlashResult, User
from .outgoing import encoded
from .parcel import FORM, Parcel
from .payload import Malformed, parse
from .response_urls import ResponseUrls


class Commands:
    """Sends commands to their apps, and hands each answer to `post`."""

    def __init__(
        self,
        apps: Mapping[str, SlackApp],
        ids: Ids,
        courier: Courier,
        post: Callable[[Message], Message],
    ) -> None:
        self._apps = apps
        self._ids = ids
        self._courier = courier
        self._post = post
        self._urls = ResponseUrls(ids)

    async def run(
        self, user: User, channel: Channel, command: str, text: str, base_url: str, trigger: str | None = None
    ) -> SlashResult:
        """A person types a command; what its app answered in time. Nothing is repeated. `trigger` is the trigger_id, a
        new one by default."""
        command = "/" + command.lstrip("/")
        app = next((one for one in self._apps.values() if url_of(one, command)), None)
        if app is None:
            error = _("{command} is not a valid command.").format(command=command)
            return self._failed(user, channel, error, None)
        trace = new_trace()
        response_url = base_url + self._urls.new(app, channel, user, trace)
        form = fields(app, channel, user, command, text, response_url, trigger or self.new_trigger())
        delivery = await self._send(app, command, form, channel.id, trace)
        if failure := failure_of(command, delivery):
            return self._failed(user, channel, failure, delivery)
        answer = answer_of(delivery.body)
        return SlashResult(delivery, self._answered(app, channel, user, answer, delivery.trace) if answer else None)

    def new_trigger(self) -> str:
        return f"{int(time.time())}.{self._ids.token(12)}"

    async def probe(self, app: SlackApp, command: str) -> Delivery:
        """Slack's certificate probe: `ssl_check=1` and the token, which wants nothing but a 200."""
        return await self._send(app, command, {"ssl_check": "1", "token": app.verification_token}, None, new_trace())

    async def _send(
        self, app: SlackApp, command: str, form: Mapping[str, str], channel: str | None, trace: str
    ) -> Delivery:
        url = url_of(app, "/" + command.lstrip("/")) or ""
        return await self._courier.attempt(
            Parcel(app, "slash", url, encoded(form), FORM, trace, event_type=command, channel=channel)
        )

    def answer_later(self, path: str, answer: Mapping[str, Any], trace: str | None) -> Message:
        """An app answers through a `response_url`, in its command's trace if it sends no `trace` id of its own;
        ResponseError when it may not (any more)."""
        known = self._urls.use(path)
        return self._answered(known.app, known.channel, known.user, answer, trace or known.trace)

    def _answered(
        self, app: SlackApp, channel: Channel, user: User, answer: Mapping[str, Any], trace: str | None
    ) -> Message:
        """Puts up an app's answer: for its user alone, unless `response_type` is `in_channel`."""
        text, thread = answer.get("text"), answer.get("thread_ts")
        return self._post(
            Message(
                channel.id,
                self._ids.ts(),
                text if isinstance(text, str) else "",
                app.bot_user_id,
                thread if isinstance(thread, str) else None,
                bot_id=app.bot_id,
                app_id=app.id,
                only_for=None if answer.get("response_type") == "in_channel" else user.id,
                extra=extra_of(answer),
                trace=trace,
            )
        )

    def _failed(self, user: User, channel: Channel, error: str, delivery: Delivery | None) -> SlashResult:
        trace = delivery.trace if delivery else new_trace()
        said = Message(channel.id, self._ids.ts(), error, username="slackbot", only_for=user.id, trace=trace)
        return SlashResult(delivery, self._post(said), error)


def url_of(app: SlackApp, command: str) -> str | None:
    """Where a command's requests go; apps may name it with or without its slash."""
    return app.slash_commands.get(command) or app.slash_commands.get(command.removeprefix("/"))


def fields(
    app: SlackApp, channel: Channel, user: User, command: str, text: str, response_url: str, trigger_id: str
) -> dict[str, str]:
    """The command's form."""
    names = {"channel": channel.name, "im": "directmessage"}
    return {
        "token": app.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": names.get(channel.kind, "privategroup"),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def answer_of(content: bytes) -> dict[str, Any] | None:
    """The message in an answer: JSON, or plain text; None for an empty one."""
    text = content.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        answer = parse(text)
    except Malformed:
        return {"text": text}
    if not isinstance(answer, dict):
        return {"text": text}
    return answer if says_something(answer) else None


def says_something(answer: Mapping[str, Any]) -> bool:
    """Whether there is a text in an answer, or what may stand in for one."""
    text = answer.get("text")
    return bool(isinstance(text, str) and text.strip()) or bool(extra_of(answer))


def extra_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer's blocks and attachments."""
    found = {name: answer.get(name) for name in ("blocks", "attachments")}
    return {name: value for name, value in found.items() if value and isinstance(value, list)}


def failure_of(command: str, delivery: Delivery) -> str | None:
    """What the user is shown when a command fails; None when it went well."""
    if delivery.status == 200:
        return None
    word = "operation_timeout" if delivery.failure == "http_timeout" else "dispatch_failed"
    return _("{command} failed with the error “{word}”").format(command=command, word=word)
