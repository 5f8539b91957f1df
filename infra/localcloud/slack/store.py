"""What stands in the workspace: people, channels and their messages, in memory."""

import time
from collections import defaultdict

from .ids import Ids
from .model import Channel, Message, User

KEPT_MESSAGES = 20_000


class Store:
    """Lookups by id; a channel's messages are kept in the order of their timestamps."""

    def __init__(self, ids: Ids) -> None:
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.last_activity = time.monotonic()
        self._ids = ids
        self._messages: dict[str, dict[str, Message]] = {}
        self._replies: dict[tuple[str, str], dict[str, Message]] = defaultdict(dict)

    def add_user(
        self, name: str, real_name: str | None = None, *, bot_id: str | None = None, app_id: str | None = None
    ) -> User:
        """A new person, or bot, in every channel but those between a few."""
        user = User(self._ids.new("U"), name, real_name or name, bot_id, app_id)
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.kind in ("channel", "group"):
                channel.members.add(user.id)
        return user

    def add_channel(self, name: str, kind: str = "channel", members: set[str] | None = None) -> Channel:
        """A new channel with these members, by default everybody."""
        prefix = {"channel": "C", "group": "C", "im": "D", "mpim": "G"}[kind]
        everybody = set(self.users) if members is None else members
        channel = Channel(self._ids.new(prefix), name, kind, everybody, int(time.time()))
        self.channels[channel.id] = channel
        self._messages[channel.id] = {}
        return channel

    def direct(self, *users: str) -> Channel:
        """The conversation between these users alone, made when there is none."""
        members = set(users)
        kind = "im" if len(members) < 3 else "mpim"
        for channel in self.channels.values():
            if channel.kind == kind and channel.members == members:
                return channel
        return self.add_channel("" if kind == "im" else f"mpdm-{'-'.join(sorted(members))}".lower(), kind, members)

    def put(self, message: Message) -> None:
        """Adds a message, or replaces the one with its timestamp; the oldest are forgotten in the end."""
        kept = self._messages[message.channel]
        kept[message.ts] = message
        if message.is_reply and message.only_for is None:
            self._replies[message.channel, message.thread_ts or ""][message.ts] = message
        if len(kept) > KEPT_MESSAGES:
            self._forget(kept[next(iter(kept))])
        self.last_activity = time.monotonic()

    def remove(self, message: Message) -> None:
        self._forget(message)
        self.last_activity = time.monotonic()

    def _forget(self, message: Message) -> None:
        self._messages[message.channel].pop(message.ts, None)
        thread = (message.channel, message.thread_ts or "")
        if replies := self._replies.get(thread):
            replies.pop(message.ts, None)
            if not replies:
                del self._replies[thread]

    def find(self, channel: str, ts: str) -> Message | None:
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str, *, ephemeral: bool = False) -> list[Message]:
        """A channel's messages, oldest first."""
        return [one for one in self._messages[channel].values() if ephemeral or one.only_for is None]

    def replies(self, message: Message) -> list[Message]:
        """The replies in a message's thread, oldest first."""
        return list(self._replies.get((message.channel, message.ts), {}).values())
