"""The Events API's payloads (https://docs.slack.dev/apis/events-api): what an app hears of a message."""

import time
from collections.abc import Mapping
from typing import Any

from .ids import Ids
from .model import TEAM_ID, Channel, Message, SlackApp
from .shapes import message_json


def envelope(app: SlackApp, event: Mapping[str, Any], ids: Ids) -> dict[str, Any]:
    """An `event_callback` with an event id of its own."""
    return {
        "token": app.verification_token,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": ids.new("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": app.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + ids.token(32),
    }


def posted(message: Message, channel: Channel, author: SlackApp | None) -> dict[str, Any]:
    """The `message` event."""
    return {
        **message_json(message, author),
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": message.ts,
    }


def mentioned(message: Message, channel: Channel) -> dict[str, Any]:
    """The `app_mention` event, sent beside the `message` event."""
    event = {**message_json(message, None), "type": "app_mention", "channel": channel.id, "event_ts": message.ts}
    return event


def changed(message: Message, before: Message, channel: Channel, author: SlackApp | None, ts: str) -> dict[str, Any]:
    """The `message_changed` event."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
        "message": message_json(message, author),
        "previous_message": message_json(before, author),
    }


def deleted(before: Message, channel: Channel, author: SlackApp | None, ts: str) -> dict[str, Any]:
    """The `message_deleted` event."""
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
        "deleted_ts": before.ts,
        "previous_message": message_json(before, author),
    }


def reacted(kind: str, message: Message, name: str, user: str, ts: str) -> dict[str, Any]:
    """The `reaction_added` or `reaction_removed` event."""
    author = {"item_user": message.user} if message.user else {}  # a webhook's message has none
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        **author,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": ts,
    }


def mentions(message: Message, app: SlackApp) -> bool:
    """Whether a message mentions the app's bot, as people write it: `<@U…>` or `<@U…|name>`."""
    return f"<@{app.bot_user_id}>" in message.text or f"<@{app.bot_user_id}|" in message.text


def rate_limited(app: SlackApp, minute: int) -> dict[str, Any]:
    """`app_rate_limited`, in place of events that are not sent."""
    return {
        "token": app.verification_token,
        "type": "app_rate_limited",
        "team_id": TEAM_ID,
        "minute_rate_limited": minute,
        "api_app_id": app.id,
    }
