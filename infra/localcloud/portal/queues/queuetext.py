"""Queues and their messages in the shape that the page shows."""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from ..guard import Refused
from ..storage.account import seconds

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage

POISON = "-poison"
SHOWN_CHARACTERS = 4_000
PLAIN_CONTROLS = "\t\n\r"


def pairs(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Each queue with its poison twin beside it; a poison queue whose queue is missing stands alone."""
    found = []
    for name in sorted(counts):
        if name.endswith(POISON) and name.removesuffix(POISON) in counts:
            continue
        twin = name + POISON
        poison = {"name": twin, "count": counts[twin]} if twin in counts else None
        found.append({"name": name, "count": counts[name], "poison": poison})
    return found


def encoded(text: str, encoding: str) -> str:
    """`text` as it goes on a queue: base64, as the host expects it, or as it is (none)."""
    if encoding == "base64":
        return base64.b64encode(text.encode()).decode()
    if encoding != "none":
        raise Refused(400, _("The encoding is base64 or none."))
    if any(char < " " and char not in PLAIN_CONTROLS for char in text):
        raise Refused(400, _("Queues speak XML, which has no place for these control characters: choose base64."))
    return text


def decoded(content: str) -> tuple[str, str]:
    """The text of a message and its encoding: base64 of readable UTF-8 is decoded, all else is shown as it is."""
    try:
        text = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError):
        return content, "none"
    readable = bool(text) and all(char.isprintable() or char in PLAIN_CONTROLS for char in text)
    return (text, "base64") if readable else (content, "none")


def message_json(message: "QueueMessage") -> dict[str, Any]:
    """A message that was peeked at. Azure tells its next visible time only to whoever receives it."""
    text, encoding = decoded(str(message.content))
    return {
        "id": message.id,
        "text": text[:SHOWN_CHARACTERS],
        "characters": len(text),
        "encoding": encoding,
        "dequeueCount": message.dequeue_count,
        "inserted": seconds(message.inserted_on),
        "expires": seconds(message.expires_on),
    }
