"""The Events API: which apps hear of what happens in a channel."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any

from . import events
from .courier import Courier
from .faults import Faults
from .ids import Ids, new_trace
from .model import Channel, Message, SlackApp
from .parcel import JSON, Parcel

MOST_EVENTS_A_MINUTE = 1_000


class Feed:
    """Sends events to the apps whose bot is in the channel and that have an events URL."""

    def __init__(self, apps: Mapping[str, SlackApp], ids: Ids, courier: Courier, faults: Faults) -> None:
        self._apps = apps
        self._ids = ids
        self._courier = courier
        self._faults = faults
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._minute_told: dict[str, int] = {}
        self._spared: set[str] = set()  # ids of channels

    def spare(self, channel: Channel) -> None:
        """Apps no longer hear of their own posts in this channel."""
        self._spared.add(channel.id)

    def posted(self, message: Message, channel: Channel) -> None:
        """A new message: `message`, and `app_mention` for the app that it mentions."""
        event = events.posted(message, channel, self._author(message))
        for app in self._listeners(channel):
            if message.app_id == app.id and channel.id in self._spared:
                continue
            self._tell(app, event, message)
            if channel.kind != "im" and message.bot_id != app.bot_id and events.mentions(message, app):
                self._tell(app, events.mentioned(message, channel), message)

    def changed(self, after: Message, before: Message, channel: Channel, ts: str) -> None:
        self._tell_all(events.changed(after, before, channel, self._author(after), ts), after, channel)

    def deleted(self, message: Message, channel: Channel, ts: str) -> None:
        self._tell_all(events.deleted(message, channel, self._author(message), ts), message, channel)

    def reacted(self, kind: str, message: Message, name: str, user: str, channel: Channel, ts: str) -> None:
        """`kind` is `reaction_added` or `reaction_removed`."""
        self._tell_all(events.reacted(kind, message, name, user, ts), message, channel)

    def _author(self, message: Message) -> SlackApp | None:
        return self._apps.get(message.app_id or "")

    def _listeners(self, channel: Channel) -> Iterator[SlackApp]:
        return (app for app in self._apps.values() if app.events_url and app.bot_user_id in channel.members)

    def _tell_all(self, event: Mapping[str, Any], message: Message, channel: Channel) -> None:
        for app in self._listeners(channel):
            self._tell(app, event, message)

    def _tell(self, app: SlackApp, event: Mapping[str, Any], message: Message) -> None:
        """One event to one app, twice where that fault is on."""
        for _copy in range(self._faults.copies()):
            self._tell_once(app, event, message)

    def _tell_once(self, app: SlackApp, event: Mapping[str, Any], message: Message) -> None:
        """`app_rate_limited` in the event's place, once a minute, when too many went there."""
        payload: dict[str, Any] = events.envelope(app, event, self._ids)
        if not self._may_send(app):
            minute = int(time.time()) // 60 * 60
            if self._minute_told.get(app.id) == minute:
                return
            self._minute_told[app.id] = minute
            payload = events.rate_limited(app, minute)
        self._courier.send(parcel_of(app, payload, message), self._faults.delay())

    def _may_send(self, app: SlackApp) -> bool:
        now, sent = time.monotonic(), self._sent[app.id]
        while sent and now - sent[0] > 60:
            sent.popleft()
        if len(sent) >= MOST_EVENTS_A_MINUTE:
            return False
        sent.append(now)
        return True


def parcel_of(app: SlackApp, payload: Mapping[str, Any], message: Message) -> Parcel:
    """A payload for the app's events URL, about `message`."""
    event = payload.get("event") or {}
    return Parcel(
        app=app,
        kind="event",
        url=app.events_url or "",
        body=json.dumps(payload).encode(),
        content_type=JSON,
        trace=message.trace or new_trace(),
        event_id=payload.get("event_id"),
        event_type=event.get("subtype") or event.get("type") or payload["type"],
        channel=message.channel,
        message_ts=message.ts,
    )
