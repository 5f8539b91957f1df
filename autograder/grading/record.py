"""What is remembered of a graded submission: one file for each, and one seed for each lab of a course."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.answers.sources import course_notebook
from autograder.grading.course import Course, write
from autograder.grading.grade import Graded
from autograder.lab import FACTS, Lab
from autograder.seeds import new_seed


@dataclass(frozen=True)
class Record:
    """A verdict, and the SHA-256 of what it is about: what was handed in, the folder made of it, the checks.

    `lms` is what a learning management system calls the student; `told` says which of several attempts it is.
    """

    student: str
    submission: str
    tree: str
    checks: str
    graded: Graded
    lms: str | None = None
    told: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Record":
        graded = Graded.from_json(data["graded"])
        facts = (data["student"], data["submission"], data["tree"], data["checks"])
        return cls(*facts, graded, data.get("lms"), tuple(data.get("told", ())))

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "graded": self.graded.to_json(), "told": list(self.told)}

    def is_of(self, submission: str, lab: Lab, seed: int) -> bool:
        """Whether grading this submission again would only repeat what is known; a fault of ours is worth a new try."""
        same = (self.submission, self.checks, self.graded.verdict.seed) == (submission, digest_of(lab), seed)
        return same and not self.graded.broken

    def holds_for(self, tree: str, lab: Lab, seed: int) -> bool:
        """Whether grading this folder again would only repeat what is known."""
        return (self.tree, self.checks, self.graded.verdict.seed) == (tree, digest_of(lab), seed)


def keep(record: Record, course: Course, lab: Lab) -> None:
    """Writes the record whole or not at all."""
    keep_at(course.verdict(lab.name, record.student), record)


def keep_at(path: Path, record: Record) -> None:
    text = json.dumps(record.to_json(), ensure_ascii=False, indent=2) + "\n"
    write(path, text.encode("utf-8", "replace"))


def known(course: Course, lab: Lab, student: str) -> Record | None:
    """The record of a student's submission; None when there is none, or one that cannot be read: it is made anew."""
    return known_at(course.verdict(lab.name, student))


def known_at(path: Path) -> Record | None:
    try:
        return Record.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def seed_for(course: Course, lab: Lab, wanted: int | None = None) -> int:
    """The seed of this lab in this course: the one wanted, else the one of the last time, else a new one."""
    path = course.seed(lab.name)
    if wanted is None and path.is_file() and (text := path.read_text("ascii", "replace").strip()).isdigit():
        return int(text)
    seed = new_seed() if wanted is None else wanted
    write(path, f"{seed}\n".encode())
    return seed


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of(lab: Lab) -> str:
    """What the lab's checks are: its facts and its tests, and the notebook where it runs."""
    notebook = course_notebook(lab)
    files = (lab.starter / FACTS, lab.checks_file, *([notebook] if lab.wants_notebook and notebook.is_file() else []))
    return _digest_of(files, tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(16)
def _digest_of(files: tuple[Path, ...], _changed: tuple[int, ...]) -> str:
    return digest(b"".join(path.read_bytes() for path in files))
