"""Timer schedules: NCRONTAB (seconds first; five fields too) or a TimeSpan. Pure: times are passed in."""

import itertools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from localcloud.messages import _

from ..loading.timespan import is_timespan, seconds_of

_NAMES = "sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_FIELD = re.compile(rf"^(?:\d+|\*|,|/|-|{_NAMES})+$", re.IGNORECASE)
MONITORED_FROM = timedelta(minutes=1)


class ScheduleError(ValueError):
    """The text is neither NCRONTAB nor a TimeSpan."""


@dataclass(frozen=True)
class Schedule:
    """When a timer fires. `zone` None is the computer's own time zone."""

    text: str
    cron: str | None
    interval: timedelta | None
    zone: tzinfo | None = None

    def next(self, after: datetime) -> datetime:
        """The first occurrence after `after`, both aware."""
        if self.interval is not None:
            return after + self.interval
        assert self.cron
        wall = after.astimezone(self.zone).replace(tzinfo=None)
        occurrences: Any = croniter(self.cron, wall, second_at_beginning=True, day_or=False)
        while True:
            found = self._aware(occurrences.get_next(datetime))
            if found > after:
                return found

    def occurrences(self, after: datetime, count: int) -> list[datetime]:
        """The next `count` occurrences after `after`."""
        found: list[datetime] = []
        for _index in range(count):
            found.append(self.next(found[-1] if found else after))
        return found

    def is_monitored(self, now: datetime) -> bool:
        """False when it fires more often than once a minute: the host then keeps no status."""
        coming = self.occurrences(now, 5)
        return all(later - earlier >= MONITORED_FROM for earlier, later in itertools.pairwise(coming))

    def _aware(self, wall: datetime) -> datetime:
        """Wall time with its offset; a time that daylight saving skips moves on by the gap."""
        if self.zone is None:
            return wall.astimezone()
        return wall.replace(tzinfo=self.zone).astimezone(timezone.utc).astimezone(self.zone)

    def describe(self) -> str:
        return f"Cron: '{self.cron}'" if self.cron else f"Constant: {self.text}"


def schedule_of(text: str, zone: tzinfo | None = None) -> Schedule:
    """The schedule that `text` says; ScheduleError tells how to write one."""
    if is_timespan(text) and ":" in text:
        interval = timedelta(seconds=seconds_of(text))
        if interval:
            return Schedule(text, None, interval, zone)
    fields = text.split()
    cron = " ".join(["0", *fields] if len(fields) == 5 else fields)
    if len(fields) in (5, 6) and all(_FIELD.match(part) for part in fields):
        schedule = Schedule(text, cron, None, zone)
        try:
            schedule.next(datetime(2026, 1, 1, tzinfo=timezone.utc))
        except (CroniterBadCronError, CroniterBadDateError):
            pass
        else:
            return schedule
    raise ScheduleError(
        f"The schedule expression '{text}' was not recognized as a valid cron expression or timespan string. "
        + _(
            "Write six fields, {{second}} {{minute}} {{hour}} {{day}} {{month}} {{day of week}}, such as {example}."
        ).format(example="'0 */5 * * * *'")
    )
