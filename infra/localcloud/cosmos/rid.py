"""Resource ids: what `_rid` holds and `_self` is made of.

A database's is 4 bytes, a container's 8 (the top bit of its fifth set), an item's 16: base64 with `-` for `/`. The
type of a child of a container stands in the top nibble of its last byte (cosmos-wire.md section 4).
"""

import base64
import binascii

CHILD_TYPES = {"docs": 0, "permissions": 0, "conflicts": 4, "pkranges": 5, "udfs": 6, "triggers": 7, "sprocs": 8}


def encode(raw: bytes) -> str:
    return base64.b64encode(raw, b"+-").decode("ascii")


def decode(text: str) -> bytes | None:
    """The bytes of a resource id, None when the text is none."""
    if not text or len(text) % 4:
        return None
    try:
        return base64.b64decode(text, b"+-", validate=True)
    except (binascii.Error, ValueError):
        return None


def database(number: int) -> bytes:
    return number.to_bytes(4, "little")


def container(database_rid: bytes, number: int) -> bytes:
    """`number` < 2**31: its first byte, big-endian, carries the container bit."""
    return database_rid + (number | 0x8000_0000).to_bytes(4, "big")


def child(container_rid: bytes, number: int, kind: str = "docs") -> bytes:
    """`number` < 2**60."""
    return container_rid + (number | CHILD_TYPES[kind] << 60).to_bytes(8, "little")


def user(database_rid: bytes, number: int) -> bytes:
    """A user of a database: 8 bytes without the container bit."""
    return database_rid + (number & 0x7FFF_FFFF).to_bytes(4, "big")


def child_number(raw: bytes) -> int:
    """The number that `child` was given."""
    return int.from_bytes(raw[8:16], "little") & (1 << 60) - 1


def is_database(segment: str) -> bool:
    """Whether a path segment after `dbs` is a resource id, as the SDK decides it: 8 characters, 4 bytes."""
    if len(segment) != 8 or not segment.endswith("=="):
        return False
    raw = decode(segment)
    return raw is not None and len(raw) == 4
