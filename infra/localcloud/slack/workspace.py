"""The workspace: people say things, apps hear of them and answer."""

import asyncio
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcloud.journal import Journal
from localcloud.serving import Server
from localcloud.trace import new_traceparent

from . import commands, events, outgoing
from .courier import Courier, Parcel
from .ids import Ids
from .model import Channel, Delivery, Message, SlackApp, SlashResult, User
from .ratelimit import RateLimits
from .shapes import message_json
from .store import Store

__all__ = ["Channel", "Delivery", "Message", "SlackApp", "SlackWorkspace", "SlashResult", "User"]

RETRY_DELAYS = (0.0, 60.0, 300.0)
ACK_TIMEOUT = 3.0
MOST_EVENTS_A_MINUTE = 500
LOOK_EVERY = 0.02
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class SlackWorkspace:
    """One workspace. Use `start` and `stop`.

    `retry_delays` are the waits before each retry and `ack_timeout` the time to acknowledge, in seconds; Slack's own by
    default. `rng` decides ids and tokens. Without `rate_limits` the Web API answers any number of calls.
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
    ) -> None:
        from .server import application

        self.ids = Ids(rng or random.Random())
        self.journal = journal or Journal()
        self.store = Store(self.ids)
        self.limits = RateLimits() if rate_limits else None
        self.apps: dict[str, SlackApp] = {}
        self._courier = Courier(self.ids, self.journal, retry_delays, ack_timeout)
        self._response_urls = commands.ResponseUrls(self.ids)
        self._sent_to: dict[str, deque[float]] = defaultdict(deque)
        self._told_of_limit: dict[str, int] = {}
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
    def busy(self) -> bool:
        """Whether a delivery is under way, or a retry comes within a second."""
        return self._courier.busy

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._courier.close()
        await self._server.stop()

    def add_user(self, name: str, real_name: str | None = None) -> User:
        """A new person, who joins every public channel."""
        return self.store.add_user(name, real_name)

    def add_channel(self, name: str, private: bool = False) -> Channel:
        """A new channel, with everybody in it."""
        return self.store.add_channel(name, "group" if private else "channel")

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
        """A person says something; apps hear of it beside, and this does not wait for them."""
        message = Message(
            channel.id, self.ids.ts(), text, user.id, thread_ts,
            client_msg_id=self.ids.token(36), trace=trace or new_traceparent(),
        )  # fmt: skip
        self.post(message)
        for app in self.apps.values():
            if (word := outgoing.trigger_word(app, channel, text)) is not None:
                form = outgoing.fields(app, channel, user, message, word)
                self._later(self.outgoing(app, user, channel, text, form=form, message=message))
        return message

    def post(self, message: Message) -> Message:
        """Puts a message up, and tells the apps that may hear of it."""
        channel = self.store.channels[message.channel]
        self.store.put(message)
        self.journal.add("message.posted", **self._facts(message))
        if message.only_for is None:
            self._announce(message, channel)
        return message

    def _announce(self, message: Message, channel: Channel, duplicate: bool = False) -> None:
        author = self.apps.get(message.app_id or "")
        for app in self.apps.values():
            if app.bot_user_id not in channel.members:
                continue
            self.tell(app, events.posted(message, channel, author), message)
            if events.mentions(message, app) and message.bot_id != app.bot_id:
                self.tell(app, events.mentioned(message, channel), message)

    def tell(self, app: SlackApp, event: dict[str, Any], message: Message) -> None:
        """Sends an event to an app, unless too many went there in the last minute."""
        if not app.events_url:
            return
        payload: dict[str, Any] = events.envelope(app, event, self.ids)
        if not self._may_send(app):
            minute = int(time.time()) // 60 * 60
            if self._told_of_limit.get(app.id) == minute:
                return
            self._told_of_limit[app.id] = minute
            payload = events.rate_limited(app, minute)
        self._courier.send(self._parcel(app, payload, message))

    def _may_send(self, app: SlackApp) -> bool:
        now, sent = time.monotonic(), self._sent_to[app.id]
        while sent and now - sent[0] > 60:
            sent.popleft()
        if len(sent) >= MOST_EVENTS_A_MINUTE:
            return False
        sent.append(now)
        return True

    def _parcel(self, app: SlackApp, payload: dict[str, Any], message: Message) -> Parcel:
        event = payload.get("event") or {}
        return Parcel(
            app=app,
            kind="event",
            url=app.events_url or "",
            body=json.dumps(payload).encode(),
            content_type=JSON,
            traceparent=message.trace or new_traceparent(),
            event_id=payload.get("event_id"),
            event_type=event.get("subtype") or event.get("type") or payload["type"],
            channel=message.channel,
            message_ts=message.ts,
        )

    async def deliver(
        self,
        app: SlackApp,
        body: bytes | Mapping[str, Any],
        *,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        sign: bool = True,
        timestamp: int | None = None,
        secret: str | None = None,
        kind: str = "event",
    ) -> Delivery:
        """Sends a crafted request once, to the app's events URL: signed (with `secret` and `timestamp`, if given)
        unless `sign` is false; `headers` go over the usual ones. Its record has status and answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        parcel = Parcel(
            app=app,
            kind=kind,
            url=url or app.events_url or "",
            body=content,
            content_type=JSON,
            traceparent=new_traceparent(),
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
        message: Message | None = None,
    ) -> Delivery:
        """Calls the app's outgoing webhook once, as for a message of `user`, and posts what it answers.

        `form` replaces fields (None leaves one out), `body` the whole of them.
        """
        said = message or Message(channel.id, self.ids.ts(), text, user.id, trace=new_traceparent())
        fields = {**outgoing.fields(app, channel, user, said, ""), **(form or {})}
        parcel = Parcel(
            app=app,
            kind="outgoing",
            url=app.outgoing_url or "",
            body=outgoing.encoded(fields) if body is None else body,
            content_type=FORM,
            traceparent=said.trace or new_traceparent(),
            signed=False,
            channel=channel.id,
            message_ts=said.ts,
        )
        delivery = await self._courier.attempt(parcel)
        if delivery.status == 200 and (answer := outgoing.answered(delivery.body)):
            self.post(
                Message(
                    channel.id, self.ids.ts(), answer[0], thread_ts=said.thread_ts, bot_id=app.bot_id,
                    app_id=app.id, username=answer[1] or app.name, trace=said.trace,
                )
            )  # fmt: skip
        return delivery

    def _later(self, work: Any) -> None:
        self._courier.also(work)

    async def duplicate(self, message: Message) -> None:
        """Delivers a message's events once more: with new event ids and no retry header, as Slack sometimes does."""
        self._announce(message, self.store.channels[message.channel])

    async def edit(self, user: User, message: Message, text: str) -> Message:
        """A person (or a bot) edits a message; apps hear of it."""
        return self.change(message, text)

    def change(self, message: Message, text: str, extra: Mapping[str, Any] | None = None) -> Message:
        """Changes a message's text; apps hear `message_changed`."""
        before = self.store.find(message.channel, message.ts) or message
        ts = self.ids.ts()
        after = replace(before, text=text, edited=ts, extra=before.extra if extra is None else extra)
        self.store.put(after)
        self.journal.add("message.changed", **self._facts(after))
        channel, author = self.store.channels[after.channel], self.apps.get(after.app_id or "")
        for app in self.apps.values():
            if app.bot_user_id in channel.members:
                self.tell(app, events.changed(after, before, channel, author, ts), after)
        return after

    def delete(self, message: Message) -> None:
        """Takes a message down; apps hear `message_deleted`."""
        self.store.remove(message)
        self.journal.add("message.deleted", **self._facts(message))
        channel, author = self.store.channels[message.channel], self.apps.get(message.app_id or "")
        for app in self.apps.values():
            if app.bot_user_id in channel.members:
                self.tell(app, events.deleted(message, channel, author, self.ids.ts()), message)

    def react(self, message: Message, name: str, user: str, *, remove: bool = False) -> Message:
        """Adds or removes a user's reaction; apps hear of it."""
        after = message.without_reaction(name, user) if remove else message.with_reaction(name, user)
        self.store.put(after)
        kind = "reaction_removed" if remove else "reaction_added"
        self.journal.add(kind.replace("_", "."), name=name, by=user, **self._facts(after))
        channel = self.store.channels[after.channel]
        for app in self.apps.values():
            if app.bot_user_id in channel.members:
                self.tell(app, events.reacted(kind, after, name, user, self.ids.ts()), after)
        return after

    async def slash(self, user: User, channel: Channel, command: str, text: str) -> SlashResult:
        """A person types `/command text`; what the app answered within three seconds. Nothing is repeated."""
        app = next((one for one in self.apps.values() if command in one.slash_commands), None)
        if app is None:
            return self._slash_failed(user, channel, f"{command} is not a valid command.", None)
        path = self._response_urls.new(app, channel, user)
        trigger = f"{int(time.time())}.{self.ids.token(12)}"
        form = commands.fields(app, channel, user, command, text, self.url + path, trigger)
        parcel = Parcel(
            app, "slash", app.slash_commands[command], outgoing.encoded(form), FORM, new_traceparent(),
            channel=channel.id,
        )  # fmt: skip
        delivery = await self._courier.attempt(parcel)
        if error := commands.failure_of(command, delivery):
            return self._slash_failed(user, channel, error, delivery)
        answer = commands.answer_of(delivery.body)
        message = self.respond(app, channel, user, answer, parcel.traceparent) if answer else None
        return SlashResult(delivery, message)

    def _slash_failed(self, user: User, channel: Channel, error: str, delivery: Delivery | None) -> SlashResult:
        message = self.post(
            Message(channel.id, self.ids.ts(), error, username="slackbot", only_for=user.id, trace=new_traceparent())
        )
        return SlashResult(delivery, message, error)

    def respond(
        self, app: SlackApp, channel: Channel, user: User, answer: Mapping[str, Any], trace: str | None
    ) -> Message:
        """Puts up an app's answer to a command: for its user alone, unless `response_type` is `in_channel`."""
        text = answer.get("text")
        extra = {name: answer[name] for name in ("blocks", "attachments") if name in answer}
        only_for = None if answer.get("response_type") == "in_channel" else user.id
        return self.post(
            Message(
                channel.id, self.ids.ts(), text if isinstance(text, str) else "", app.bot_user_id, bot_id=app.bot_id,
                app_id=app.id, only_for=only_for, extra=extra, trace=trace,
            )
        )  # fmt: skip

    def respond_later(self, path: str, answer: Mapping[str, Any], trace: str | None) -> Message:
        """An app answers through a `response_url`; commands.ResponseError when it may not (any more)."""
        known = self._response_urls.use(path)
        return self.respond(known.app, known.channel, known.user, answer, trace)

    async def quiet(self, silence: float = 0.25, timeout: float = 10.0) -> None:
        """Returns once nothing has been delivered or posted for `silence` seconds; TimeoutError after `timeout`."""
        deadline = time.monotonic() + timeout
        while self.busy or time.monotonic() - self._last_activity < silence:
            if time.monotonic() > deadline:
                raise asyncio.TimeoutError
            await asyncio.sleep(LOOK_EVERY)

    @property
    def _last_activity(self) -> float:
        return max(self._courier.last_activity, self.store.last_activity)

    def _facts(self, message: Message) -> dict[str, Any]:
        shape = message_json(message, self.apps.get(message.app_id or ""), self.store.replies(message))
        return {"channel": message.channel, "message": shape, "only_for": message.only_for, "trace": message.trace}


def challenge_answers(content: bytes) -> list[str]:
    """What an app may have meant as the challenge, in any of the three documented forms."""
    from urllib.parse import parse_qs

    text = content.decode("utf-8", "replace").strip()
    found = [text, *parse_qs(text).get("challenge", [])]
    try:
        answer = json.loads(text)
    except ValueError:
        return found
    return [*found, str(answer.get("challenge"))] if isinstance(answer, dict) else found
