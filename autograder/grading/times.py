"""When something was handed in, as far as it can be known."""

import csv
import re
from collections.abc import Mapping
from datetime import datetime, timezone, tzinfo
from pathlib import Path

from autograder.grading.course import Course
from autograder.grading.listed import ListError
from localcloud.messages import _

IN_A_NAME = re.compile(r"-(\d{8}-\d{6})(?:[.-]\d+)?(?:\.[A-Za-z.0-9]+)?$")
FORMAT = "%Y-%m-%d %H:%M:%S"
GIVEN, NBGRADER, COMMIT, NAME, COLLECTED = "given", "nbgrader", "commit", "name", "collected"
CLAIMS = frozenset({COMMIT, NAME})  # what a learner could have written
WHO = ("student", "identifier")
WHEN = ("time", "last modified (submission)")


def of_text(text: str, zone: tzinfo) -> datetime | None:
    """The time that a person or a program wrote (`2026-12-01 23:59`, `Tuesday, 1 December 2026, 11:59 PM`), in `zone`
    where it names none; None when it is no time, or one of which a part is missing."""
    from dateutil import parser  # type: ignore[import-untyped]

    try:
        readings: list[datetime] = [parser.parse(text, default=datetime(2000 + one, one, one)) for one in (1, 2)]
    except (ValueError, OverflowError):
        return None
    found, other = readings
    if found != other:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def of_option(text: str, zone: tzinfo) -> datetime | None:
    """A time in ISO 8601 with hours and minutes, such as `2026-12-01 23:59` or `2026-12-01T23:59:00+09:00`."""
    iso = text.strip().replace(" UTC", "+00:00").replace("Z", "+00:00")
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)) if ":" in iso else None


def of_stamp(text: str | None) -> datetime | None:
    """The time in nbgrader's timestamp.txt (UTC where it names no zone; a zone may be `Asia/Tokyo` or `+0900`); None
    when there is none."""
    from dateutil import tz

    if not text:
        return None
    day, _space, rest = text.strip().partition(" ")
    time, _space, zone = rest.partition(" ")
    found = of_text(f"{day} {time}", tz.gettz(zone) or timezone.utc) if zone.isidentifier() or "/" in zone else None
    found = found or of_text(text, timezone.utc)
    return found.astimezone(timezone.utc) if found else None


def of_name(name: str, zone: tzinfo) -> datetime | None:
    """The time that `camp submit` writes into a file's name: local to the learner, who could change it."""
    if not (found := IN_A_NAME.search(name)):
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None


def stamp(when: datetime) -> str:
    """The time as nbgrader's timestamp.txt has it."""
    return f"{when.astimezone(timezone.utc).strftime(FORMAT)} UTC"


def in_tree(course: Course, lab: str, student: str) -> datetime | None:
    """When the submission that is made ready in `submitted/` was handed in; None when that is not known."""
    path = course.submitted(lab, student) / "timestamp.txt"
    return of_stamp(path.read_text("ascii", "replace")) if path.is_file() else None


def listed(path: Path, zone: tzinfo) -> Mapping[str, datetime]:
    """Times from a CSV file by `student`, or by `moodle:<participant>`: with the columns student and time, or Moodle's
    grading worksheet (Identifier, Last modified (submission)). Lines without a time are left out; ListError."""
    found: dict[str, datetime] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
            who = next((names[name] for name in WHO if name in names), None)
            when = next((names[name] for name in WHEN if name in names), None)
            if who is None or when is None:
                raise ListError(
                    _("{path} needs the columns student and time, or those of Moodle's grading worksheet.").format(
                        path=path
                    )
                )
            for number, line in enumerate(reader, 2):
                text = (line.get(when) or "").strip()
                if text in ("", "-"):
                    continue
                if (time := of_text(text, zone)) is None:
                    raise ListError(
                        _("{path}, line {line}: {text} is no time.").format(path=path, line=number, text=text)
                    )
                found[re.sub(r"^Participant ", "moodle:", (line.get(who) or "").strip())] = time
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error
    return found
