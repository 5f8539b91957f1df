"""Who handed something in, by the name of a file or folder: ours, Moodle's or Canvas's."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from autograder.grading.archive import ENDINGS

LONGEST_NAME = 80
NOT_IN_A_NAME = re.compile(r"[^\w .@+-]")
MOODLE = re.compile(r"^(?P<name>.+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_.*)?$", re.DOTALL)
CANVAS = re.compile(r"^(?P<name>[^_]+)(?:_LATE)?_(?P<number>\d+)_\d+_.+$", re.DOTALL)


@dataclass(frozen=True)
class Who:
    """A student's name as nbgrader can have it, and what a learning management system calls them:
    `moodle:<participant>` or `canvas:<user>`; None when the name is not of such a system."""

    student: str
    lms: str | None = None


def who(name: str, lab: str) -> Who:
    """Whose a file or folder of this name is, for a lab's folder name such as `1-slack-bot`. Up to `_<lab>` it is the
    student's; two people of one name in a learning management system are told apart by their numbers there."""
    stem = unicodedata.normalize("NFC", without_ending(name))
    for system, pattern in (("moodle", MOODLE), ("canvas", CANVAS)):
        if found := pattern.match(stem):
            return Who(fit(f"{found['name']} {found['number']}"), f"{system}:{found['number']}")
    return Who(fit(stem.partition(f"_{lab}")[0]))


def without_ending(name: str) -> str:
    """The name without `.zip`, `.tar.gz` and so on, or without its one ending."""
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    stem, dot, _ending = name.rpartition(".")
    return stem if dot else name


def fit(name: str) -> str:
    """A student's name as nbgrader can have it. What it cannot have is `_`, and a few characters
    at the end keep such names apart."""
    kept = NOT_IN_A_NAME.sub("_", name).strip(" .")[:LONGEST_NAME].strip(" .")
    if kept and kept == name and not kept.startswith("-"):
        return kept
    return f"{kept.lstrip('-') or '_'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"
