"""Whether something was asked of the host lately: waiting until all is quiet, and scaling to zero."""

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


class Idle:
    """Calls `rest` once `touch` was not called for `seconds`; never, when `seconds` is None."""

    def __init__(self, seconds: float | None, rest: Callable[[], None]) -> None:
        self._seconds = seconds
        self._rest = rest
        self._alarm: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        """Something was asked for."""
        self.stop()
        if self._seconds is not None:
            self._alarm = asyncio.get_running_loop().call_later(self._seconds, self._rest)

    def stop(self) -> None:
        if self._alarm:
            self._alarm.cancel()
