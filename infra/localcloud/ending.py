"""How tasks end that ask a service again and again."""

import asyncio
from collections.abc import Collection
from typing import Any

SECONDS_TO_CANCEL, MOST_CANCELLATIONS = 0.1, 100


async def ended(tasks: "Collection[asyncio.Task[Any]]", seconds: float = 0.0) -> None:
    """Waits so long for the tasks to end, and ends those that do not. A cancellation that comes in the moment when a
    request is answered may be lost (`asyncio.wait_for` before Python 3.12 returns the answer then), and what is tried
    again for ever goes on: so each is cancelled until it has ended."""
    going = set(tasks)
    for patience in (seconds, *[SECONDS_TO_CANCEL] * MOST_CANCELLATIONS):
        if not going:
            break
        _done, going = await asyncio.wait(going, timeout=patience)
        for task in going:
            task.cancel()
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
