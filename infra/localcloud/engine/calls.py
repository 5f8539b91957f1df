"""What the engine remembers of the calls it got."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CALLS = 50_000
LONGEST_CALL = 10.0  # seconds


@dataclass
class Call:
    """One `POST /reports` with a topic."""

    number: int
    topic: str
    # 1 for the first call about its topic
    nth: int
    # seconds of a clock that only goes forward
    began: float
    ended: float | None = None
    # what it was answered; None while it is under way, and when the connection was closed instead
    status: int | None = None
    # the text that it was answered: of `report`, or of `error`
    said: str | None = None
    # whether the caller was still there at the end
    heard: bool = True

    @property
    def completed(self) -> bool:
        """The engine has made its report, whether the caller still waited for it or not."""
        return self.status == 200 and self.said is not None


class Calls:
    """All calls, oldest first: the last MOST_CALLS of them. The counts are of all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: list[Call] = []
        self._numbers = 0
        self.last_began = -math.inf
        self._under_way: dict[int, Call] = {}
        self._completed: defaultdict[str, list[str]] = defaultdict(list)
        self._begun: defaultdict[str, int] = defaultdict(int)
        self._waiting: defaultdict[str | None, list[asyncio.Future[Call]]] = defaultdict(list)

    def now(self) -> float:
        """The time of the clock by which calls begin and end."""
        return self._clock()

    def begin(self, topic: str) -> Call:
        self._numbers += 1
        self._begun[topic] += 1
        call = Call(self._numbers, topic, self._begun[topic], self._clock())
        self.last_began = call.began
        self._calls.append(call)
        self._under_way[call.number] = call
        if len(self._calls) > MOST_CALLS:
            del self._calls[: MOST_CALLS // 10]
        for waiter in [*self._waiting.pop(topic, []), *self._waiting.pop(None, [])]:
            if not waiter.done():
                waiter.set_result(call)
        return call

    def end(self, call: Call, status: int | None, said: str | None, heard: bool) -> None:
        call.ended, call.status, call.said, call.heard = self._clock(), status, said, heard
        del self._under_way[call.number]
        if call.completed and said is not None:
            self._completed[call.topic].append(said)

    def __call__(self, topic: str | None = None) -> list[Call]:
        """The calls about `topic`, or all."""
        return [call for call in self._calls if topic is None or call.topic == topic]

    def begun(self, topic: str) -> int:
        """How many calls about `topic` have begun."""
        return self._begun.get(topic, 0)

    def completed(self, topic: str) -> list[str]:
        """The reports about `topic` that were made, one a completed call."""
        return list(self._completed.get(topic, ()))

    def under_way(self, topic: str | None = None) -> list[Call]:
        return [call for call in self._under_way.values() if topic is None or call.topic == topic]

    async def next(self, topic: str | None = None) -> Call:
        """The next call (about `topic`), once it has begun and before it is answered."""
        waiter: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._waiting[topic].append(waiter)
        return await waiter
