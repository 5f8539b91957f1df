"""The legacy outgoing webhook: a form-encoded request for each message it listens for; its JSON answer is posted."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from .model import TEAM_DOMAIN, TEAM_ID, Channel, Message, SlackApp, User


def trigger_word(app: SlackApp, channel: Channel, text: str) -> str | None:
    """The word that triggers the app's webhook, `""` in its own channel; None when it is not triggered.

    Public channels only; the word begins the message, and is required when no channel is set.
    """
    if channel.private or not app.outgoing_url:
        return None
    if app.outgoing_channel is not None and app.outgoing_channel != channel.id:
        return None
    first = (text.split(maxsplit=1) or [""])[0].lower()
    word = next((one for one in app.outgoing_trigger_words if one.lower() == first), None)
    if word is None and not app.outgoing_trigger_words and app.outgoing_channel == channel.id:
        return ""
    return word


def fields(app: SlackApp, channel: Channel, user: User, message: Message, word: str) -> dict[str, str]:
    """The form's fields."""
    found = {
        "token": app.outgoing_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "timestamp": message.ts,
        "user_id": user.id,
        "user_name": user.name,
        "text": message.text,
        "trigger_word": word,
    }
    return {**found, "thread_ts": message.thread_ts} if message.thread_ts else found


def encoded(form: Mapping[str, str | None]) -> bytes:
    """The form's bytes, without the fields that are None."""
    return urlencode({name: text for name, text in form.items() if text is not None}).encode()


def answered(body: bytes) -> tuple[str, str | None] | None:
    """Text and user name of the answer to post; None for an empty one."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str) or not answer["text"].strip():
        return None
    name = answer.get("username")
    return answer["text"], name if isinstance(name, str) else None
