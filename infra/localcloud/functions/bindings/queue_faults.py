"""What may go wrong with a queue on request: messages come twice, late, in another order, or not at all.

A fault about a queue never changes what is on it: nothing is lost, and no dequeue count is used up. A copy is a new
message with an id of its own, as when an app has sent it twice.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from localcloud.faults import Faults, Kind
from localcloud.messages import _

TWICE, LATE, REORDER, PAUSE = "twice", "late", "reorder", "pause"
GAP = 0.02
COLLECTED_SECONDS = 1.0


def kinds() -> tuple[Kind, ...]:
    """The faults of queues; a target is a queue."""
    return (
        Kind(TWICE, _("The next message is delivered twice: a copy has its own id"), ("target", "times")),
        Kind(LATE, _("Messages are delivered late"), ("target", "seconds", "by"), ("by",)),
        Kind(REORDER, _("Messages are delivered in the opposite order"), ("target", "seconds", "by")),
        Kind(PAUSE, _("Nothing is taken from the queue"), ("target", "seconds")),
    )


class QueueFaults(Faults):
    """Those of one host. `wake` is called when a paused queue may be read again."""

    def __init__(self, record: Callable[..., Any], wake: Callable[[], None]) -> None:
        def recorded(kind: str, **facts: Any) -> None:
            record(kind, **facts)
            if kind == "fault.ended" and facts["fault"] == PAUSE:
                wake()

        super().__init__(recorded)
        self._turns: dict[str, list[asyncio.Event]] = {}

    def paused(self, queue: str) -> bool:
        return self.on(PAUSE, queue) is not None

    def delay(self, queue: str) -> float:
        """How late a message is delivered that has arrived now, in seconds."""
        late = self.on(LATE, queue)
        return late.by if late else 0.0

    def collecting(self, queue: str) -> float:
        """For how long messages are collected before they are delivered the last one first; 0: not at all."""
        fault = self.on(REORDER, queue)
        return (fault.by or COLLECTED_SECONDS) if fault else 0.0

    async def turn(self, queue: str, seconds: float) -> None:
        """Waits for a message's turn: so many seconds after the first that was collected, the last one first."""
        turn = asyncio.Event()
        turns = self._turns.setdefault(queue, [])
        turns.append(turn)
        if len(turns) == 1:
            asyncio.get_running_loop().call_later(seconds, self._release, queue)
        await turn.wait()

    def _release(self, queue: str) -> None:
        for place, turn in enumerate(reversed(self._turns.pop(queue))):
            asyncio.get_running_loop().call_later(place * GAP, turn.set)
