"""Commits without a work tree: `git fast-import` writes them into the bare repository."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from localcloud.messages import _

from .git import ZEROS, GitFailed

if TYPE_CHECKING:
    from .repository import Repository

LONGEST_PATH = 1_000
BAD_PERSON = re.compile(r"[<>\x00-\x1f]")


class BadChange(ValueError):
    """What should be committed cannot be; the text says why."""


def checked(path: str) -> str:
    """A path that git takes, and every file system."""
    parts = path.split("/")
    odd = any(part in ("", ".", "..") or part.casefold() in (".git", "git~1") for part in parts)
    if odd or len(path.encode("utf-8", "replace")) > LONGEST_PATH or not path.isprintable():
        raise BadChange(_("{path} is no path of a file in a repository.").format(path=repr(path)))
    return path


def quoted(path: str) -> bytes:
    """A path as fast-import reads it: in quotation marks, with `\\` before what would end it."""
    return b'"' + path.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def person(author: tuple[str, str], seconds: float) -> bytes:
    name, email = (BAD_PERSON.sub("", part) for part in author)
    return f"{name} <{email}> {int(seconds)} +0000".encode()


async def write_commit(
    repository: "Repository",
    branch: str,
    parent: str,
    changes: Mapping[str, bytes | None],
    message: str,
    author: tuple[str, str],
) -> str:
    """Commits on top of `parent` (ZEROS: a first commit): each path with its new content, or None to delete it. The
    branch is moved; the new commit is returned."""
    modes = await _modes(repository, parent, changes)
    text = message.encode("utf-8", "replace") or b"-"
    who = person(author, repository.now())
    lines = [
        b"commit refs/heads/" + branch.encode(),
        b"author " + who,
        b"committer " + who,
        b"data %d\n%s" % (len(text), text),
    ]
    if parent != ZEROS:
        lines.append(b"from " + parent.encode())
    for path, content in sorted(changes.items(), key=lambda change: change[1] is not None):  # deletions first
        name = quoted(checked(path))
        if content is None:
            lines.append(b"D " + name)
        else:
            mode = modes.get(path, "100644").encode()
            lines.append(b"M %s inline %s\ndata %d\n%s" % (mode, name, len(content), content))
    try:
        await repository.output("fast-import", "--quiet", "--date-format=raw", input=b"\n".join([*lines, b"", b""]))
    except GitFailed as error:
        raise BadChange(_("git does not take this change: {reason}").format(reason=error.errors.strip())) from None
    return await repository.resolve(f"refs/heads/{branch}")


async def _modes(repository: "Repository", parent: str, changes: Mapping[str, bytes | None]) -> dict[str, str]:
    """The modes of those files that are there already: a file that may be executed stays one. BadChange for a file in
    the place of a folder, and the other way round."""
    if parent == ZEROS or not changes:
        return {}
    folders = {str(folder) for path in changes for folder in PurePosixPath(checked(path)).parents} - {"."}
    entries = {entry.path: entry for entry in await repository.entries(parent, [*changes, *sorted(folders)])}
    for path, entry in entries.items():
        if entry.type == "tree" and changes.get(path) is not None:
            raise BadChange(_("{path} is a folder.").format(path=path))
        if path in folders and entry.type != "tree" and path not in changes:
            raise BadChange(_("{path} is a file, so nothing can be in it.").format(path=path))
    return {path: entry.mode for path, entry in entries.items() if entry.mode in ("100644", "100755")}
