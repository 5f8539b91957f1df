"""Event loops: those of uvloop where there is one (not on Windows). What the local cloud does is small messages."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
run: Callable[[Coroutine[Any, Any, Any]], Any] = asyncio.run

try:
    import uvloop
except ImportError:
    pass
else:
    new_event_loop, run = uvloop.new_event_loop, uvloop.run
