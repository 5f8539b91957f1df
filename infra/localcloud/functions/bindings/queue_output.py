"""The queue output binding: what a function's value becomes on the queue."""

import json
from typing import Any

from .queue_options import QueueOptions


def messages_of(kind: str | None, value: Any, options: QueueOptions) -> list[str]:
    """The texts to send for an output of Datum type `kind`: one for text, bytes or an object, one an element of a list.

    A string that is a JSON array counts as a list, as in Azure. None gives nothing.
    """
    if kind is None or value is None:
        return []
    if kind == "bytes":
        return [options.encode(bytes(value))]
    if kind.startswith("collection"):
        return [options.encode(_body(item)) for item in value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    elements = _array(text)
    if elements is not None:
        return [options.encode(_body(element)) for element in elements]
    return [options.encode(text.encode())]


def _array(text: str) -> list[Any] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, list) else None


def _body(element: Any) -> bytes:
    if isinstance(element, bytes):
        return element
    if isinstance(element, str):
        return element.encode()
    return json.dumps(element, ensure_ascii=False, separators=(",", ":")).encode()
