"""Effective partition keys: where in the hash space a partition key lies.

Hash V2 is MurmurHash3 x64 128 of the typed values, bytes reversed, the top two bits cleared; MultiHash is V2 of each
value, one after the other; V1 is MurmurHash3 x86 32 and the values themselves, all in a binary form that sorts
(the SDK's `partition_key.py`; test vectors in cosmos-wire.md section 10). Raw bytes here; the wire has them in hex.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import mmh3

from .undefined import UNDEFINED

UNDEFINED_MARK, NULL, FALSE, TRUE, NUMBER, STRING = (bytes([code]) for code in (0, 1, 2, 3, 5, 8))
V1_CHARACTERS = 100
REMEMBERED = 65_536


def effective_key(values: Sequence[Any], kind: str, version: int) -> bytes:
    """The effective key of partition key `values` (JSON scalars and UNDEFINED); empty for no values."""
    return _remembered(tuple(values), tuple(map(type, values)), kind, version)


@lru_cache(REMEMBERED)
def _remembered(values: tuple[Any, ...], _types: tuple[type, ...], kind: str, version: int) -> bytes:
    """The types are part of the cache's key, for `1 == True`."""
    if not values:
        return b""
    if kind == "MultiHash":
        return b"".join(_hash_v2(typed(value, b"\xff")) for value in values)
    if version == 1:
        return _hash_v1(values)
    return _hash_v2(b"".join(typed(value, b"\xff") for value in values))


def _hash_v2(encoded: bytes) -> bytes:
    digest = mmh3.hash_bytes(encoded, 0, True)[::-1]
    return bytes([digest[0] & 0x3F]) + digest[1:]


def _hash_v1(values: Sequence[Any]) -> bytes:
    cut = [value[:V1_CHARACTERS] if isinstance(value, str) else value for value in values]
    hashed = mmh3.hash(b"".join(typed(value, b"\x00") for value in cut), 0, signed=False)
    return b"".join(map(_sortable, [float(hashed), *cut]))


def typed(value: Any, end: bytes) -> bytes:
    """A value as it goes into the hash: its type's mark, then its bytes; `end` closes a string."""
    if value is None:
        return NULL
    if value is True:
        return TRUE
    if value is False:
        return FALSE
    if isinstance(value, int | float):
        return NUMBER + struct.pack("<d", float(value) + 0.0)  # so that -0.0 is 0.0
    if isinstance(value, str):
        return STRING + value.encode("utf-8", "surrogatepass") + end
    if value is UNDEFINED:
        return UNDEFINED_MARK
    raise TypeError(f"no partition key value: {value!r}")


def _sortable(value: Any) -> bytes:
    """A value in V1's binary form, which sorts by bytes as the values do."""
    if isinstance(value, str):
        encoded = value.encode("utf-8", "surrogatepass")
        short = len(encoded) <= V1_CHARACTERS
        shown = encoded if short else encoded[: V1_CHARACTERS + 1]
        return STRING + bytes(min(byte + 1, 255) for byte in shown) + (b"\x00" if short else b"")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return NUMBER + _sortable_number(float(value))
    return typed(value, b"")


def _sortable_number(value: float) -> bytes:
    """Eight bits, then seven a byte, whose lowest bit says that more follow."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    payload = bits ^ 0x8000_0000_0000_0000 if bits < 0x8000_0000_0000_0000 else (~bits + 1) & 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray([payload >> 56])
    payload = payload << 8 & 0xFFFF_FFFF_FFFF_FFFF
    byte, first = 0, True
    while payload:
        if not first:
            out.append(byte)
        first = False
        byte = payload >> 56 | 1
        payload = payload << 7 & 0xFFFF_FFFF_FFFF_FFFF
    out.append(byte & 0xFE)
    return bytes(out)
