"""What differs between two commits, file by file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .repository import Repository

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git knows it even where it is not stored
STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed", "C": "copied"}
OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "-M", "--submodule=short", "--ignore-submodules=none")
MOST_FILES = 300  # as GitHub's API
MOST_LINES = 20_000  # changed lines of all files that are shown
MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class FileDiff:
    """One file that differs. `patch` is None when it is binary, or too long to be shown."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None = None
    previous: str | None = None


async def differences(repository: "Repository", before: str | None, after: str) -> list[FileDiff]:
    """The files that differ between two commits or trees; `before` None: all that `after` holds."""
    old = before or EMPTY_TREE
    printed = await repository.output("diff", *OPTIONS, "--raw", "--numstat", "--no-abbrev", "-z", old, after)
    files = list(parsed(printed))
    if len(files) <= MOST_FILES and sum(one.additions + one.deletions for one in files) <= MOST_LINES:
        text = await repository.output("diff", *OPTIONS, "--patch", old, after, most=MOST_BYTES)
        patches = patches_in(text.decode(errors="replace"))
        if len(patches) == len(files):
            pairs = zip(files, patches, strict=True)
            return [FileDiff(**{**vars(one), "patch": patch}) for one, patch in pairs]
    return files[:MOST_FILES]


def parsed(printed: bytes) -> Iterator[FileDiff]:
    """Out of `--raw --numstat -z`: first all raw records, then all counts, in the same order."""
    words = iter(printed.decode(errors="replace").split("\0"))
    raw: list[tuple[str, str, str, str | None]] = []
    counts: list[tuple[int, int]] = []
    for word in words:
        if word.startswith(":"):
            _old_mode, _new_mode, _old, new, status = word.split(" ")
            path = next(words)
            previous = path if status[0] in "RC" else None
            raw.append((STATUSES.get(status[0], "changed"), new, next(words) if previous else path, previous))
        elif word:
            added, deleted, path = word.split("\t", 2)
            if not path:  # a renamed file: both paths follow
                next(words), next(words)
            counts.append((int(added) if added.isdigit() else 0, int(deleted) if deleted.isdigit() else 0))
    for (status, sha, path, previous), (additions, deletions) in zip(raw, counts, strict=True):
        yield FileDiff(path, status, sha, additions, deletions, previous=previous)


def patches_in(text: str) -> list[str | None]:
    """The patch of each file, from its first `@@` on. No line of a file can begin with `diff`: it has a sign."""
    found: list[str | None] = []
    lines: list[str] = []
    for line in [*text.split("\n"), "diff --git "]:
        if not line.startswith("diff --git "):
            lines.append(line)
            continue
        if lines:
            start = next((number for number, one in enumerate(lines) if one.startswith("@@ ")), None)
            found.append(None if start is None else "\n".join(lines[start:]).rstrip("\n"))
        lines = [line]
    return found
