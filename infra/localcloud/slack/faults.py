"""Faults that can be injected: Slack delivers twice or late, and its Web API fails, for a while.

    workspace.faults.twice(events=3)
    workspace.faults.fail(RATE_LIMITED, seconds=10)
    workspace.faults.late(by=5, seconds=60)
    workspace.faults.end(TWICE)

Each ends by itself, or with `end`; what begins and ends is in the journal.
"""

import math
from typing import Any

from localcloud import faults
from localcloud.faults import Fault, Kind
from localcloud.messages import _

TWICE, LATE, REPEAT = "twice", "late", "repeat"
UNAVAILABLE, RATE_LIMITED, SLOW = "unavailable", "ratelimited", "slow"
API_FAULTS = (UNAVAILABLE, RATE_LIMITED, SLOW)
FAULTS = (TWICE, LATE, *API_FAULTS)


def kinds() -> tuple[Kind, ...]:
    """The faults of Slack."""
    return (
        Kind(REPEAT, _("The last event is delivered once more, with a new id")),
        Kind(TWICE, _("The next events are delivered twice"), ("times",)),
        Kind(LATE, _("Events are delivered late"), ("seconds", "by"), ("by",)),
        Kind(UNAVAILABLE, _("Slack's Web API is down (503)"), ("target", "seconds", "times")),
        Kind(RATE_LIMITED, _("Slack's Web API says: too many requests (429)"), ("seconds",)),
        Kind(SLOW, _("Slack's Web API is slow"), ("seconds", "by"), ("by",)),
    )


class Faults(faults.Faults):
    """The faults of one workspace."""

    def twice(self, events: int = 1) -> None:
        """The next so many events are delivered twice: with an event id each, and without a retry header."""
        self.begin(TWICE, times=events)

    def late(self, by: float, seconds: float) -> None:
        """Events that happen within so many seconds are delivered `by` seconds late."""
        self.begin(LATE, by=by, seconds=seconds)

    def fail(self, how: str, seconds: float, by: float = 0.0) -> None:
        """The Web API answers 503 (`unavailable`), 429 (`ratelimited`) or `by` seconds late (`slow`), for so long."""
        if how not in API_FAULTS:
            raise ValueError(how)
        self.begin(how, seconds=seconds, by=by)

    def begin(
        self,
        name: str,
        target: str = "",
        *,
        seconds: float | None = None,
        times: int | None = None,
        by: float = 0.0,
    ) -> Fault:
        """As ever; but one fault of the Web API takes the place of another, and "twice" is once if nobody says more."""
        if name in API_FAULTS:
            for other in API_FAULTS:
                self.end(other)
        once = 1 if name == TWICE and times is None else times
        return super().begin(name, target, seconds=seconds, times=once, by=by)

    def copies(self) -> int:
        """How often the event that is sent now is delivered; it counts."""
        return 2 if self.use(TWICE) else 1

    def delay(self) -> float:
        """How late the event that is sent now is delivered, in seconds."""
        fault = self.on(LATE)
        return fault.by if fault else 0.0

    def of_api(self, method: str) -> Fault | None:
        """What is wrong with a call of this method of the Web API now; it counts."""
        return next((fault for name in API_FAULTS if (fault := self.use(name, method))), None)

    def retry_after(self, fault: Fault) -> int:
        """The whole seconds after which a call may succeed again."""
        return max(1, math.ceil(fault.seconds_left(self._clock()) or 0))

    def to_json(self) -> list[dict[str, Any]]:
        return [{**fault, "events": fault["times"]} for fault in super().to_json()]
