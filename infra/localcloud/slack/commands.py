"""Slash commands: a signed form with three seconds to answer, and a `response_url` for later.

https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _

from .ids import Ids
from .model import TEAM_DOMAIN, TEAM_ID, Channel, Delivery, SlackApp, User

USES = 5
SECONDS = 30 * 60.0
FAILED = {"http_timeout": "operation_timeout", "http_error": "dispatch_failed"}


class ResponseError(Exception):
    """A `response_url` refuses; `status` and Slack's word for it."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


@dataclass
class ResponseUrl:
    """Where an app may answer a command later: five times within half an hour."""

    app: SlackApp
    channel: Channel
    user: User
    born: float
    uses: int = 0

    def use(self, now: float) -> None:
        """Counts one use; ResponseError when there are no more."""
        if now - self.born > SECONDS:
            raise ResponseError(404, "expired_url")
        if self.uses >= USES:
            raise ResponseError(404, "used_url")
        self.uses += 1


class ResponseUrls:
    """The response URLs that were handed out."""

    def __init__(self, ids: Ids, clock: Callable[[], float] = time.monotonic) -> None:
        self._ids = ids
        self._clock = clock
        self._known: dict[str, ResponseUrl] = {}

    def new(self, app: SlackApp, channel: Channel, user: User) -> str:
        """A path such as `/commands/T.../a1b2c3`."""
        path = f"/commands/{TEAM_ID}/{self._ids.token()}"
        self._known[path] = ResponseUrl(app, channel, user, self._clock())
        return path

    def use(self, path: str) -> ResponseUrl:
        """Counts one use of a path; ResponseError when it is unknown, used up or too old."""
        if path not in self._known:
            raise ResponseError(404, "no_service")
        self._known[path].use(self._clock())
        return self._known[path]


def fields(
    app: SlackApp, channel: Channel, user: User, command: str, text: str, response_url: str, trigger_id: str
) -> dict[str, str]:
    """The command's form."""
    return {
        "token": app.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name if channel.kind == "channel" else "privategroup",
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
        answer = json.loads(text)
    except ValueError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"text": text}


def failure_of(command: str, delivery: Delivery) -> str | None:
    """What the user is shown when a command fails; None when it went well."""
    if delivery.status == 200:
        return None
    word = FAILED.get(delivery.failure or "", "dispatch_failed")
    return _("{command} failed with the error “{word}”").format(command=command, word=word)
