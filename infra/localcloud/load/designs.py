"""Keys that one may think of for the messages of a town: what a document's key is, and where answers lie. Pure.

`DESIGNS` has them by name; `design` makes one of any name, such as `channel#12`. Buckets come from a hash of the
message's id, which is the same in every process.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.messages import _

from .town import DAY, HOUR, Message

Fields = Callable[[Message], Mapping[str, object]]
Key = list[object]
Keys = Callable[[str, float, float], list[Key]]


class NoDesign(ValueError):
    """There is no key design of this name; the text says which there are."""


@dataclass(frozen=True)
class Design:
    """A candidate partition key."""

    name: str
    # One path, or several of a hierarchical key.
    paths: tuple[str, ...]
    # What a document has beside the message's own fields.
    fields: Fields
    # The keys (or their beginnings) that hold a channel's messages of a period; None: any key may.
    history: Keys | None = None
    # The same for a user.
    user: Keys | None = None

    def document(self, message: Message) -> dict[str, object]:
        """The message as it is stored."""
        return {**message, **self.fields(message)}

    def key(self, message: Message) -> list[object]:
        """The values of the key of a message's document."""
        document = self.document(message)
        return [document[path[1:]] for path in self.paths]


def bucket(text: str, count: int) -> int:
    """One of `count` buckets for a text, the same in every process."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16) % count


def design(name: str) -> Design:
    """The design of this name; NoDesign for none. `#8` are eight buckets, `hour` and `second` are those of the
    message's time, a comma separates the levels of a hierarchical key."""
    if name in _PLAIN:
        return _PLAIN[name]
    for pattern, made in _PATTERNS:
        if found := re.fullmatch(pattern, name):
            return made(name, found.groupdict())
    known = ", ".join(dict.fromkeys([*DESIGNS, *_PLAIN]))
    raise NoDesign(_("There is no key design {name}. There are, for example: {known}.").format(name=name, known=known))


def _nothing(_message: Message) -> Mapping[str, object]:
    return {}


def _channel(channel: str, _start: float, _end: float) -> list[Key]:
    return [[channel]]


def _user(user: str, _start: float, _end: float) -> list[Key]:
    return [[user]]


def _everything(_name: str, _start: float, _end: float) -> list[Key]:
    return [["all"]]


_PLAIN = {
    one.name: one
    for one in (
        Design("/channel", ("/channel",), _nothing, _channel),
        Design("/id", ("/id",), _nothing),
        Design("/user", ("/user",), _nothing, user=_user),
        Design("/channel,/user", ("/channel", "/user"), _nothing, _channel),
        Design("/user,/channel", ("/user", "/channel"), _nothing, user=_user),
        Design("one for all", ("/pk",), lambda _message: {"pk": "all"}, _everything, _everything),
    )
}


def _buckets(name: str, found: Mapping[str, str]) -> Design:
    count = int(found["count"])

    def keys(channel: str, _start: float, _end: float) -> list[Key]:
        return [[f"{channel}#{number}"] for number in range(count)]

    def fields(message: Message) -> Mapping[str, object]:
        return {"pk": f"{message['channel']}#{bucket(message['id'], count)}"}

    paths = ("/pk", "/user") if found["user"] else ("/pk",)
    return Design(name, paths, fields, keys)


def _periods(name: str, found: Mapping[str, str]) -> Design:
    length = {"day": DAY, "hour": HOUR, "minute": 60, "second": 1}[found["period"]]
    count = int(found["count"] or 1)

    def keys(channel: str, start: float, end: float) -> list[Key]:
        periods = range(int(start) // length, (int(end) - 1) // length + 1)
        return [[_period_key(channel, period, number)] for period in periods for number in range(count)]

    def fields(message: Message) -> Mapping[str, object]:
        period = int(float(message["ts"])) // length
        return {"pk": _period_key(message["channel"], period, bucket(message["id"], count))}

    return Design(name, ("/pk",), fields, keys)


def _period_key(channel: str, period: int, number: int) -> str:
    return f"{channel}#{period}#{number}"


def _shards(name: str, found: Mapping[str, str]) -> Design:
    count = int(found["count"])

    def of_channel(channel: str, _start: float, _end: float) -> list[Key]:
        return [[number, channel] for number in range(count)]

    def of_user(_user: str, _start: float, _end: float) -> list[Key]:
        return [[number] for number in range(count)]

    def fields(message: Message) -> Mapping[str, object]:
        return {"shard": bucket(message["id"], count)}

    return Design(name, ("/shard", "/channel"), fields, of_channel, of_user)


_PATTERNS: tuple[tuple[str, Callable[[str, Mapping[str, str]], Design]], ...] = (
    (r"channel#(?P<count>[1-9]\d?)(?P<user>,user)?", _buckets),
    (r"channel#(?P<period>day|hour|minute|second)(#(?P<count>[1-9]\d?))?", _periods),
    (r"shard(?P<count>[1-9]\d?),channel", _shards),
)

# The keys whose trade-off the lab shows, from the worst to the best and beyond.
DESIGNS = (
    "/channel", "/id", "/user", "/channel,/user", "channel#hour", "channel#second", "channel#2", "channel#4",
    "channel#8", "channel#10", "channel#16", "channel#hour#8", "channel#8,user", "shard8,channel", "one for all",
)  # fmt: skip
# The lab's four reference designs, which every vetted seed must leave room to spare.
REFERENCES = ("channel#8", "shard8,channel", "channel#hour#8", "channel#8,user")
