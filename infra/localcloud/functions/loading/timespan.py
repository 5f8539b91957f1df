"""The `TimeSpan` text of host.json, schedules and retry policies: `[d.]hh:mm:ss[.fff]`, or whole days."""

import re

_SPAN = re.compile(r"^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$")


def seconds_of(text: str) -> float:
    """`"00:00:30"` is 30.0, `"1.02:00:00"` 93600.0, `"2"` two days; ValueError for anything else."""
    text = text.strip()
    if text.isdigit():
        return int(text) * 86_400.0
    match = _SPAN.match(text)
    if not match:
        raise ValueError(f"'{text}' is not a time span. Write it as hh:mm:ss, such as 00:00:30.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"'{text}' is not a time span: hours go to 23, minutes and seconds to 59 (days: d.hh:mm:ss).")
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds + float(f"0.{match[5] or 0}")


def is_timespan(text: str) -> bool:
    try:
        seconds_of(text)
    except ValueError:
        return False
    return True
