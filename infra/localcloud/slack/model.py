"""What a workspace holds: people, channels, messages, apps; and what is remembered of each delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

TEAM_ID = "T0CAMP0001"
KEPT_BYTES = 2_000  # of a delivery, in the workspace's record
TEAM_NAME = "Serverless Camp"
TEAM_DOMAIN = "serverless-camp"


@dataclass(frozen=True)
class User:
    """A person, or an app's bot user (then with its `bot_id`)."""

    id: str
    name: str
    real_name: str
    bot_id: str | None = None
    app_id: str | None = None

    @property
    def is_bot(self) -> bool:
        return self.bot_id is not None


@dataclass
class Channel:
    """`kind` is channel (public), group (private), im (between two) or mpim (a few); `members` are user ids."""

    id: str
    name: str
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    created: int = 0

    @property
    def private(self) -> bool:
        return self.kind != "channel"


@dataclass(frozen=True)
class Message:
    """One message; ids throughout. `bot_id` marks an app's post, `only_for` an ephemeral one; `edited` is the time of
    the last edit, `edited_by` its user; `trace` is a trace id, 32 hex digits."""

    channel: str
    ts: str
    text: str
    user: str | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    edited: str | None = None
    edited_by: str | None = None
    only_for: str | None = None
    trace: str | None = None
    client_msg_id: str | None = None
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def with_reaction(self, name: str, user: str) -> "Message":
        users = (*self.reactions.get(name, ()), user)
        return replace(self, reactions={**self.reactions, name: users})

    def without_reaction(self, name: str, user: str) -> "Message":
        users = tuple(one for one in self.reactions.get(name, ()) if one != user)
        kept = {other: ids for other, ids in self.reactions.items() if other != name}
        return replace(self, reactions={**kept, name: users} if users else kept)


@dataclass
class SlackApp:
    """An installed app. Set `events_url`, `outgoing_url` and `slash_commands` to be called there.

    The outgoing webhook is called for public messages that begin with one of `outgoing_trigger_words`, in
    `outgoing_channel` alone if that is set; with no words, for every message in that channel.
    """

    id: str
    name: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    signing_secret: str
    outgoing_token: str
    verification_token: str
    events_url: str | None = None
    outgoing_url: str | None = None
    outgoing_trigger_words: tuple[str, ...] = ("hello",)
    outgoing_channel: str | None = None
    slash_commands: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver something to an app.

    `attempt` is 0 for the first and 1 to 3 for retries, whose `reason` says why; `failure` says why this one failed
    (None when it was acknowledged), in Slack's words; `status` is None without an answer; `answer` is the beginning of
    its text, `body` its bytes (in the workspace's record: their beginning).
    """

    id: str
    app: str
    kind: str
    url: str
    attempt: int
    reason: str | None
    status: int | None
    seconds: float
    answer: str
    failure: str | None
    trace: str | None
    at: float
    event_id: str | None = None
    event_type: str | None = None
    channel: str | None = None
    message_ts: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: bytes = b""  # what was sent; in the workspace's record its beginning
    sent_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.failure is None


@dataclass(frozen=True)
class SlashResult:
    """What came of a slash command: its delivery, and the message it put up (an error counts as an ephemeral one)."""

    delivery: Delivery | None
    message: Message | None
    error: str | None = None
