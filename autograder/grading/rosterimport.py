"""A roster from elsewhere, brought into the course's `roster.csv`: Moodle's participants or grading worksheet, Canvas'
gradebook, GitHub Classroom's roster, or a plain table. What stands in the course's roster stays."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.grading import roster
from autograder.grading.course import Course, write
from autograder.grading.listed import MOST_ROWS, ListError
from autograder.grading.names import fit
from autograder.grading.roster import COLUMNS
from localcloud.messages import _

HEADINGS = {  # as the systems write them in English, in lower case
    "student": ("student", "username", "id number", "sis login id", "identifier"),
    "first_name": ("first_name", "first name", "firstname"),
    "last_name": ("last_name", "last name", "surname", "lastname"),
    "name": ("name", "full name"),
    "email": ("email", "email address", "e-mail"),
    "language": ("language", "lang"),
    "extra_days": ("extra_days",),
    "extra_attempts": ("extra_attempts",),
    "github": ("github", "github_username"),
    "lms": ("lms",),
}
CANVAS = {"student", "id", "sis login id"}
MOODLE = re.compile(r"^Participant (\d+)$")
NOT_A_PERSON = ("points possible", "student, test", "test student")
KEYS = ("lms", "email", "github", "student")


@dataclass(frozen=True)
class Imported:
    """What an import did: how many are new, how many lines got something more, and who is not in the file."""

    added: int
    completed: int
    missing: tuple[str, ...]


def bring_in(course: Course, path: Path) -> Imported:
    """Adds whoever is new, and completes what is empty in the lines of those who are known (by the system's number, the
    e-mail address, the name on GitHub or `student`). No line, column or value is lost. ListError."""
    found = read(path)
    if not found:
        raise ListError(_("There is no student in {path}.").format(path=path))
    place = course.root / roster.FILE
    known = [line for _number, line in roster.lines(place)] if place.is_file() else []
    extra = [name for line in known[:1] for name in line if name not in COLUMNS]
    named: set[int] = set()
    completed: set[int] = set()
    before = len(known)
    for person in found:
        number = _place_of(person, known)
        if number is None:
            known.append(dict(person))
            named.add(len(known) - 1)
            continue
        named.add(number)
        for column, value in person.items():
            if value and not known[number].get(column):
                known[number][column] = value
                completed.add(number)
    _write(place, [*COLUMNS, *extra], known)
    roster.read(course)
    missing = tuple(line["student"] for number, line in enumerate(known[:before]) if number not in named)
    return Imported(len(known) - before, len([one for one in completed if one < before]), missing)


def read(path: Path) -> list[dict[str, str]]:
    """The people of a roster from elsewhere, in the columns of ours; ListError when its headings are none of those
    known or a line names nobody."""
    try:
        text = path.read_text("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=roster.delimiter_of(text))
        names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        people: list[dict[str, str]] = []
        for line in reader:
            if len(people) >= MOST_ROWS:
                raise ListError(_("{path} has more than {rows} rows.").format(path=path, rows=MOST_ROWS))
            values = {key: (line.get(name) or "").strip() for key, name in names.items()}
            if person := _person(values, set(names), path, reader.line_num):
                people.append(person)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error
    return people


def _person(values: dict[str, str], names: set[str], path: Path, number: int) -> dict[str, str] | None:
    """One line in our columns; None for an empty one, and for those of Canvas that are no person's."""
    if not any(values.values()) or (values.get("student") or "").lower() in NOT_A_PERSON:
        return None
    found = {ours: next((values[one] for one in theirs if values.get(one)), "") for ours, theirs in HEADINGS.items()}
    if names >= CANVAS:
        found["student"] = values.get("sis login id") or values.get("sis user id") or ""
        found["name"], found["lms"] = values["student"], f"canvas:{values['id']}" if values["id"] else ""
    if moodle := MOODLE.match(values.get("identifier", "")):
        found["lms"] = f"moodle:{moodle[1]}"
        found["student"] = values.get("username") or values.get("id number") or ""
    _split_name(found)
    student = found["student"] or found["email"] or found["github"] or f"{found['first_name']} {found['last_name']}"
    if not student.strip():
        raise ListError(
            _(
                "{path}, line {line}: nobody is named. Known headings are student, First name, Last name, "
                "Email address, Identifier, github_username."
            ).format(path=path, line=number)
        )
    found["student"] = fit(student.strip())
    return found


def _split_name(found: dict[str, str]) -> None:
    """`Sato, Aiko` has a first and a last name; of another full name nobody can tell, so that it stays whole."""
    name = found.pop("name")
    if name and not (found["first_name"] or found["last_name"]):
        last, comma, first = name.partition(",")
        found["last_name"], found["first_name"] = (last.strip(), first.strip()) if comma else (name, "")


def _place_of(person: dict[str, str], known: list[dict[str, str]]) -> int | None:
    for key in KEYS:
        wanted = person.get(key, "").casefold()
        for number, line in enumerate(known):
            if wanted and (line.get(key) or "").casefold() == wanted:
                return number
    return None


def _write(path: Path, columns: list[str], lines: list[dict[str, str]]) -> None:
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    write(path, target.getvalue().encode("utf-8", "replace"))
