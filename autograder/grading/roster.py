"""Who is in the course, as far as it is written down: `roster.csv` with the columns student, language and email."""

import csv
import re
from dataclasses import dataclass

from autograder.grading.course import Course
from autograder.grading.listed import ListError
from localcloud.messages import _

LANGUAGE = re.compile(r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")


@dataclass(frozen=True)
class Person:
    """One student's line; the language is a code such as `ja`."""

    student: str
    language: str | None = None
    email: str | None = None


def people(course: Course) -> dict[str, Person]:
    """The roster's lines by student, nobody when there is none; ListError says where it is wrong."""
    path = course.root / "roster.csv"
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "student" not in (reader.fieldnames or ()):
                raise ListError(_("{path} needs the column student in its first line.").format(path=path))
            found = [_person(line) for line in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ListError(_("{path} is no CSV file in UTF-8: {why}").format(path=path, why=error)) from error
    return {person.student: person for person in found if person.student}


def language_of(text: str | None) -> str | None:
    """The code as catalogues have it (`pt_BR`); None for what is no code of a language."""
    code = (text or "").strip()
    return code.replace("-", "_") if LANGUAGE.match(code) else None


def _person(line: dict[str, str]) -> Person:
    student, email = ((line.get(name) or "").strip() for name in ("student", "email"))
    return Person(student, language_of(line.get("language")), email or None)
