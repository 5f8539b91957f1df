"""The timer trigger: fires a function on its schedule, never twice at once, and knows when it is late."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from localcloud.ending import ended
from localcloud.messages import _

from .schedule import Schedule

LONGEST_SLEEP = 30.0
SHORTEST_SLEEP = 0.001
NEVER = datetime(1, 1, 1, tzinfo=timezone.utc)


class Clock:
    """Time for schedules. With a `scale` below 1 it runs faster than the wall: 0.01 makes a minute 0.6 seconds."""

    def __init__(self, scale: float = 1.0, wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc)) -> None:
        self._scale = scale
        self._wall = wall
        self._origin = wall()

    def now(self) -> datetime:
        return self._origin + (self._wall() - self._origin) / self._scale

    async def sleep_until(self, when: datetime) -> None:
        """Returns at `when`, also after the computer slept: it looks at the clock at least every half minute."""
        while (remaining := (when - self.now()).total_seconds() * self._scale) > 0:  # noqa: ASYNC110 - waits for a time
            await asyncio.sleep(min(max(remaining, SHORTEST_SLEEP), LONGEST_SLEEP))


@dataclass(frozen=True)
class Status:
    """What is remembered of a timer: its last and next occurrence, and when that was written."""

    last: datetime
    next: datetime
    updated: datetime

    def to_json(self) -> dict[str, str]:
        return {"Last": _iso(self.last), "Next": _iso(self.next), "LastUpdated": _iso(self.updated)}


class StatusFile:
    """A timer's status, kept over restarts.

    Azure keeps it in the blob `azure-webjobs-hosts/timers/<host id>/...`; this host keeps the same JSON in a file of
    its state folder, so that an app with only a timer needs no storage service.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Status | None:
        """The kept status; None when there is none, or when it is not readable (the timer then starts afresh)."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            last, coming, updated = (datetime.fromisoformat(kept[key]) for key in ("Last", "Next", "LastUpdated"))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            self._path.replace(self._path.with_suffix(".broken"))
            return None
        return Status(last, coming, updated)

    def write(self, status: Status) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(status.to_json()), encoding="utf-8")
        draft.replace(self._path)


@dataclass(frozen=True)
class Firing:
    """One occurrence: the payload that the function gets, the host's reason and, out of schedule, its details."""

    payload: str
    reason: str
    details: str


class TimerListener:
    """One function's timer. `fire` runs the function and reports its own failures; the next occurrence still comes."""

    def __init__(
        self,
        function: str,
        schedule: Schedule,
        fire: Callable[[Firing], Awaitable[Any]],
        say: Callable[[str], None],
        *,
        status: StatusFile | None = None,
        run_on_startup: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.function = function
        self._schedule = schedule
        self._fire = fire
        self._say = say
        self._clock = clock or Clock()
        self._status = status if schedule.is_monitored(self._clock.now()) else None
        self._run_on_startup = run_on_startup
        self._remembered: Status | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        now = self._clock.now()
        self._say(announcement(self.function, self._schedule, now))
        self._task = asyncio.create_task(self._run(now), name=f"timer {self.function}")

    async def stop(self) -> None:
        """Ends the timer; an invocation that is running is left to the host."""
        if self._task:
            await ended([self._task])

    async def _run(self, now: datetime) -> None:
        if missed := self._missed(now):
            await self._occur(now, f"IsPastDue, OriginalSchedule: {_iso(missed)}", past_due=True)
        elif self._run_on_startup:
            await self._occur(now, "RunOnStartup")
        while True:
            coming = self._schedule.next(self._clock.now())
            await self._clock.sleep_until(coming)
            await self._occur(coming)

    def _missed(self, now: datetime) -> datetime | None:
        """The occurrence that should have come while no host ran."""
        if self._status is None:
            return None
        self._remembered = reckoned(self._status.read(), self._schedule, now)
        self._keep(self._remembered)
        return self._remembered.next if now > self._remembered.next else None

    async def _occur(self, at: datetime, unscheduled: str = "", *, past_due: bool = False) -> None:
        details = f"Trigger Details: UnscheduledInvocationReason: {unscheduled}" if unscheduled else ""
        await self._fire(Firing(payload(self._remembered, past_due), f"Timer fired at {_iso(at)}", details))
        if self._status:
            self._keep(Status(at, self._schedule.next(at), at))

    def _keep(self, status: Status) -> None:
        assert self._status
        self._remembered = status
        try:
            self._status.write(status)
        except OSError as error:
            self._say(
                _("The status of timer '{name}' could not be kept: {error}").format(name=self.function, error=error)
            )


def reckoned(kept: Status | None, schedule: Schedule, now: datetime) -> Status:
    """The status at start: the kept one, or a fresh one when there is none or the schedule was changed since."""
    if kept is None:
        return Status(NEVER, schedule.next(now), now)
    since = kept.updated if kept.last == NEVER else kept.last
    return kept if schedule.next(since) == kept.next else Status(NEVER, schedule.next(now), now)


def payload(status: Status | None, past_due: bool) -> str:
    """The JSON that becomes a TimerRequest."""
    known = status.to_json() if status else None
    return json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": known, "IsPastDue": past_due})


def announcement(function: str, schedule: Schedule, now: datetime) -> str:
    """The host's line about the next five occurrences."""
    coming = "\n".join(
        f"{when:%m/%d/%Y %H:%M:%S}{_offset(when)} ({when.astimezone(timezone.utc):%m/%d/%Y %H:%M:%SZ})"
        for when in schedule.occurrences(now, 5)
    )
    return f"The next 5 occurrences of the 'Functions.{function}' schedule ({schedule.describe()}) will be:\n{coming}"


def _offset(when: datetime) -> str:
    text = when.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="microseconds")
