"""The workspace: people say things, apps hear of them and answer."""

import asyncio
import json
import random
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcloud.faults import kind_of
from localcloud.journal import Journal
from localcloud.messages import _
from localcloud.serving import Server

from . import outgoing
from .commands import Commands
from .courier import Courier
from .faults import REPEAT, Faults, kinds
from .feed import Feed
from .ids import Ids, new_trace
from .model import Channel, Delivery, Message, SlackApp, SlashResult, User
from .parcel import JSON, Parcel
from .payload import challenge_answers
from .ratelimit import RateLimits
from .shapes import message_json
from .store import Store

__all__ = ["Channel", "Delivery", "Message", "SlackApp", "SlackWorkspace", "SlashResult", "User", "challenge_answers"]

RETRY_DELAYS = (0.0, 60.0, 300.0)
ACK_TIMEOUT = 3.0
SOON = 1.0
LOOK_EVERY = 0.02


class SlackWorkspace:
    """One workspace. Use `start` and `stop`.

    `retry_delays` are the waits before each retry and `ack_timeout` the time to acknowledge, in seconds; Slack's own by
    default. `rng` decides ids and tokens. Without `rate_limits` the Web API answers any number of calls.
    With `keep_alive` deliveries share connections, which costs less and ties the apps' server to this one's life.
    """

    def __init__(
        self,
        *,
        journal: Journal | None = None,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ack_timeout: float = ACK_TIMEOUT,
        rate_limits: bool = True,
        rng: random.Random | None = None,
        port: int = 0,
        keep_alive: bool = False,
    ) -> None:
        from .server import application

        self.ids = Ids(rng or random.Random())
        self.journal = journal or Journal()
        self.store = Store(self.ids)
        self.limits = RateLimits() if rate_limits else None
        self.apps: dict[str, SlackApp] = {}
        self.faults = Faults(self.journal.add)
        self._courier = Courier(self.ids, self.journal, retry_delays, ack_timeout, keep_alive)
        self._feed = Feed(self.apps, self.ids, self._courier, self.faults)
        self._webhooks = outgoing.OutgoingWebhooks(self.ids, self._courier, self.limits, self.post)
        self.commands = Commands(self.apps, self.ids, self._courier, self.post)
        self._server = Server(application(self), port)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_url(self) -> str:
        """What slack-sdk takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def deliveries(self) -> deque[Delivery]:
        """The last attempts, oldest first."""
        return self._courier.deliveries

    @property
    def under_way(self) -> int:
        """How many deliveries are under way."""
        return self._courier.under_way

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way."""
        return self._courier.busy

    async def start(self) -> None:
        await self._server.start()

    async def answer_on(self, listener: socket.socket) -> None:
        """Answers on a second socket too."""
        await self._server.answer_on(listener)

    async def stop(self) -> None:
        await self._server.stop()  # first, for a call that still comes in would make new deliveries
        await self._courier.close()

    def add_user(self, name: str, real_name: str | None = None) -> User:
        """A new person, who joins every public channel."""
        return self.store.add_user(name, real_name)

    def add_channel(self, name: str, private: bool = False) -> Channel:
        """A new channel, with everybody in it."""
        return self.store.add_channel(name, "group" if private else "channel")

    def spare_own_posts(self, channel: Channel) -> None:
        """Apps no longer hear of their own posts in this channel."""
        self._feed.spare(channel)

    def install_app(
        self,
        name: str,
        *,
        bot_token: str | None = None,
        signing_secret: str | None = None,
        outgoing_token: str | None = None,
    ) -> SlackApp:
        """A new app, whose bot is in every channel; secrets that are not given are made."""
        app = SlackApp(
            id=self.ids.new("A"),
            name=name,
            bot_id=self.ids.new("B"),
            bot_user_id="",
            bot_token=bot_token or f"xoxb-{self.ids.token()}",
            signing_secret=signing_secret or self.ids.token(32).lower(),
            outgoing_token=outgoing_token or self.ids.token(),
            verification_token=self.ids.token(),
        )
        app.bot_user_id = self.store.add_user(name, name, bot_id=app.bot_id, app_id=app.id).id
        self.apps[app.id] = app
        return app

    def app_of_token(self, token: str) -> SlackApp | None:
        return next((app for app in self.apps.values() if app.bot_token == token), None)

    def messages(self, channel: Channel | str) -> list[Message]:
        """What stands in a channel, threads included, oldest first; ephemeral messages are not part of it."""
        return self.store.messages(channel if isinstance(channel, str) else channel.id)

    async def verify_events_url(self, app: SlackApp) -> bool:
        """Slack's `url_verification`: whether the challenge came back as plain text, form or JSON."""
        challenge = self.ids.token(40)
        payload = {"token": app.verification_token, "challenge": challenge, "type": "url_verification"}
        delivery = await self.deliver(app, payload, kind="challenge")
        return delivery.ok and challenge in challenge_answers(delivery.body)

    async def say(
        self, user: User, channel: Channel, text: str, *, thread_ts: str | None = None, trace: str | None = None
    ) -> Message:
        """A person says something; apps hear of it beside, and this does not wait for them. `trace` is a trace id."""
        message = Message(
            channel.id,
            self.ids.ts(),
            text,
            user.id,
            thread_ts,
            client_msg_id=self.ids.client_msg_id(),
            trace=trace or new_trace(),
        )
        self.post(message)
        for app in self.apps.values():
            self._webhooks.said(app, user, channel, message)
        return message

    def post(self, message: Message) -> Message:
        """Puts a message up, and tells the apps that may hear of it."""
        self.store.put(message)
        self.journal.add("message.posted", **self.facts(message))
        if message.only_for is None:
            self._feed.posted(message, self.store.channels[message.channel])
        return message

    async def deliver(
        self,
        app: SlackApp,
        body: bytes | Mapping[str, Any],
        *,
        url: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        sign: bool = True,
        timestamp: int | None = None,
        secret: str | None = None,
        kind: str = "event",
    ) -> Delivery:
        """Sends a crafted request once, to the app's events URL: signed (with `secret` and `timestamp`, if given)
        unless `sign` is false; `headers` go over the usual ones. Its record has status and answer."""
        parcel = Parcel(
            app=app,
            kind=kind,
            url=url or app.events_url or "",
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            content_type=JSON,
            trace=new_trace(),
            signed=sign,
            headers=headers or {},
            timestamp=timestamp,
            secret=secret,
        )
        return await self._courier.attempt(parcel)

    async def outgoing(
        self,
        app: SlackApp,
        user: User,
        channel: Channel,
        text: str,
        *,
        form: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
    ) -> Delivery:
        """Calls the app's outgoing webhook once, as for a message of `user`, and posts what it answers.

        `form` replaces fields (None leaves one out), `body` the whole of them.
        """
        message = Message(channel.id, self.ids.ts(), text, user.id, trace=new_trace())
        word = outgoing.trigger_word(app, channel, text) or ""
        fields = {**outgoing.fields(app, channel, user, message, word), **(form or {})}
        return await self._webhooks.once(app, message, outgoing.encoded(fields) if body is None else body)

    async def slash(
        self, user: User, channel: Channel, command: str, text: str, trigger: str | None = None
    ) -> SlashResult:
        """A person types `/command text`; what the app answered within three seconds. Nothing is repeated."""
        return await self.commands.run(user, channel, command, text, self.url, trigger)

    async def ssl_check(self, app: SlackApp, command: str) -> Delivery:
        """Slack's occasional probe of a slash command's URL."""
        return await self.commands.probe(app, command)

    async def duplicate(self, message: Message) -> None:
        """Delivers a message's events once more: with new event ids and no retry header, as Slack sometimes does."""
        self._feed.posted(message, self.store.channels[message.channel])

    async def inject(self, name: str, fields: Mapping[str, Any]) -> None:
        """Any fault by its name, with `seconds`, `times` and `by` as it takes them; ValueError says what is wrong."""
        given = kind_of(kinds(), name).fields(fields)
        if name != REPEAT:
            self.faults.begin(name, **given)
            return
        said = [message for channel in self.store.channels for message in self.messages(channel) if not message.bot_id]
        if not said:
            raise ValueError(_("Nobody has said anything yet."))
        last = max(said, key=lambda message: message.ts)
        self.journal.add("event.repeated", **self.facts(last))
        await self.duplicate(last)

    async def edit(self, user: User, message: Message, text: str) -> Message:
        """A person edits a message; apps hear of it."""
        return self.change(message, text, by=user.id)

    def change(
        self, message: Message, text: str, extra: Mapping[str, Any] | None = None, by: str | None = None
    ) -> Message:
        """Changes a message's text, and blocks and the like (`extra`); apps hear `message_changed`. What is gone stays
        as it was."""
        before = self.store.find(message.channel, message.ts)
        if before is None:
            return message
        ts = self.ids.ts()
        kept = before.extra if extra is None else extra
        after = replace(before, text=text, edited=ts, edited_by=by or before.user, extra=kept)
        self.store.put(after)
        self.journal.add("message.changed", **self.facts(after))
        self._feed.changed(after, before, self.store.channels[after.channel], ts)
        return after

    def delete(self, message: Message) -> None:
        """Takes a message down, if it is still there; apps hear `message_deleted`."""
        now = self.store.find(message.channel, message.ts)
        if now is None:
            return
        self.store.remove(now)
        self.journal.add("message.deleted", **self.facts(now))
        self._feed.deleted(now, self.store.channels[now.channel], self.ids.ts())

    def react(self, message: Message, name: str, user: str, *, remove: bool = False) -> Message:
        """Adds or removes a user's reaction; apps hear of it, unless it was so already or the message is gone."""
        now = self.store.find(message.channel, message.ts)
        if now is None:
            return message
        if (user in now.reactions.get(name, ())) is not remove:
            return now
        after = now.without_reaction(name, user) if remove else now.with_reaction(name, user)
        self.store.put(after)
        kind = "reaction_removed" if remove else "reaction_added"
        self.journal.add(kind.replace("_", "."), name=name, by=user, **self.facts(after))
        self._feed.reacted(kind, after, name, user, self.store.channels[after.channel], self.ids.ts())
        return after

    async def quiet(self, silence: float = 0.25, timeout: float = 10.0) -> None:
        """Returns once nothing has been delivered or posted for `silence` seconds and no retry comes soon (within a
        second, or `silence` if that is longer); TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        soon = max(silence, SOON)
        while (
            busy := self.busy or self._courier.retries_within(soon)
        ) or time.monotonic() - self._last_activity < silence:
            if time.monotonic() > deadline:
                raise asyncio.TimeoutError
            left = self._last_activity + silence - time.monotonic()  # before it is over there is nothing to see
            await asyncio.sleep(LOOK_EVERY if busy else max(left, 0))

    @property
    def _last_activity(self) -> float:
        return max(self._courier.last_activity, self.store.last_activity)

    def facts(self, message: Message) -> dict[str, Any]:
        """A message for the journal and the portal: its JSON, who alone may see it, and its trace id."""
        shape = message_json(message, self.apps.get(message.app_id or ""), self.store.replies(message))
        return {"channel": message.channel, "message": shape, "only_for": message.only_for, "trace": message.trace}
