"""Branches and tags: their names, and what has changed between two looks at them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .git import ZEROS

BRANCHES, TAGS = "refs/heads/", "refs/tags/"
BAD_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[./-]|[./]$|^@$")
SHA = re.compile(r"[0-9a-f]{40}")
LONGEST_NAME = 200


@dataclass(frozen=True)
class Change:
    """One ref that was made, moved or deleted; ZEROS stand for no commit."""

    ref: str
    before: str
    after: str

    @property
    def created(self) -> bool:
        return self.before == ZEROS

    @property
    def deleted(self) -> bool:
        return self.after == ZEROS


def is_name(name: str) -> bool:
    """Whether a branch or a tag may be called so, as `git check-ref-format` has it."""
    return bool(name) and len(name.encode("utf-8", "replace")) <= LONGEST_NAME and not BAD_NAME.search(name)


def parsed(printed: bytes) -> dict[str, str]:
    """Refs out of `git for-each-ref` with `%(objectname) %(refname)`."""
    lines = printed.decode(errors="replace").splitlines()
    return {line[41:]: line[:40] for line in lines if SHA.match(line)}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """What differs, by the name of the ref."""
    return [
        Change(ref, before.get(ref, ZEROS), after.get(ref, ZEROS))
        for ref in sorted({*before, *after})
        if before.get(ref) != after.get(ref) and ref.startswith((BRANCHES, TAGS))
    ]


def short(ref: str) -> str:
    """The name of a branch or a tag without what stands before it."""
    return ref.removeprefix(BRANCHES).removeprefix(TAGS)
