"""How messages, people and channels look in Slack's JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from .model import TEAM_ID, Channel, Message, SlackApp, User


def bot_profile(app: SlackApp) -> dict[str, Any]:
    return {"id": app.bot_id, "app_id": app.id, "name": app.name, "deleted": False, "team_id": TEAM_ID}


def message_json(message: Message, app: SlackApp | None, replies: Sequence[Message] = ()) -> dict[str, Any]:
    """A message as the Web API and events give it; `app` posted it, `replies` are those of its thread."""
    shape: dict[str, Any] = {"type": "message", "text": message.text, "ts": message.ts, "team": TEAM_ID}
    optional = {
        "user": message.user,
        "thread_ts": message.thread_ts,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "client_msg_id": message.client_msg_id,
        "subtype": "bot_message" if message.bot_id and not message.user else None,
        "bot_profile": bot_profile(app) if app and message.bot_id else None,
        "edited": {"user": message.edited_by or message.user, "ts": message.edited} if message.edited else None,
    }
    shape.update({name: value for name, value in optional.items() if value is not None})
    shape.update(message.extra)
    if message.reactions:
        shape["reactions"] = reactions_json(message.reactions)
    if replies:
        users = list(dict.fromkeys(reply.user or reply.bot_id for reply in replies))
        shape.update(
            thread_ts=message.ts,
            reply_count=len(replies),
            reply_users=users,
            reply_users_count=len(users),
            latest_reply=replies[-1].ts,
        )
    return shape


def reactions_json(reactions: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [{"name": name, "users": list(users), "count": len(users)} for name, users in reactions.items()]


def user_json(user: User) -> dict[str, Any]:
    profile = {"real_name": user.real_name, "display_name": user.name}
    if user.bot_id:
        profile.update(bot_id=user.bot_id, api_app_id=user.app_id or "")
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.name,
        "deleted": False,
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
    }


def channel_json(channel: Channel, member: str) -> dict[str, Any]:
    """A channel as `member` sees it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_private": channel.private,
        "is_archived": False,
        "is_general": channel.name == "general",
        "is_member": member in channel.members,
        "num_members": len(channel.members),
        "created": channel.created,
        "context_team_id": TEAM_ID,
    }
