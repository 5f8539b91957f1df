"""A blob's content as a function gets it, and what a function gives as a blob's content. Pure."""

import json
from typing import Any

from ..worker.values import Value

TEXT = ("", "STRING", "UNDEFINED")


def value_of(content: bytes, data_type: Any) -> Value:
    """Bytes for BINARY and STREAM; text otherwise, as in Azure: what is not UTF-8 becomes U+FFFD."""
    if str(data_type or "").upper() not in TEXT:
        return Value("bytes", content)
    return Value("string", content.decode("utf-8-sig", "replace"))


def is_spoilt(content: bytes, value: Value) -> bool:
    """Whether text that the function gets is not what the blob holds."""
    return value.type == "string" and "\ufffd" in value.value and "\ufffd".encode() not in content


def content_of(value: Value) -> bytes:
    """The bytes to store."""
    if isinstance(value.value, bytes):
        return value.value
    return (value.value if isinstance(value.value, str) else json.dumps(value.value)).encode()
