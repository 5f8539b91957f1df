"""What a check sees of Slack: people say things in channels of their own, and the learner's app is heard."""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localcloud.cloud import NotAsExpected, Told, View
from localcloud.messages import _

from .model import KEPT_BYTES
from .parcel import SIGNATURE, STAMP

if TYPE_CHECKING:
    from localcloud.cloud import Notes

    from .ids import Ids
    from .model import Channel, Delivery, Message, SlackApp, User
    from .workspace import SlackWorkspace

REPLY_TIMEOUT = 5.0
LOOK_EVERY = 0.01
FLOOD = 12
LAST_RETRY = 3
SHOWN_HEADERS = ("Content-Type", "X-Slack-Retry-Num", "X-Slack-Retry-Reason", STAMP, SIGNATURE)
USER, CHANNEL, BOT_USER = "SLACK_USER", "SLACK_CHANNEL", "SLACK_BOT_USER"  # what stands for their ids


class Slack(View):
    """The workspace of one check run, for one check. Users and channels are new in every check."""

    def __init__(self, workspace: "SlackWorkspace", app: "SlackApp", ops: "Channel", notes: "Notes") -> None:
        self.workspace = workspace
        self.app = app
        self.ops = ops  # the channel where an app calls for help
        self.channels: list[Channel] = []
        self._notes = notes
        self._said: dict[str, Message] = {}  # by what was noted of them
        self._earlier = set(workspace.store.channels) - {ops.id}  # ids of other checks' channels

    @property
    def ids(self) -> "Ids":
        return self.workspace.ids

    def user(self, name: str | None = None) -> "User":
        """A new user, by default with a random name."""
        return self.workspace.add_user(name or self._notes.name())

    def channel(self, name: str | None = None, *, hears_itself: bool = True) -> "Channel":
        """A new channel with the bot in it, by default with a random name. A bot that answers itself would never be
        silent there: where that is not what a check is about, the bot need not hear of its own posts."""
        name = name or f"{self._notes.word()}-{self._notes.rng.randrange(1000)}"
        self.channels.append(self.workspace.add_channel(name))
        if not hears_itself:
            self.workspace.spare_own_posts(self.channels[-1])
        return self.channels[-1]

    def mention(self, text: str = "") -> str:
        """A text that mentions the bot."""
        return f"<@{self.app.bot_user_id}> {text}".strip()

    async def say(self, user: "User", channel: "Channel", text: str, *, thread_ts: str | None = None) -> "Message":
        """A user says something in Slack; the app hears of it as from Slack."""
        noted = _("In #{channel}, {user} says: {text}").format(channel=channel.name, user=user.name, text=text)
        self._notes.note(noted)
        self._said[noted] = await self.workspace.say(user, channel, text, thread_ts=thread_ts)
        return self._said[noted]

    def posts(self, channel: "Channel", *, ephemeral: bool = False) -> "list[Message]":
        """What the learner's app has posted in a channel, oldest first; `ephemeral` adds what only one user sees."""
        messages = self.workspace.store.messages(channel.id, ephemeral=ephemeral)
        return [message for message in messages if message.app_id == self.app.id]

    async def reply(self, message: "Message", *, seconds: float = REPLY_TIMEOUT) -> "Message":
        """What the app posts in the channel of `message`, after it; NotAsExpected without a post within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._given_up(message):
            if found := self._posted_after(message, self.workspace.store.channels[message.channel]):
                return found[0]
            await asyncio.sleep(LOOK_EVERY)
        raise self._no_reply(message, seconds)

    async def heard(self, message: "Message", *, seconds: float = REPLY_TIMEOUT) -> "Message":
        """What the app posts after `message` in its channel or, if there is nothing, in another one but those of other
        checks; NotAsExpected without a post within `seconds`."""
        deadline = time.monotonic() + seconds
        channels = self.workspace.store.channels
        while time.monotonic() < deadline and not self._given_up(message):
            others = [channel for channel in channels.values() if channel.id not in self._earlier]
            for channel in [channels[message.channel], *others]:
                if found := self._posted_after(message, channel):
                    return found[0]
            await asyncio.sleep(LOOK_EVERY)
        raise self._no_reply(message, seconds)

    def _posted_after(self, message: "Message", channel: "Channel") -> "list[Message]":
        return [post for post in self.posts(channel) if float(post.ts) > float(message.ts)]

    def _no_reply(self, message: "Message", seconds: float) -> NotAsExpected:
        last = self._last_delivery(message)
        return NotAsExpected(
            seen=_("Time-out: no reply within {seconds:g} seconds.").format(seconds=seconds) + self._told_of(last),
            expected=_("a reply in the channel"),
            next=(usual_cause(last) if last else None)
            or _("No reply arrived. Does your code call chat_postMessage? The log of this check shows what happened."),
        )

    def while_waiting(self) -> None:
        """NotAsExpected when the app posts and posts in a channel of this check."""
        for channel in self.channels:
            if len(posts := self.posts(channel)) >= FLOOD:
                raise NotAsExpected(
                    seen=_("{count} posts of the bot in #{channel}, and no end.").format(
                        count=len(posts), channel=channel.name
                    ),
                    expected=_("silence, once everything has been answered"),
                    next=_("Does the bot answer its own messages? Answer no event with bot_id."),
                )

    def names(self) -> Mapping[str, str]:
        store = self.workspace.store
        people = {one.id: one.name for one in store.users.values()}
        return people | {one.id: one.name for one in store.channels.values()}

    def told(self, sent: str) -> Told | None:
        """What Slack delivered of a message: what the app did not acknowledge, else the mention, else the message."""
        message = self._said.get(sent)
        about = [one for one in self.workspace.deliveries if message and one.message_ts == message.ts]
        if not about:
            return None
        delivery = max(about, key=lambda one: (not one.ok, one.event_type == "app_mention"))
        if len(delivery.sent) == KEPT_BYTES:  # it may have been cut
            return None
        headers = {name: delivery.sent_headers[name] for name in SHOWN_HEADERS if name in delivery.sent_headers}
        return Told(urlsplit(delivery.url).path, headers, delivery.sent)

    def own_ids(self) -> dict[str, str]:
        store = self.workspace.store
        return {
            **{one.id: USER for one in store.users.values() if not one.is_bot},
            **{id: CHANNEL for id in store.channels},
            self.app.bot_user_id: BOT_USER,
        }

    def told_of(self, message: "Message") -> str:
        """How the app answered Slack about a message, and the error behind it; empty when Slack told nothing yet."""
        return self._told_of(self._last_delivery(message))

    def error_of(self, delivery: "Delivery") -> str | None:
        """The exception that a delivery ended in, with file and line; None when there was none."""
        for entry in reversed(self.workspace.journal.entries):
            facts = entry.facts
            if entry.kind == "invocation.finished" and facts["trace"] == delivery.trace:
                return str(facts["where"] or facts["message"]) if not facts["ok"] else None
        return None

    def _given_up(self, message: "Message") -> bool:
        """Whether Slack has tried every event of this message for the last time without success."""
        about = [delivery for delivery in self.workspace.deliveries if delivery.message_ts == message.ts]
        lost = {delivery.event_type for delivery in about if delivery.attempt == LAST_RETRY and not delivery.ok}
        return bool(about) and lost == {delivery.event_type for delivery in about}

    def _last_delivery(self, message: "Message") -> "Delivery | None":
        return next((one for one in reversed(self.workspace.deliveries) if one.message_ts == message.ts), None)

    def _told_of(self, delivery: "Delivery | None") -> str:
        if delivery is None:
            return ""
        shown = _("status {status}").format(status=delivery.status) if delivery.status else delivery.failure
        lines = ["", _("Your function's answer to Slack: {shown}.").format(shown=shown), self.error_of(delivery)]
        return "\n".join(line for line in lines if line is not None)


def usual_cause(delivery: "Delivery") -> str | None:
    """What to try next after a 404, or a host's own 401 (which has no text); None when it is something else."""
    if delivery.status == 404:
        return _("No function answers at {url}. Look at its route and its methods.").format(url=delivery.url)
    if delivery.status == 401 and not delivery.body:
        return _("Does the function ask for a key? Slack sends none: its auth_level must be ANONYMOUS.")
    return None
