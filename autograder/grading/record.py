"""What is remembered of a graded submission: one file for each, and one seed for each lab of a course."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.answers.sources import course_notebook
from autograder.grading.codedigest import code_digest
from autograder.grading.course import Course, write
from autograder.grading.grade import Graded
from autograder.inputs import new_seed
from autograder.lab import FACTS, Lab


@dataclass(frozen=True)
class Record:
    """A verdict, with the SHA-256 of all that it depends on."""

    student: str
    submission: str  # digest of what was handed in
    tree: str  # digest of the folder made of it for nbgrader
    checks: str  # `digest_of` the lab: all that judged it
    graded: Graded
    lms: str | None = None  # what a learning management system calls the student
    told: tuple[str, ...] = ()  # which of several attempts it is

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
    """The record of a student's submission; None when there is none, or one that cannot be read: it is made again."""
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
    """All that a verdict depends on besides the submission and the seed: the lab's facts, its checks and its notebook,
    our own code and the lock files."""
    files = (lab.starter / FACTS, lab.checks_file, course_notebook(lab))
    return _digest_of(files, tuple(path.stat().st_mtime_ns if path.is_file() else None for path in files))


@lru_cache(16)
def _digest_of(files: tuple[Path, ...], changed: tuple[int | None, ...]) -> str:
    contents = (b"" if time is None else path.read_bytes() for path, time in zip(files, changed, strict=True))
    return digest("\n".join([code_digest(), *map(digest, contents)]).encode())
