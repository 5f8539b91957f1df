"""Hard conditions that an app can be checked under: more workers than a check asks for, recycled again and again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.ending import ended

if TYPE_CHECKING:
    from localcloud.functions.host import FunctionsHost

SECONDS_BETWEEN = 0.2


@dataclass(frozen=True)
class Hardship:
    """Every check has at least so many workers; `recycling` replaces them between two invocations, all the time."""

    workers: int = 1
    recycling: bool = False


@asynccontextmanager
async def recycled(host: "FunctionsHost") -> AsyncIterator[None]:
    """While it lasts, no worker of the host grows old. What is being answered is answered."""
    task = asyncio.create_task(_keep_recycling(host))
    try:
        yield
    finally:
        await ended([task])
        if task.done() and not task.cancelled():
            task.result()


async def _keep_recycling(host: "FunctionsHost") -> None:
    while True:
        await host.recycle()
        await asyncio.sleep(SECONDS_BETWEEN)
