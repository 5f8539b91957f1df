"""What stands in the workspace: people, channels and their messages, in memory."""

import time

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

    def add_user(
        self, name: str, real_name: str | None = None, *, bot_id: str | None = None, app_id: str | None = None
    ) -> User:
        """A new person, or bot, in every channel but those between two."""
        user = User(self._ids.new("U"), name, real_name or name, bot_id, app_id)
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.kind != "im":
                channel.members.add(user.id)
        return user

    def add_channel(self, name: str, kind: str = "channel", members: set[str] | None = None) -> Channel:
        """A new channel with these members, by default everybody."""
        prefix = {"channel": "C", "group": "G", "im": "D"}[kind]
        everybody = set(self.users) if members is None else members
        channel = Channel(self._ids.new(prefix), name, kind, everybody, int(time.time()))
        self.channels[channel.id] = channel
        self._messages[channel.id] = {}
        return channel

    def direct(self, one: str, other: str) -> Channel:
        """The channel between two users, made when there is none."""
        found = (each for each in self.channels.values() if each.kind == "im" and each.members == {one, other})
        return next(found, None) or self.add_channel("", "im", {one, other})

    def put(self, message: Message) -> None:
        """Adds a message, or replaces the one with its timestamp; the oldest are forgotten in the end."""
        kept = self._messages[message.channel]
        kept[message.ts] = message
        if len(kept) > KEPT_MESSAGES:
            del kept[next(iter(kept))]
        self.last_activity = time.monotonic()

    def remove(self, message: Message) -> None:
        self._messages[message.channel].pop(message.ts, None)
        self.last_activity = time.monotonic()

    def find(self, channel: str, ts: str) -> Message | None:
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str, *, ephemeral: bool = False) -> list[Message]:
        """A channel's messages, oldest first."""
        return [one for one in self._messages[channel].values() if ephemeral or one.only_for is None]

    def replies(self, message: Message) -> list[Message]:
        """The replies in a message's thread, oldest first."""
        return [one for one in self.messages(message.channel) if one.thread_ts == message.ts and one.ts != message.ts]
