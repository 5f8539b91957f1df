"""Faults that can be asked for: Slack delivers twice or late, and its Web API fails, for a while.

    workspace.faults.twice(events=3)
    workspace.faults.fail(RATE_LIMITED, seconds=10)
    workspace.faults.late(by=5, seconds=60)
    workspace.faults.end(TWICE)

Each ends by itself, or with `end`; what begins and ends is in the journal.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

TWICE, LATE = "twice", "late"
UNAVAILABLE, RATE_LIMITED, SLOW = "unavailable", "ratelimited", "slow"
API_FAULTS = (UNAVAILABLE, RATE_LIMITED, SLOW)
FAULTS = (TWICE, LATE, *API_FAULTS)
SETTLING = 0.02


@dataclass(frozen=True)
class Fault:
    """One fault: over at `until` (by the clock), or once no `events` are left; `by` is a delay in seconds."""

    name: str
    until: float = math.inf
    events: int = 0
    by: float = 0.0

    def over(self, now: float) -> bool:
        return now >= self.until or (self.name == TWICE and self.events <= 0)

    def seconds_left(self, now: float) -> float | None:
        return None if math.isinf(self.until) else max(0.0, self.until - now)

    def to_json(self, now: float) -> dict[str, Any]:
        left = self.seconds_left(now)
        return {
            "name": self.name,
            "secondsLeft": None if left is None else round(left, 1),
            "events": self.events or None,
            "by": self.by or None,
        }


class Faults:
    """The faults of one workspace. `record` is told what begins and ends; `clock` counts seconds."""

    def __init__(self, record: Callable[..., Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._clock = clock
        self._active: dict[str, Fault] = {}

    def twice(self, events: int = 1) -> None:
        """The next so many events are delivered twice: with an event id each, and without a retry header."""
        self._begin(Fault(TWICE, events=events))

    def late(self, by: float, seconds: float) -> None:
        """Events that happen within so many seconds are delivered `by` seconds late."""
        self._begin(Fault(LATE, self._clock() + seconds, by=by))

    def fail(self, how: str, seconds: float, by: float = 0.0) -> None:
        """The Web API answers 503 (`unavailable`), 429 (`ratelimited`) or `by` seconds late (`slow`), for so long."""
        if how not in API_FAULTS:
            raise ValueError(how)
        for other in API_FAULTS:
            self.end(other)
        self._begin(Fault(how, self._clock() + seconds, by=by))

    def active(self) -> list[Fault]:
        """The faults that are on; those whose time is up end here."""
        now = self._clock()
        for fault in [one for one in self._active.values() if one.over(now)]:
            self._end(fault, "over")
        return list(self._active.values())

    def to_json(self) -> list[dict[str, Any]]:
        return [fault.to_json(self._clock()) for fault in self.active()]

    def end(self, name: str) -> bool:
        """Ends a fault at once; whether it was on."""
        fault = self._on(name)
        if fault:
            self._end(fault, "ended")
        return fault is not None

    def copies(self) -> int:
        """How often the event that is sent now is delivered; it counts."""
        fault = self._on(TWICE)
        if fault is None:
            return 1
        self._active[TWICE] = replace(fault, events=fault.events - 1)
        self.active()
        return 2

    def delay(self) -> float:
        """How late the event that is sent now is delivered, in seconds."""
        fault = self._on(LATE)
        return fault.by if fault else 0.0

    def of_api(self) -> Fault | None:
        """What is wrong with the Web API now."""
        return next((fault for fault in self.active() if fault.name in API_FAULTS), None)

    def retry_after(self, fault: Fault) -> int:
        """The whole seconds after which a call may succeed again."""
        return max(1, math.ceil(fault.seconds_left(self._clock()) or 0))

    def _on(self, name: str) -> Fault | None:
        return next((fault for fault in self.active() if fault.name == name), None)

    def _begin(self, fault: Fault) -> None:
        self.end(fault.name)
        self._active[fault.name] = fault
        self._record("fault.began", **self._facts(fault))
        if (left := fault.seconds_left(self._clock())) is not None:
            asyncio.get_running_loop().call_later(left + SETTLING, self.active)

    def _end(self, fault: Fault, how: str) -> None:
        del self._active[fault.name]
        self._record("fault.ended", how=how, **self._facts(fault))

    def _facts(self, fault: Fault) -> dict[str, Any]:
        facts = fault.to_json(self._clock())
        return {"fault": facts["name"], "seconds": facts["secondsLeft"], "events": facts["events"], "by": facts["by"]}
