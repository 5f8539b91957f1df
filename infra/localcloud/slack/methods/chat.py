"""`chat.*`: posting, changing and deleting messages."""

from dataclasses import replace
from typing import Any

from ..call import Call, SlackError
from ..model import Channel, Message
from ..shapes import message_json

MOST_CHARACTERS = 40_000
MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100


def post_message(call: Call) -> dict[str, Any]:
    channel = _joined(call)
    text, extra = content(call)
    posted = call.workspace.post(replace(_new(call, channel, text, extra), thread_ts=_thread(call, channel)))
    return {"channel": channel.id, "ts": posted.ts, "message": message_json(posted, call.app)}


def post_ephemeral(call: Call) -> dict[str, Any]:
    channel = _joined(call)
    user = call.user()
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, extra = content(call)
    posted = call.workspace.post(replace(_new(call, channel, text, extra), only_for=user.id))
    return {"message_ts": posted.ts}


def update(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel)
    if message.bot_id != call.app.bot_id:
        raise SlackError("cant_update_message")
    text, extra = content(call)
    kept = {name: value for name, value in message.extra.items() if not _replaced(call, name)}
    changed = call.workspace.change(message, text, {**kept, **extra})
    shape = message_json(changed, call.app)
    return {"channel": channel.id, "ts": changed.ts, "text": text, "message": shape}


def delete(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel)
    if message.bot_id != call.app.bot_id:
        raise SlackError("cant_delete_message")
    call.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    link = f"{call.workspace.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def content(call: Call) -> tuple[str, dict[str, Any]]:
    """Text and the rest of what is posted, within Slack's limits."""
    text = call.text("text")
    blocks = call.value("blocks", "invalid_blocks_format")
    attachments = call.value("attachments", "invalid_attachments")
    if blocks is not None and (not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS):
        raise SlackError("invalid_blocks")
    if attachments is not None and (not isinstance(attachments, list) or len(attachments) > MOST_ATTACHMENTS):
        raise SlackError("too_many_attachments" if isinstance(attachments, list) else "invalid_attachments")
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > MOST_CHARACTERS:
        raise SlackError("msg_too_long")
    extra = {
        "blocks": blocks,
        "attachments": attachments,
        "metadata": call.value("metadata", "invalid_metadata_format"),
    }
    return text, {name: value for name, value in extra.items() if value}


def _replaced(call: Call, name: str) -> bool:
    """Whether an update takes `blocks` or the like away: they are given again, or a text stands in for the blocks."""
    given = call.arguments.get(name) not in (None, "")
    return given or (name == "blocks" and bool(call.text("text")))


def _joined(call: Call) -> Channel:
    channel = call.channel()
    if call.app.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _thread(call: Call, channel: Channel) -> str | None:
    if not (ts := call.text("thread_ts")):
        return None
    parent = call.workspace.store.find(channel.id, ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def _new(call: Call, channel: Channel, text: str, extra: dict[str, Any]) -> Message:
    return Message(
        channel.id,
        call.workspace.ids.ts(),
        text,
        call.app.bot_user_id,
        bot_id=call.app.bot_id,
        app_id=call.app.id,
        username=call.text("username") or None,
        extra=extra,
        trace=call.trace,
    )
