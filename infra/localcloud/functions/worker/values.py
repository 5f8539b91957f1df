"""Values on the wire between host and worker: `{"type": ..., "value": ...}`, with bytes in the frame's blob.

An HTTP value holds its parts in `value` and its body as bytes. Types are those of `azure.functions`' Datum.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """A typed value: `string`, `json` (its text), `bytes`, `int`, `double`, `http` (a dict whose `body` is bytes)."""

    type: str | None
    value: Any


def pack(value: Value, blob: bytearray) -> dict[str, Any]:
    """The header's part for `value`; its bytes go into `blob`."""
    if value.type == "bytes":
        return {"type": "bytes", "at": _store(value.value, blob)}
    if value.type == "http":
        parts = dict(value.value)
        body = parts.pop("body", b"")
        return {"type": "http", "value": parts, "at": _store(body, blob)}
    return {"type": value.type, "value": value.value}


def unpack(part: dict[str, Any], blob: bytes) -> Value:
    """The value in a header's part."""
    kind = part.get("type")
    if kind == "bytes":
        return Value("bytes", _fetch(part, blob))
    if kind == "http":
        return Value("http", {**part["value"], "body": _fetch(part, blob)})
    return Value(kind, part.get("value"))


def _store(data: bytes, blob: bytearray) -> list[int]:
    start = len(blob)
    blob += data
    return [start, len(blob)]


def _fetch(part: dict[str, Any], blob: bytes) -> bytes:
    start, end = part["at"]
    return bytes(blob[start:end])
