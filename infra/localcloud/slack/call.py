"""One Web API call: its arguments, its app, and Slack's own words when it cannot be answered."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .model import Channel, Message, SlackApp, User
from .payload import Malformed, parse

if TYPE_CHECKING:
    from .workspace import SlackWorkspace

Item = TypeVar("Item")
MOST_ITEMS = 999
_LIMIT = re.compile(r"[0-9]{1,9}")
_PLACE = re.compile(r"[0-9]{1,18}")


class SlackError(Exception):
    """The call is refused: `error` is Slack's word, `status` the HTTP status (nearly always 200)."""

    def __init__(self, error: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = dict(headers or {})
        self.more = more


def explained(why: str) -> dict[str, Any]:
    """What goes with an error, for a person to read."""
    return {"response_metadata": {"messages": [f"[ERROR] {why}"]}}


@dataclass(frozen=True)
class Call:
    """`arguments` are texts from a form, or values from JSON; `trace` is a trace id."""

    workspace: "SlackWorkspace"
    arguments: Mapping[str, Any]
    caller: SlackApp | None
    trace: str | None = None

    @property
    def app(self) -> SlackApp:
        assert self.caller
        return self.caller

    @property
    def bot(self) -> User:
        """The caller's bot user."""
        return self.workspace.store.users[self.app.bot_user_id]

    def text(self, name: str, default: str = "") -> str:
        """A text argument; numbers and truth values from JSON count as texts."""
        value = self.arguments.get(name)
        if isinstance(value, dict | list):
            raise SlackError("invalid_arguments", **explained(f"must be a string: {name}"))
        return default if value is None else str(value)

    def needed(self, name: str, error: str = "invalid_arguments") -> str:
        """A text argument that must be there."""
        if value := self.text(name):
            return value
        raise SlackError(error, **explained(f"missing required field: {name}"))

    def truth(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1")

    def value(self, name: str, error: str) -> Any:
        """A JSON argument, which a form carries as text; None when it is not there."""
        value = self.arguments.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return parse(value)
        except Malformed:
            raise SlackError(error) from None

    def channel(self, name: str = "channel") -> Channel:
        """The channel argument, an id or a name; private ones must have the caller in them."""
        wanted = self.needed(name, "channel_not_found")
        channels = self.workspace.store.channels
        found = channels.get(wanted)
        if found is None:
            by_name = wanted.removeprefix("#")
            found = next((one for one in channels.values() if one.name == by_name and one.name), None)
        if found is None and wanted in self.workspace.store.users:
            found = self.workspace.store.direct(self.app.bot_user_id, wanted)
        if found is None or (found.private and self.app.bot_user_id not in found.members):
            raise SlackError("channel_not_found")
        return found

    def message(self, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Message:
        """The message with the timestamp in an argument."""
        found = self.workspace.store.find(channel.id, self.needed(name, error))
        if found is None or found.only_for is not None:
            raise SlackError(error)
        return found

    def user(self, name: str = "user") -> User:
        found = self.workspace.store.users.get(self.needed(name, "user_not_found"))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def limit(self, default: int = 100) -> int:
        """How many items a page may have."""
        text = self.text("limit") or str(default)
        if not _LIMIT.fullmatch(text):
            raise SlackError("invalid_limit")
        return min(int(text), MOST_ITEMS) or default

    def cursor(self, word: str) -> int | None:
        """The number that `next_cursor` put with this word into the cursor; None on the first page."""
        if not (cursor := self.text("cursor")):
            return None
        try:
            found, _colon, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        except ValueError:
            raise SlackError("invalid_cursor") from None
        if found != word or not _PLACE.fullmatch(number):
            raise SlackError("invalid_cursor")
        return int(number)

    def page(self, items: Sequence[Item], default: int = 100) -> tuple[list[Item], dict[str, str]]:
        """The items that `cursor` and `limit` ask for, and `response_metadata`."""
        limit, start = self.limit(default), self.cursor("next") or 0
        rest = start + limit < len(items)
        cursor = next_cursor("next", start + limit) if rest else ""
        return list(items[start : start + limit]), {"next_cursor": cursor}


def next_cursor(word: str, number: int) -> str:
    """Where the next page begins, as Slack writes it."""
    return base64.b64encode(f"{word}:{number}".encode()).decode()
