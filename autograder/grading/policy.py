"""What an instructor decided for a course, in its `course.toml`: deadlines, what is taken off for being late, and which
of several attempts count."""

import importlib
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.grading.course import Course, CourseError
from autograder.lab import Lab
from localcloud.messages import _

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

FILE = "course.toml"
NONE, POINTS, PERCENT = "none", "points", "percent"
LAST, BEST = "last", "best"
DAY = 86_400
MOST_ATTEMPTS = 1_000

HEADER = _(
    """# The settings of this course. A line that begins with # has no effect: remove the # to set it.
# `camp course grade` reads this file each time. After a change, grade again: it takes a moment, no check runs again.

# The time zone of all times below, by its IANA name.
timezone = "UTC"
"""
)
SECTION = _(
    """
[lab.{lab}]
# deadline = 2026-12-01T23:59:00   # until when a submission is in time; 2026-12-01T23:59:00+09:00 has its own zone
# grace_days = 0                   # so many days after the deadline cost nothing
# late = "none"                    # what a day costs that has begun after that: "none", "points" or "percent"
# per_day = 2                      # so many points, or so many percent of what was earned
# most = 10                        # the most that is taken off, in points or percent; default: all of it
# zero_after_days = 7              # whoever is later than so many days has 0; default: nobody
# attempts = 3                     # how many attempts count: the first three; default: all
# counts = "last"                  # which of them: the "last", or the "best" (points after what is taken off)
"""
)


@dataclass(frozen=True)
class LatePolicy:
    """What being late costs. `grace_days`, `per_day` (points or percent of what was earned for each day begun), `most`
    (the same unit), `zero_after_days` (None: never)."""

    kind: str = NONE
    per_day: float = 0.0
    most: float | None = None
    grace_days: float = 0.0
    zero_after_days: float | None = None

    def days(self, seconds_late: float) -> int:
        """The days begun for which something is taken off."""
        return max(0, math.ceil((seconds_late - self.grace_days * DAY) / DAY))

    def penalty(self, earned: float, seconds_late: float) -> float:
        """The points to take off of what was earned: never less than 0, never more than that."""
        days = self.days(seconds_late)
        if days == 0:
            return 0.0
        if self.zero_after_days is not None and days > self.zero_after_days:
            return max(0.0, earned)
        taken = self.per_day * days if self.most is None else min(self.per_day * days, self.most)
        points = {POINTS: taken, PERCENT: earned * taken / 100}.get(self.kind, 0.0)
        return round(max(0.0, min(points, earned)), 2)


@dataclass(frozen=True)
class LabPolicy:
    """One lab's deadline (None: none, else aware), late policy, how many attempts count (None: all) and which."""

    deadline: datetime | None = None
    late: LatePolicy = field(default_factory=LatePolicy)
    attempts: int | None = None
    counts: str = LAST

    def seconds_late(self, handed_in: datetime | None, extra_days: float = 0.0) -> float:
        """How much after the deadline and the student's extra days; 0 for what has no time or is in time."""
        if self.deadline is None or handed_in is None:
            return 0.0
        return max(0.0, (handed_in - self.deadline - timedelta(days=extra_days)).total_seconds())


@dataclass(frozen=True)
class Policy:
    """A whole course.toml."""

    zone: tzinfo = timezone.utc
    labs: dict[str, LabPolicy] = field(default_factory=dict)

    def lab(self, name: str) -> LabPolicy:
        """The lab's own settings, else those that change nothing."""
        return self.labs.get(name, LabPolicy())


def template(labs: Iterable[Lab]) -> str:
    """A course.toml that changes nothing, with a comment for each line."""
    return HEADER + "".join(SECTION.format(lab=lab.name) for lab in labs)


def read(course: Course, labs: Iterable[str]) -> Policy:
    """The course's policy; without a file, one that changes nothing. CourseError names the line or the key."""
    path = course.root / FILE
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return Policy()
    except UnicodeDecodeError as error:
        raise CourseError(_("{path} is not in UTF-8: {why}").format(path=path, why=error)) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(_("{path} is no TOML: {why}").format(path=path, why=error)) from error
    return _Reader(path, text).policy(table, set(labs))


class _Reader:
    """Reads the tables of one file; what is wrong is told with its line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def policy(self, table: dict[str, Any], labs: set[str]) -> Policy:
        self._only(table, {"timezone", "lab"}, None)
        zone = self._zone(table.get("timezone", "UTC"))
        sections = table.get("lab", {})
        if not isinstance(sections, dict):
            raise self._wrong("lab", None, _("sections such as [lab.<the folder's name>]"))
        for name, section in sections.items():
            if name not in labs or not isinstance(section, dict):
                raise self._wrong(f"lab.{name}", None, ", ".join(f"[lab.{lab}]" for lab in sorted(labs)))
        return Policy(zone, {name: self._lab(section, zone, name) for name, section in sections.items()})

    def _lab(self, table: dict[str, Any], zone: tzinfo, lab: str) -> LabPolicy:
        late = {"late", "per_day", "most", "grace_days", "zero_after_days"}
        self._only(table, {"deadline", "attempts", "counts", *late}, lab)
        attempts = table.get("attempts")
        if attempts is not None and (type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS):
            raise self._wrong("attempts", lab, _("a whole number from 1 to {most}").format(most=MOST_ATTEMPTS))
        counts = self._one_of(table, "counts", (LAST, BEST), lab)
        return LabPolicy(self._deadline(table, zone, lab), self._late(table, lab), attempts, counts)

    def _late(self, table: dict[str, Any], lab: str) -> LatePolicy:
        kind = self._one_of(table, "late", (NONE, POINTS, PERCENT), lab)
        numbers = {
            name: self._number(table, name, lab)
            for name in ("per_day", "most", "grace_days", "zero_after_days")
            if name in table
        }
        if kind != NONE and not numbers.get("per_day"):
            raise self._wrong("per_day", lab, _("a number above 0, since late is set"))
        if kind == NONE and {"per_day", "most"} & numbers.keys():
            raise self._wrong("late", lab, _('"points" or "percent", since per_day or most is set'))
        if "deadline" not in table and (kind != NONE or numbers):
            raise self._wrong("deadline", lab, _("a time such as 2026-12-01T23:59:00: without one nobody is late"))
        if kind == PERCENT and max(numbers["per_day"], numbers.get("most", 0)) > 100:
            raise self._wrong("per_day", lab, _("at most 100 percent"))
        return LatePolicy(kind, **numbers)

    def _deadline(self, table: dict[str, Any], zone: tzinfo, lab: str) -> datetime | None:
        found = table.get("deadline")
        if found is None:
            return None
        if not isinstance(found, datetime):
            raise self._wrong("deadline", lab, _("a time such as 2026-12-01T23:59:00, without quotes"))
        return found if found.tzinfo else found.replace(tzinfo=zone)

    def _number(self, table: dict[str, Any], key: str, lab: str) -> float:
        found = table[key]
        if type(found) not in (int, float) or not 0 <= found < 1_000_000:
            raise self._wrong(key, lab, _("a number from 0 on"))
        return float(found)

    def _one_of(self, table: dict[str, Any], key: str, allowed: tuple[str, ...], lab: str) -> str:
        found = table.get(key, allowed[0])
        if not isinstance(found, str) or found not in allowed:
            raise self._wrong(key, lab, " / ".join(f'"{one}"' for one in allowed))
        return found

    def _zone(self, name: Any) -> tzinfo:
        try:
            return timezone.utc if name == "UTC" else ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError) as error:
            raise self._wrong("timezone", None, _('an IANA name such as "Asia/Tokyo"')) from error

    def _only(self, table: dict[str, Any], allowed: set[str], lab: str | None) -> None:
        for key in table:
            if key not in allowed:
                raise self._wrong(key, lab, ", ".join(sorted(allowed)), unknown=True)

    def _wrong(self, key: str, lab: str | None, allowed: str, unknown: bool = False) -> CourseError:
        words = _("there is no setting {key}; there are: {allowed}") if unknown else _("{key} must be {allowed}")
        place = _("{path}, line {line}").format(path=self._path, line=self._line_of(key, lab))
        return CourseError(f"{place}: {words.format(key=key, allowed=allowed)}.")

    def _line_of(self, key: str, lab: str | None) -> int:
        """Where the key stands in its section; the section's first line where it does not."""
        start = 1
        section = None
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                section = stripped.strip("[] \t").replace('"', "").removeprefix("lab.").strip()
                if section in (lab, key.removeprefix("lab.")):
                    start = number
                if section == key.removeprefix("lab."):
                    return number
            if section == lab and stripped.partition("=")[0].strip().strip('"') == key and "=" in stripped:
                return number
        return start
