"""Server-sent events, with a heartbeat that finds out when a reader has gone."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiohttp import web

from localcloud.journal import Entry

HEARTBEAT_SECONDS = 15.0
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(number: int, value: Any) -> bytes:
    """One event whose data is JSON."""
    return f"id: {number}\ndata: {json.dumps(value)}\n\n".encode()


def events(entries: Iterable[Entry]) -> bytes:
    """One event an entry."""
    return b"".join(event(entry.number, entry.to_json()) for entry in entries)


def since(request: web.Request) -> int:
    """After which entry the reader wants to go on."""
    text = request.headers.get("Last-Event-ID") or request.query.get("since") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def stream(request: web.Request, parts: AsyncIterator[bytes]) -> web.StreamResponse:
    """Answers with `parts` as they come, until they end or the reader goes."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    coming = asyncio.ensure_future(anext(parts, None))
    try:
        await response.write(b": open\n\n")
        while True:
            done, _pending = await asyncio.wait([coming], timeout=HEARTBEAT_SECONDS)
            if not done:
                await response.write(b": beat\n\n")
                continue
            if (part := coming.result()) is None:
                return response
            await response.write(part)
            coming = asyncio.ensure_future(anext(parts, None))
    except ConnectionError:
        return response
    finally:
        coming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await coming
