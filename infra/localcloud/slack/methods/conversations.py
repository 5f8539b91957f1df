"""`conversations.*`: channels and what was said in them."""

import re
from collections.abc import Sequence
from typing import Any

from ..call import Call, SlackError, next_cursor
from ..model import Channel, Message
from ..shapes import channel_json, message_json

LONGEST_NAME = 80
MOST_USERS = 8
_NAME = re.compile(r"[\w-]+\Z")
_TS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def list_all(call: Call) -> dict[str, Any]:
    names = call.text("types", "public_channel").split(",")
    if any(name.strip() not in KINDS for name in names):
        raise SlackError("invalid_types")
    kinds = {KINDS[name.strip()] for name in names}
    member = call.app.bot_user_id
    found = [
        one
        for one in call.workspace.store.channels.values()
        if one.kind in kinds and (not one.private or member in one.members)
    ]
    page, metadata = call.page(found)
    return {"channels": [channel_json(one, member) for one in page], "response_metadata": metadata}


def info(call: Call) -> dict[str, Any]:
    return {"channel": channel_json(call.channel(), call.app.bot_user_id)}


def history(call: Call) -> dict[str, Any]:
    channel = _readable(call)
    found = _in_time(call, [one for one in call.workspace.messages(channel) if not one.is_reply])
    found.reverse()
    return {**_messages(call, found, newest_first=True), "pin_count": 0}


def replies(call: Call) -> dict[str, Any]:
    channel = _readable(call)
    message = call.message(channel, "ts", "thread_not_found")
    parent = call.workspace.store.find(channel.id, message.thread_ts or message.ts) or message
    return _messages(call, [parent, *_in_time(call, call.workspace.store.replies(parent))])


def members(call: Call) -> dict[str, Any]:
    page, metadata = call.page(sorted(call.channel().members))
    return {"members": page, "response_metadata": metadata}


def join(call: Call) -> dict[str, Any]:
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.add(call.app.bot_user_id)
    return {"channel": channel_json(channel, call.app.bot_user_id)}


def leave(call: Call) -> dict[str, Any]:
    channel = call.channel()
    if channel.name == "general":
        raise SlackError("cant_leave_general")
    if call.app.bot_user_id not in channel.members:
        return {"not_in_channel": True}
    channel.members.discard(call.app.bot_user_id)
    return {}


def create(call: Call) -> dict[str, Any]:
    name = call.needed("name", "invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not _NAME.match(name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if any(one.name == name for one in call.workspace.store.channels.values()):
        raise SlackError("name_taken")
    channel = call.workspace.add_channel(name, call.truth("is_private"))
    return {"channel": channel_json(channel, call.app.bot_user_id)}


def open_direct(call: Call) -> dict[str, Any]:
    """The conversation with one user, or with a few."""
    users = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > MOST_USERS:
        raise SlackError("too_many_users")
    if any(one not in call.workspace.store.users for one in users):
        raise SlackError("user_not_found")
    channel = call.workspace.store.direct(call.app.bot_user_id, *users)
    return {"channel": {"id": channel.id}}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    if call.app.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _in_time(call: Call, messages: Sequence[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`."""
    oldest, latest = _time(call, "oldest"), _time(call, "latest")
    inclusive = call.truth("inclusive")

    def within(ts: float) -> bool:
        if inclusive:
            return (oldest is None or ts >= oldest) and (latest is None or ts <= latest)
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [one for one in messages if within(float(one.ts))]


def _time(call: Call, name: str) -> float | None:
    text = call.text(name)
    if not text or text == "now":
        return None
    if not _TS.fullmatch(text):
        raise SlackError(f"invalid_ts_{name}")
    return float(text)


def _messages(call: Call, found: list[Message], *, newest_first: bool = False) -> dict[str, Any]:
    """A page of messages; the next one begins at a time, so that it stays the same while people talk."""
    limit, begin = call.limit(), call.cursor("next_ts")
    if begin is not None:
        found = [one for one in found if (_place(one) <= begin if newest_first else _place(one) >= begin)]
    store, apps = call.workspace.store, call.workspace.apps
    shapes = [message_json(one, apps.get(one.app_id or ""), store.replies(one)) for one in found[:limit]]
    if len(found) <= limit:
        return {"messages": shapes, "has_more": False}
    cursor = next_cursor("next_ts", _place(found[limit]))
    return {"messages": shapes, "has_more": True, "response_metadata": {"next_cursor": cursor}}


def _place(message: Message) -> int:
    """A message's time in microseconds."""
    return int(message.ts.replace(".", ""))
