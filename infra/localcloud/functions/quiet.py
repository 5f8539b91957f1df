"""Quiescence: nothing running, and nothing begun or ended for a while."""

import asyncio
import time
from collections.abc import Callable

LOOK_EVERY = 0.02


class Quiet:
    """`touch` whenever something begins or ends; `busy` says whether something runs now."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._last = time.monotonic()

    def touch(self) -> None:
        self._last = time.monotonic()

    async def wait(self, silence: float, timeout: float) -> None:
        """Returns after `silence` seconds in which nothing happened; TimeoutError when that takes too long."""
        deadline = time.monotonic() + timeout
        while (busy := self._busy()) or time.monotonic() - self._last < silence:
            if time.monotonic() > deadline:
                raise asyncio.TimeoutError
            left = self._last + silence - time.monotonic()  # before it is over there is nothing to see
            await asyncio.sleep(LOOK_EVERY if busy else max(left, 0))
