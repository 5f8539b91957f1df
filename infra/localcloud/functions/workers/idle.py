"""Scale to zero: what happens when nothing was asked for a while."""

import asyncio
from collections.abc import Callable


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
