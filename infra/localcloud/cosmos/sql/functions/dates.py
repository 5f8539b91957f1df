"""Date and time functions over ISO 8601 texts, ticks of 100 ns since 1970 and milliseconds since 1970.

A text is `YYYY-MM-DD`, with or without `Thh:mm:ss` (or a space for the `T`), up to seven decimals, and `Z`; anything
else is undefined, and so is an answer outside the years 1 to 9999
(learn.microsoft.com/azure/cosmos-db/nosql/query/is-datetime).
"""

import calendar
import re
from datetime import date, datetime, timezone
from functools import partial
from typing import Any

from localcloud.cosmos.sql.functions.registry import function
from localcloud.cosmos.sql.functions.types import is_whole
from localcloud.cosmos.undefined import UNDEFINED

SECOND = 10_000_000
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1).toordinal()
FIRST = (date.min.toordinal() - EPOCH) * DAY
LAST = (date.max.toordinal() + 1 - EPOCH) * DAY - 1
BIN_ORIGIN = "1970-01-01T00:00:00.0000000Z"
_TEXT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?)?Z?", re.ASCII)
# One specifier of a format after the other: an escaped character, a run of one letter, or anything else.
_SPECIFIER = re.compile(r"\\(.)|(y+|M+|d+|H+|h+|m+|s+|f+|F+|t+)|(.)", re.DOTALL)

NAMES = {
    "year": "year", "yyyy": "year", "yy": "year", "month": "month", "mm": "month", "m": "month", "day": "day",
    "dd": "day", "d": "day", "hour": "hour", "hh": "hour", "minute": "minute", "mi": "minute", "n": "minute",
    "second": "second", "ss": "second", "s": "second", "millisecond": "millisecond", "ms": "millisecond",
    "microsecond": "microsecond", "mcs": "microsecond", "nanosecond": "nanosecond", "ns": "nanosecond",
}  # fmt: skip
# Nanoseconds are a hundredth of a tick.
TICKS = {
    "day": DAY, "hour": 3600 * SECOND, "minute": 60 * SECOND, "second": SECOND, "millisecond": SECOND // 1000,
    "microsecond": SECOND // 1_000_000,
}  # fmt: skip
NANOSECONDS = 100
NOON = 12


def ticks_of(text: Any) -> Any:
    """The ticks since 1970 of a date text; undefined when it is none."""
    match = _TEXT.fullmatch(text) if type(text) is str else None
    if match is None:
        return UNDEFINED
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    return _ticks(year, month, day, hour, minute, second, int((match[7] or "0").ljust(7, "0")))


def _ticks(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: int) -> Any:
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= fraction < SECOND):
        return UNDEFINED
    try:
        days = date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return UNDEFINED
    return days * DAY + (hour * 3600 + minute * 60 + second) * SECOND + fraction


def text_of(ticks: Any) -> Any:
    """The date text of ticks since 1970; undefined outside the years 1 to 9999."""
    if not is_whole(ticks) or not FIRST <= ticks <= LAST:
        return UNDEFINED
    days, rest = divmod(int(ticks), DAY)
    day = date.fromordinal(days + EPOCH)
    seconds, fraction = divmod(rest, SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{day.isoformat()}T{clock}.{fraction:07}Z"


def _now(now: datetime) -> int:
    # The clock of the service has no more than milliseconds to tell; a datetime has microseconds.
    utc = now.astimezone(timezone.utc)
    seconds = (utc.hour * 3600 + utc.minute * 60 + utc.second) * SECOND
    return (utc.toordinal() - EPOCH) * DAY + seconds + utc.microsecond * 10


for _suffix in ("", "STATIC"):
    function(f"GETCURRENTDATETIME{_suffix}", 0, timed=True)(lambda now: text_of(_now(now)))
    function(f"GETCURRENTTICKS{_suffix}", 0, timed=True)(_now)
    function(f"GETCURRENTTIMESTAMP{_suffix}", 0, timed=True)(lambda now: _now(now) // TICKS["millisecond"])

function("IS_DATETIME", 1)(lambda text: ticks_of(text) is not UNDEFINED)
function("DATETIMETOTICKS", 1)(ticks_of)
function("TICKSTODATETIME", 1)(text_of)


@function("DATETIMETOTIMESTAMP", 1)
def datetimetotimestamp(text: Any) -> Any:
    """Milliseconds since 1970."""
    ticks = ticks_of(text)
    return ticks if ticks is UNDEFINED else ticks // TICKS["millisecond"]


@function("TIMESTAMPTODATETIME", 1)
def timestamptodatetime(milliseconds: Any) -> Any:
    """The date text of milliseconds since 1970."""
    return text_of(int(milliseconds) * TICKS["millisecond"]) if is_whole(milliseconds) else UNDEFINED


@function("DATETIMEFROMPARTS", 3, 7)
def datetimefromparts(*parts: Any) -> Any:
    """The date text of year, month, day and perhaps hour, minute, second and ticks."""
    if not all(map(is_whole, parts)):
        return UNDEFINED
    year, month, day, hour, minute, second, fraction = (*map(int, parts), *[0] * (7 - len(parts)))
    ticks = _ticks(year, month, day, hour, minute, second, fraction)
    return ticks if ticks is UNDEFINED else text_of(ticks)


def _part(name: Any) -> str | None:
    return NAMES.get(name.lower()) if type(name) is str else None


@function("DATETIMEPART", 2)
def datetimepart(part: Any, text: Any) -> Any:
    """The year, month, day, hour, minute, second, or the fraction of the second in the unit asked for."""
    unit, ticks = _part(part), ticks_of(text)
    if unit is None or ticks is UNDEFINED:
        return UNDEFINED
    if unit in ("year", "month", "day"):
        return getattr(_day(ticks), unit)
    if unit == "nanosecond":
        return ticks % SECOND * NANOSECONDS
    whole = {"hour": DAY, "minute": TICKS["hour"], "second": TICKS["minute"]}.get(unit, SECOND)
    return ticks % whole // TICKS[unit]


for _name in ("YEAR", "MONTH", "DAY"):
    function(_name, 1)(partial(datetimepart, _name))


@function("DATETIMEADD", 3)
def datetimeadd(part: Any, count: Any, text: Any) -> Any:
    """`text` moved by a whole number of parts; a day that the month lacks becomes its last."""
    unit, ticks = _part(part), ticks_of(text)
    if unit is None or ticks is UNDEFINED or not is_whole(count):
        return UNDEFINED
    if unit in ("year", "month"):
        return text_of(_months_later(ticks, int(count) * (12 if unit == "year" else 1)))
    if unit == "nanosecond":
        return text_of(ticks + int(count) // NANOSECONDS)
    return text_of(ticks + int(count) * TICKS[unit])


@function("NOW", 0, 2, timed=True)
def now_with(now: datetime, part: Any = "second", count: Any = 0) -> Any:
    """The moment of the query, moved by a whole number of parts."""
    return datetimeadd(part, count, text_of(_now(now)))


@function("AGO", 2, timed=True)
def ago(now: datetime, part: Any, count: Any) -> Any:
    """A whole number of parts before the moment of the query."""
    return datetimeadd(part, -count, text_of(_now(now))) if is_whole(count) else UNDEFINED


@function("DATETIMEFORMAT", 2)
def datetimeformat(text: Any, form: Any) -> Any:
    """A date as a format says: runs of `yMdHhmsfFt` as in .NET, a backslash before what stands for itself."""
    ticks = ticks_of(text)
    if ticks is UNDEFINED or type(form) is not str:
        return UNDEFINED
    return _SPECIFIER.sub(lambda match: match[1] or match[3] or _formatted(ticks, match[2]), form)


def _formatted(ticks: int, run: str) -> str:
    """What one specifier stands for, as wide as it is written."""
    day, rest = _day(ticks), ticks % DAY
    hour, width = rest // TICKS["hour"], len(run)
    if run[0] in "fF":
        digits = f"{rest % SECOND:07}"[:width]
        return digits.rstrip("0") if run[0] == "F" else digits
    if run[0] == "t":
        return ("AM" if hour < NOON else "PM")[:width]
    if width > 2 and run[0] in "dM":
        name = calendar.day_name[day.weekday()] if run[0] == "d" else calendar.month_name[day.month]
        return name[:3] if width == 3 else name
    value = {
        "y": day.year if width > 2 else day.year % 100, "M": day.month, "d": day.day, "H": hour,
        "h": (hour + NOON - 1) % NOON + 1, "m": rest // TICKS["minute"] % 60, "s": rest // SECOND % 60,
    }[run[0]]  # fmt: skip
    return f"{value:0{width}}"


@function("DATETIMEDIFF", 3)
def datetimediff(part: Any, start: Any, end: Any) -> Any:
    """How many boundaries between parts lie between two dates; negative when `end` is earlier."""
    unit, first, last = _part(part), ticks_of(start), ticks_of(end)
    if unit is None or first is UNDEFINED or last is UNDEFINED:
        return UNDEFINED
    if unit == "nanosecond":
        return (last - first) * NANOSECONDS
    if unit in ("year", "month"):
        months = _months(last) - _months(first) if unit == "month" else 0
        return months if unit == "month" else _day(last).year - _day(first).year
    return last // TICKS[unit] - first // TICKS[unit]


@function("DATETIMEBIN", 2, 4)
def datetimebin(text: Any, part: Any, size: Any = 1, origin: Any = BIN_ORIGIN) -> Any:
    """The start of the bin of `size` parts, counted from `origin`, in which `text` lies."""
    unit, ticks, zero = _part(part), ticks_of(text), ticks_of(origin)
    if unit is None or ticks is UNDEFINED or zero is UNDEFINED or not is_whole(size) or size < 1:
        return UNDEFINED
    if unit in ("year", "month"):
        months = int(size) * (12 if unit == "year" else 1)
        passed = (_months(ticks) - _months(zero)) // months * months
        start = _months_later(zero, passed)
        return text_of(start if start is UNDEFINED or start <= ticks else _months_later(zero, passed - months))
    width = max(int(size) // NANOSECONDS, 1) if unit == "nanosecond" else int(size) * TICKS[unit]
    return text_of(zero + (ticks - zero) // width * width)


def _day(ticks: int) -> date:
    return date.fromordinal(ticks // DAY + EPOCH)


def _months(ticks: int) -> int:
    day = _day(ticks)
    return day.year * 12 + day.month - 1


def _months_later(ticks: int, months: int) -> Any:
    year, month = divmod(_months(ticks) + months, 12)
    if not date.min.year <= year <= date.max.year:
        return UNDEFINED
    day = min(_day(ticks).day, calendar.monthrange(year, month + 1)[1])
    return (date(year, month + 1, day).toordinal() - EPOCH) * DAY + ticks % DAY
