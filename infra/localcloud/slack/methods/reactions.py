"""`reactions.*`."""

import re
from typing import Any

from ..call import Call, SlackError
from ..model import Message
from ..shapes import message_json

MOST_REACTIONS = 50
_NAME = re.compile(r"[\w+'-]{1,100}")


def add(call: Call) -> dict[str, Any]:
    message, name = _message(call), _name(call)
    if call.app.bot_user_id in message.reactions.get(name, ()):
        raise SlackError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MOST_REACTIONS:
        raise SlackError("too_many_reactions")
    call.workspace.react(message, name, call.app.bot_user_id)
    return {}


def remove(call: Call) -> dict[str, Any]:
    message, name = _message(call), _name(call)
    if call.app.bot_user_id not in message.reactions.get(name, ()):
        raise SlackError("no_reaction")
    call.workspace.react(message, name, call.app.bot_user_id, remove=True)
    return {}


def get(call: Call) -> dict[str, Any]:
    message = _message(call)
    shape = message_json(message, call.workspace.apps.get(message.app_id or ""))
    return {"type": "message", "channel": message.channel, "message": shape}


def _message(call: Call) -> Message:
    if not call.text("channel") or not call.text("timestamp"):
        raise SlackError("no_item_specified")
    return call.message(call.channel(), "timestamp")


def _name(call: Call) -> str:
    name = call.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return name
