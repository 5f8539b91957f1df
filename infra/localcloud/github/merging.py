"""Merging two commits without a work tree."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .git import GitFailed

if TYPE_CHECKING:
    from .repository import Repository

ARGUMENTS = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "--allow-unrelated-histories")
CONFLICT, UNKNOWN_OPTION = 1, 129


@dataclass(frozen=True)
class MergeResult:
    """The merged tree, or the paths in conflict."""

    tree: str | None
    conflicts: tuple[str, ...] = ()


async def merge_trees(repository: "Repository", ours: str, theirs: str) -> MergeResult:
    """Merges on trial. `git merge-tree --write-tree` came with git 2.38; before, an index of its own does it."""
    try:
        printed = await repository.output(*ARGUMENTS, ours, theirs)
    except GitFailed as error:
        if error.code == CONFLICT:
            return MergeResult(None, tuple(_conflicts(error.printed)))
        if error.code == UNKNOWN_OPTION:
            return await _merge_in_index(repository, ours, theirs)
        raise
    return MergeResult(printed.split(b"\0")[0].decode().strip())


def _conflicts(printed: bytes) -> list[str]:
    """After the tree, the paths; what else there may be comes after an empty one."""
    found = printed.decode(errors="replace").split("\0")[1:]
    paths = found[: found.index("")] if "" in found else found
    return list(dict.fromkeys(paths))


async def _merge_in_index(repository: "Repository", ours: str, theirs: str) -> MergeResult:
    """Three trees in an index, and `git merge-one-file` for each file that both sides changed."""
    try:
        base = (await repository.git("merge-base", ours, theirs)).strip()
    except GitFailed:
        base = (await repository.git("hash-object", "-t", "tree", "-w", "--stdin")).strip()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "GIT_DIR": str(repository.path),
            "GIT_WORK_TREE": folder,
            "GIT_INDEX_FILE": str(Path(folder) / ".index"),
        }
        await repository.output("read-tree", "-i", "-m", "--aggressive", base, ours, theirs, environ=environ)
        try:
            await repository.output(
                "merge-index", "-o", "-q", "git-merge-one-file", "-a", environ=environ, cwd=Path(folder)
            )
        except GitFailed:
            unmerged = await repository.output("ls-files", "-u", "-z", environ=environ)
            lines = unmerged.decode(errors="replace").split("\0")
            return MergeResult(None, tuple(dict.fromkeys(line.partition("\t")[2] for line in lines if line)))
        return MergeResult((await repository.output("write-tree", environ=environ)).decode().strip())


async def commit_merge(repository: "Repository", tree: str, parents: tuple[str, str], message: str) -> str:
    """The commit of a merge."""
    stamp = f"{int(repository.now())} +0000"
    printed = await repository.output(
        "commit-tree",
        tree,
        *(part for parent in parents for part in ("-p", parent)),
        input=message.encode("utf-8", "replace"),
        environ={"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp},
    )
    return printed.decode().strip()
