"""The Web API's methods, by name: each gets a `Call` and returns the answer's members."""

from collections.abc import Callable
from typing import Any

from ..call import Call
from ..ratelimit import FOURTH, POSTING, SECOND, THIRD, Tier
from . import basics, chat, conversations, reactions, users

Method = Callable[[Call], dict[str, Any]]

METHODS: dict[str, tuple[Method, Tier]] = {
    "api.test": (basics.test, FOURTH),
    "auth.test": (basics.auth_test, FOURTH),
    "bots.info": (basics.bots_info, THIRD),
    "team.info": (basics.team_info, THIRD),
    "chat.postMessage": (chat.post_message, POSTING),
    "chat.postEphemeral": (chat.post_ephemeral, FOURTH),
    "chat.update": (chat.update, THIRD),
    "chat.delete": (chat.delete, THIRD),
    "chat.getPermalink": (chat.get_permalink, FOURTH),
    "conversations.list": (conversations.list_all, SECOND),
    "conversations.info": (conversations.info, THIRD),
    "conversations.history": (conversations.history, THIRD),
    "conversations.replies": (conversations.replies, THIRD),
    "conversations.members": (conversations.members, FOURTH),
    "conversations.join": (conversations.join, THIRD),
    "conversations.leave": (conversations.leave, THIRD),
    "conversations.create": (conversations.create, SECOND),
    "conversations.open": (conversations.open_direct, THIRD),
    "reactions.add": (reactions.add, THIRD),
    "reactions.remove": (reactions.remove, SECOND),
    "reactions.get": (reactions.get, THIRD),
    "users.list": (users.list_all, SECOND),
    "users.info": (users.info, FOURTH),
    "users.conversations": (users.conversations, THIRD),
}
WITHOUT_TOKEN = frozenset({"api.test"})

__all__ = ["METHODS", "WITHOUT_TOKEN", "Method"]
