"""Frames between host and worker: a 4-byte length and a JSON header, then a 4-byte length and a blob."""

import json
import struct
from collections.abc import Iterator
from typing import Any

MOST_BYTES = 256 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_encode = json.JSONEncoder(separators=(",", ":")).encode


class FrameError(ValueError):
    """What arrived is no frame; its sender cannot be trusted any more."""


def frame(header: dict[str, Any], blob: bytes = b"") -> bytes:
    """The bytes of one frame."""
    text = _encode(header).encode()
    return b"".join((_LENGTH.pack(len(text)), text, _LENGTH.pack(len(blob)), blob))


class FrameReader:
    """Cuts a stream of bytes into frames, whose headers and blobs have at most so many bytes."""

    def __init__(self, header_bytes: int = MOST_BYTES, blob_bytes: int = MOST_BYTES) -> None:
        self._buffer = bytearray()
        self._header_bytes = header_bytes
        self._blob_bytes = blob_bytes

    def feed(self, data: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Yields (header, blob) of every frame that is whole now; FrameError when the stream is not one of frames."""
        self._buffer += data
        position = 0
        try:
            while (parts := self._frame_at(position)) is not None:
                header, blob, position = parts
                yield header, blob
        finally:
            del self._buffer[:position]

    def _frame_at(self, start: int) -> tuple[dict[str, Any], bytes, int] | None:
        header = self._part_at(start, self._header_bytes)
        if header is None:
            return None
        blob = self._part_at(header[1], self._blob_bytes)
        if blob is None:
            return None
        try:
            parsed = json.loads(header[0])
        except (ValueError, RecursionError) as error:
            raise FrameError(f"a frame's header is not JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise FrameError("a frame's header is not an object")
        return parsed, blob[0], blob[1]

    def _part_at(self, start: int, most: int) -> tuple[bytes, int] | None:
        begin = start + _LENGTH.size
        if len(self._buffer) < begin:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, start)
        if length > most:
            raise FrameError(f"a frame of {length} bytes")
        if len(self._buffer) < begin + length:
            return None
        return bytes(self._buffer[begin : begin + length]), begin + length
