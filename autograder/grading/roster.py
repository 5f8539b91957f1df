"""Who is in the course: `roster.csv`, one line for each student."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.grading.listed import ListError
from autograder.grading.names import fit
from autograder.intake import shown
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.grading.course import Course

FILE = "roster.csv"
COLUMNS = ("student", "first_name", "last_name", "email", "language", "extra_days", "extra_attempts", "lms", "github")
LANGUAGE = re.compile(r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")
MOST_DAYS, MOST_ATTEMPTS = 10_000, 1_000
HEADER = ",".join(COLUMNS) + "\n"


@dataclass(frozen=True)
class Person:
    """One student's line. `student` is the name in gradebook and reports; `language` a code such as `ja`; `extra_days`
    and `extra_attempts` are beyond what course.toml gives to all; `lms` is `moodle:<participant>`, `canvas:<user>`."""

    student: str
    language: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    extra_days: float = 0.0
    extra_attempts: int = 0
    lms: str | None = None
    github: str | None = None

    @property
    def name(self) -> str:
        """First and last name; empty when neither is known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(frozen=True)
class Roster:
    """Everybody in the course, and by which other names they are known. Empty where there is no roster."""

    people: dict[str, Person] = field(default_factory=dict)

    def student_of(self, student: str, lms: str | None) -> str:
        """The roster's student for whom a submission calls so: by the system's number, else by a full name that only
        one has (Moodle's and Canvas' files are named so); the same name where the roster knows nobody."""
        if lms is None or student in self.people:
            return student
        if known := [one.student for one in self.people.values() if one.lms == lms]:
            return known[0]
        wanted = _folded(student.removesuffix(f" {lms.partition(':')[2]}"))
        found = [one.student for one in self.people.values() if not one.lms and wanted in _spellings(one)]
        return found[0] if len(found) == 1 else student

    def person(self, student: str) -> Person:
        return self.people.get(student) or Person(student)

    def lacks(self, student: str) -> bool:
        """Whether there is a roster and this student is not on it."""
        return bool(self.people) and student not in self.people


def read(course: "Course") -> Roster:
    """The course's roster; empty when there is none. ListError says where it is wrong."""
    path = course.root / FILE
    if not path.is_file():
        return Roster()
    people: dict[str, Person] = {}
    systems: dict[str, str] = {}
    for number, line in lines(path):
        person = _person(line, path, number)
        if person is None:
            continue
        if person.student in people or (person.lms and person.lms in systems):
            name = person.student if person.student in people else person.lms
            raise ListError(_("{path}, line {line}: {name} is there twice.").format(path=path, line=number, name=name))
        people[person.student] = person
        if person.lms:
            systems[person.lms] = person.student
    return Roster(people)


def people(course: "Course") -> dict[str, Person]:
    """The roster's people by student."""
    return read(course).people


def lines(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    """The lines of a roster with their numbers; ListError when it has no column student."""
    try:
        text = path.read_text("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        if "student" not in (reader.fieldnames or ()):
            raise ListError(_("{path} needs the column student in its first line.").format(path=path))
        for line in reader:
            yield reader.line_num, {key: (value or "").strip() for key, value in line.items() if isinstance(key, str)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error


def delimiter_of(text: str) -> str:
    """What divides the columns: spreadsheets write a semicolon where a comma divides a number."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def language_of(text: str | None) -> str | None:
    """The code as catalogues have it (`pt_BR`); None for what is no code of a language."""
    code = (text or "").strip()
    return code.replace("-", "_") if LANGUAGE.match(code) else None


def _person(line: dict[str, str], path: Path, number: int) -> Person | None:
    student = line.get("student", "")
    if not student:
        if any(line.values()):
            raise ListError(_("{path}, line {line}: student is missing.").format(path=path, line=number))
        return None
    if student != fit(student):
        words = _("{path}, line {line}: {student} cannot be the name of a folder; {fit} can.")
        raise ListError(words.format(path=path, line=number, student=shown(student), fit=fit(student)))
    texts = {name: line.get(name) or None for name in ("email", "first_name", "last_name", "lms", "github")}
    if not (texts["first_name"] or texts["last_name"]):
        texts["last_name"] = line.get("name") or None
    days = _number(line, "extra_days", MOST_DAYS, path, number)
    attempts = _number(line, "extra_attempts", MOST_ATTEMPTS, path, number)
    if attempts != int(attempts):
        raise _not_a_number(line, "extra_attempts", MOST_ATTEMPTS, path, number)
    language = language_of(line.get("language"))
    return Person(student, language, extra_days=days, extra_attempts=int(attempts), **texts)


def _number(line: dict[str, str], column: str, most: int, path: Path, number: int) -> float:
    text = line.get(column, "")
    try:
        found = float(text or 0)
    except ValueError:
        found = -1
    if not 0 <= found <= most:
        raise _not_a_number(line, column, most, path, number)
    return found


def _not_a_number(line: dict[str, str], column: str, most: int, path: Path, number: int) -> ListError:
    words = _("{path}, line {line}: {column} must be a number from 0 to {most}, and is {text}.")
    return ListError(words.format(path=path, line=number, column=column, most=most, text=line.get(column)))


def _spellings(person: Person) -> set[str]:
    """How a learning management system may write the name: `Aiko Sato`, `satoaiko`."""
    first, last = person.first_name or "", person.last_name or ""
    return {_folded(f"{first} {last}"), _folded(f"{last} {first}")} - {""}


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
