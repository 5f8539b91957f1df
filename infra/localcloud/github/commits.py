"""Commits and what they change, read from git's own objects: no text in them can be mistaken for something else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .repository import Repository

PERSON = re.compile(r"(?P<name>.*?) ?<(?P<email>[^<>]*)> ?(?P<at>-?\d{1,12})? ?(?P<zone>[+-]\d{4})?$", re.DOTALL)
KINDS = {"A": "added", "D": "removed"}


@dataclass(frozen=True)
class Person:
    """Who wrote or committed, and when (as ISO 8601)."""

    name: str
    email: str
    date: str

    @classmethod
    def of(cls, line: str) -> "Person":
        found = PERSON.match(line)
        if found is None:
            return cls(line, "", at(0, "+0000"))
        return cls(found["name"], found["email"], at(int(found["at"] or 0), found["zone"] or "+0000"))


@dataclass(frozen=True)
class Commit:
    """One commit."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def title(self) -> str:
        return self.message.split("\n", 1)[0]


@dataclass
class Files:
    """The paths that a commit changes against its first parent."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    modified: list[str] = field(default_factory=list)


def at(seconds: int, zone: str) -> str:
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    try:
        return datetime.fromtimestamp(seconds, timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):  # a date that no clock shows
        return datetime.fromtimestamp(0, timezone.utc).isoformat()


def parsed(sha: str, content: bytes) -> Commit:
    """A commit out of its object's content."""
    head, _blank, message = content.partition(b"\n\n")
    values: dict[str, list[str]] = {}
    for line in head.decode(errors="replace").split("\n"):
        name, _space, value = line.partition(" ")
        if name:  # others go on with the line before, such as a signature's
            values.setdefault(name, []).append(value)
    return Commit(
        sha=sha,
        tree=(values.get("tree") or [""])[0],
        parents=tuple(values.get("parent", ())),
        author=Person.of((values.get("author") or [""])[0]),
        committer=Person.of((values.get("committer") or [""])[0]),
        message=message.decode(errors="replace").rstrip("\n"),
    )


async def read_commits(repository: "Repository", shas: Sequence[str]) -> list[Commit]:
    """These commits, in this order."""
    if not shas:
        return []
    printed = await repository.output("cat-file", "--batch", input="".join(f"{sha}\n" for sha in shas).encode())
    found, position = [], 0
    while position < len(printed):
        end = printed.index(b"\n", position)
        words = printed[position:end].split()
        position = end + 1
        if len(words) < 3:  # `SHA missing`
            continue
        size = int(words[2])
        if words[1] == b"commit":
            found.append(parsed(words[0].decode(), printed[position : position + size]))
        position += size + 1
    return found


async def history(
    repository: "Repository", tips: Iterable[str], without: Iterable[str] = (), *, most: int = 100, skip: int = 0
) -> list[Commit]:
    """Commits reachable from `tips` and not from `without`, newest first."""
    revisions = "".join([*(f"{one}\n" for one in tips), *(f"^{one}\n" for one in without)])
    printed = await repository.output(
        "rev-list", "--topo-order", f"--max-count={most}", f"--skip={skip}", "--stdin", input=revisions.encode()
    )
    return await read_commits(repository, printed.decode().split())


async def files_of(repository: "Repository", commits: Sequence[Commit]) -> dict[str, Files]:
    """What each of these commits changes; nothing for a merge."""
    found = {commit.sha: Files() for commit in commits}
    if not commits:
        return found
    shas = "".join(f"{commit.sha}\n" for commit in commits).encode()
    printed = await repository.output(
        "diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--name-status", input=shas
    )
    words = iter(printed.decode(errors="replace").split("\0"))
    current = Files()
    for word in words:
        if word in found:
            current = found[word]
        elif word:
            getattr(current, KINDS.get(word, "modified")).append(next(words, ""))
    return found
