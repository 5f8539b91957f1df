"""How tasks end that ask a service again and again."""

import asyncio
from collections.abc import Collection
from typing import Any

SECONDS_TO_CANCEL, MOST_CANCELLATIONS = 0.1, 100


async def ended(tasks: "Collection[asyncio.Task[Any]]", seconds: float = 0.0) -> None:
    """Waits `seconds` for the tasks to end, then cancels those that have not, again and again for up to ten seconds.

    One cancellation is not enough: it is lost when it comes just as a request is answered (`asyncio.wait_for` before
    Python 3.12 returns the answer then), and a task in a loop goes on. Errors stay in the tasks; none is raised here.
    """
    going = set(tasks)
    for patience in (seconds, *[SECONDS_TO_CANCEL] * MOST_CANCELLATIONS):
        if not going:
            break
        _done, going = await asyncio.wait(going, timeout=patience)
        for task in going:
            task.cancel()
    await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
