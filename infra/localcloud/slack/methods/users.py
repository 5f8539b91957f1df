"""`users.*`."""

from typing import Any

from ..call import Call
from ..shapes import channel_json, user_json


def list_all(call: Call) -> dict[str, Any]:
    page, metadata = call.page(list(call.workspace.store.users.values()))
    return {"members": [user_json(one) for one in page], "response_metadata": metadata}


def info(call: Call) -> dict[str, Any]:
    return {"user": user_json(call.user())}


def conversations(call: Call) -> dict[str, Any]:
    """The public channels of a user, by default of the caller."""
    member = call.user().id if call.text("user") else call.app.bot_user_id
    found = [one for one in call.workspace.store.channels.values() if member in one.members and not one.private]
    page, metadata = call.page(found)
    return {"channels": [channel_json(one, call.app.bot_user_id) for one in page], "response_metadata": metadata}
