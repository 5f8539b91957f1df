"""What a push may bring, once it is unpacked: a small pack can hold a very large file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localcloud.messages import _

from .git import ZEROS, GitFailed
from .packets import Command

if TYPE_CHECKING:
    from .repository import Repository

LARGEST_FILE = 100_000_000  # as on GitHub


async def problem_in(repository: "Repository", commands: Sequence[Command]) -> str | None:
    """Why the new objects of a push that git has taken are not to stay; None when they may."""
    refs = await repository.refs()
    taken = {command.ref: command for command in commands if refs.get(command.ref) == command.after}
    if not taken:
        return None
    known = {sha for ref, sha in refs.items() if ref not in taken} | {command.before for command in commands}
    new = [command.after for command in taken.values()]
    lines = [*(f"{sha}\n" for sha in new), *(f"^{sha}\n" for sha in known - {ZEROS})]
    try:
        objects = await repository.output("rev-list", "--objects", "--stdin", input="".join(lines).encode())
        described = await repository.output(
            "cat-file", "--buffer", "--batch-check=%(objectsize) %(objecttype) %(rest)", input=objects
        )
    except GitFailed:
        return _("its objects cannot be read")
    for line in described.decode(errors="replace").splitlines():
        size, _space, rest = line.partition(" ")
        if rest.startswith("blob ") and size.isdigit() and int(size) > LARGEST_FILE:
            text = _("{file} has {size} MB, and a file may have {most} MB")
            return text.format(file=rest[5:105], size=int(size) // 1_000_000, most=LARGEST_FILE // 1_000_000)
    return None


async def take_back(repository: "Repository", commands: Sequence[Command]) -> None:
    """Lets branches and tags be what they were before a push."""
    refs = await repository.refs()
    taken = [command for command in commands if refs.get(command.ref, ZEROS) == command.after]
    lines = [
        f"delete {command.ref} {command.after}\n"
        if command.before == ZEROS
        else f"update {command.ref} {command.before} {command.after}\n"
        for command in taken
    ]
    await repository.output("update-ref", "--stdin", input="".join(lines).encode())
