"""Hand-ins from outside: a git bundle or a folder, of which nothing but bounded, checked objects is taken."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from localcloud.messages import _

from . import git
from .git import ZEROS, GitFailed
from .refs import BRANCHES, TAGS, is_name
from .trees import Forest
from .writing import BadChange, write_commit

if TYPE_CHECKING:
    from .repository import Repository

SIGNATURE = re.compile(rb"# v([23]) git bundle\n")
REF = re.compile(rb"([0-9a-f]{40}) ([^\x00\n]{1,1000})\n")
LONGEST_LINE = 1_200
MOST_WALKED = 50_000  # files and folders that are looked at, those that do not count as well


@dataclass(frozen=True)
class Bounds:
    """How much of a repository is taken."""

    bundle: int = 20_000_000  # bytes of the bundle
    refs: int = 200  # branches and tags
    commits: int = 2_000
    objects: int = 30_000
    unpacked: int = 200_000_000  # bytes of all objects
    files: int = 2_000  # of each commit
    size: int = 50_000_000  # bytes of the files of each commit
    depth: int = 24  # of folders
    path: int = 1_000  # bytes


USUAL = Bounds()


class BadHandIn(ValueError):
    """The hand-in is not taken; the text says why, and what to do."""


class Intake:
    """Takes hand-ins into one repository. Whoever calls holds its lock."""

    def __init__(self, repository: "Repository", bounds: Bounds = USUAL) -> None:
        self._repository = repository
        self._bounds = bounds

    async def bundle(self, path: Path) -> None:
        """All branches and tags of a bundle take the place of those that are here. BadHandIn."""
        try:
            await self._take(path)
        except GitFailed as error:
            reason = error.errors.strip()[:200] or str(error.code)
            raise BadHandIn(_("The repository cannot be read: {reason}").format(reason=reason)) from None

    async def _take(self, path: Path) -> None:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > self._bounds.bundle:
                raise BadHandIn(
                    _(
                        "The repository is packed in {size} MB; {most} MB is the most. Is a data set in its history?"
                    ).format(size=-(-size // 1_000_000), most=self._bounds.bundle // 1_000_000)
                )
            refs = self._head(file)
            await self._index(file)
        await self._measure(refs)
        await self._set(refs)

    def _head(self, file: IO[bytes]) -> dict[str, str]:
        """The refs that a bundle names. The file stands at its pack afterwards."""
        if not SIGNATURE.fullmatch(file.readline(LONGEST_LINE)):
            raise BadHandIn(_("This is no git bundle. 'camp submit' makes one."))
        refs: dict[str, str] = {}
        while (line := file.readline(LONGEST_LINE)) != b"\n":
            if line.startswith(b"-"):
                raise BadHandIn(_("The bundle holds a part of the history alone. Pack all of it: 'camp submit' does."))
            if line.startswith(b"@"):
                if line != b"@object-format=sha1\n":
                    raise BadHandIn(
                        _("The bundle is of a kind that is not read here. 'camp submit' makes the right one.")
                    )
                continue
            found = REF.fullmatch(line)
            if found is None:
                raise BadHandIn(_("The bundle is damaged: its list of branches cannot be read."))
            refs[found[2].decode(errors="replace")] = found[1].decode()
            if len(refs) > self._bounds.refs:
                raise BadHandIn(
                    _("The repository has more than {count} branches and tags.").format(count=self._bounds.refs)
                )
        kept = {ref: sha for ref, sha in refs.items() if ref.startswith((BRANCHES, TAGS))}
        for ref in kept:
            if not is_name(ref.split("/", 2)[2]):
                raise BadHandIn(_("{name} is no name of a branch or a tag here.").format(name=repr(ref[:100])))
        if not any(ref.startswith(BRANCHES) for ref in kept):
            raise BadHandIn(_("The repository has no branch. Commit first: git add . && git commit"))
        return kept

    async def _index(self, file: IO[bytes]) -> None:
        """Reads the pack: every object is checked, and so is that none is missing."""
        limit = f"--max-input-size={self._bounds.bundle}"
        os.lseek(file.fileno(), file.tell(), os.SEEK_SET)  # git reads where we have stopped, not where our buffer has
        try:
            await git.output(
                f"--git-dir={self._repository.path}",
                "index-pack",
                "--stdin",
                "--strict",
                limit,
                stdin=file,
                bounded=True,
            )
        except GitFailed as error:
            said = error.errors.strip().splitlines()
            reason = next((line for line in said if "error" in line), said[0] if said else str(error.code))
            raise BadHandIn(
                _("The repository has a broken object ({reason}). Look for it with: git fsck").format(
                    reason=reason[:200]
                )
            ) from None

    async def _measure(self, refs: Mapping[str, str]) -> None:
        """Counts commits, objects, bytes, and the files of every commit, whatever they unpack to."""
        bounds, repository = self._bounds, self._repository
        printed = await repository.output(
            "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype) %(objectsize)"
        )
        rows = [line.split() for line in printed.decode().splitlines()]
        sizes = {row[0]: int(row[2]) for row in rows}
        commits = [row[0] for row in rows if row[1] == "commit"]
        if len(commits) > bounds.commits:
            raise BadHandIn(_("The history has more than {count} commits.").format(count=bounds.commits))
        if len(rows) > bounds.objects:
            raise BadHandIn(_("The history has more than {count} files and folders.").format(count=bounds.objects))
        if sum(sizes.values()) > bounds.unpacked:
            raise BadHandIn(
                _("The history unpacks to more than {size} MB. Is a data set or an environment in it?").format(
                    size=bounds.unpacked // 1_000_000
                )
            )
        missing = [ref for ref, sha in refs.items() if sha not in sizes]
        if missing:
            raise BadHandIn(_("The bundle does not hold {ref}.").format(ref=missing[0]))
        not_commits = {row[0] for row in rows if row[1] in ("blob", "tree")}
        if wrong := [ref for ref, sha in refs.items() if sha in not_commits]:
            raise BadHandIn(_("{ref} names no commit.").format(ref=wrong[0]))
        forest = await Forest.read(repository, [row[0] for row in rows if row[1] == "tree"], sizes)
        for commit, tree in await self._trees(commits):
            self._within(commit, forest, tree)

    async def _trees(self, commits: list[str]) -> list[tuple[str, str]]:
        """The tree of each commit."""
        asked = "".join(f"{sha}^{{tree}}\n" for sha in commits).encode()
        printed = await self._repository.output("cat-file", "--batch-check=%(objectname)", input=asked)
        return list(zip(commits, printed.decode().split(), strict=True))

    def _within(self, commit: str, forest: Forest, tree: str) -> None:
        bounds, found = self._bounds, forest.total(tree)
        if found.files > bounds.files or found.size > bounds.size or found.depth > bounds.depth:
            raise BadHandIn(
                _(
                    "Commit {commit} holds {files} files with {size} MB in {depth} levels of folders; "
                    "the most is {most_files} files, {most_size} MB, {most_depth} levels."
                ).format(
                    commit=commit[:12],
                    files=found.files,
                    size=-(-found.size // 1_000_000),
                    depth=found.depth,
                    most_files=bounds.files,
                    most_size=bounds.size // 1_000_000,
                    most_depth=bounds.depth,
                )
            )

    async def _set(self, refs: Mapping[str, str]) -> None:
        """Names the commits; the former branches and tags are gone."""
        repository = self._repository
        gone = [ref for ref in await repository.refs() if ref not in refs]
        lines = [*(f"delete {ref}\n" for ref in gone), *(f"update {ref} {sha}\n" for ref, sha in refs.items())]
        try:
            await repository.output("update-ref", "--stdin", input="".join(lines).encode())
        except GitFailed as error:
            raise BadHandIn(
                _("The branches of the bundle cannot be together: {reason}").format(reason=error.errors.strip()[:200])
            ) from None

    async def folder(self, folder: Path, message: str) -> None:
        """A folder without `.git` is one commit. What its `.gitignore` names is left out. BadHandIn."""
        names = await self._names(folder)
        contents: dict[str, bytes | None] = {}
        total = 0
        for name in names:
            content = read_plain(folder / name, self._bounds.size - total + 1)
            if content is None:
                continue
            total += len(content)
            if total > self._bounds.size:
                raise BadHandIn(
                    _("The files have more than {size} MB; {name} is one of them.").format(
                        size=self._bounds.size // 1_000_000, name=name
                    )
                )
            contents[name] = content
        if not contents:
            raise BadHandIn(_("There is no file to commit."))
        repository = self._repository
        await self._set({})
        try:
            await write_commit(
                repository, repository.default_branch, ZEROS, contents, message, ("Camp", "camp@localhost")
            )
        except BadChange as error:
            raise BadHandIn(str(error)) from None

    async def _names(self, folder: Path) -> list[str]:
        """The files that `git add .` would take, at most so many."""
        bound_walk(folder, self._bounds)
        bare = self._repository.path
        with_git = {"GIT_DIR": str(bare), "GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": str(bare / "no-index")}
        printed = await git.output(
            "ls-files",
            "-z",
            "--others",
            "--exclude-per-directory=.gitignore",
            environ=with_git,
            cwd=folder,
            bounded=True,
        )
        names = [name for name in os.fsdecode(printed).split("\0") if name and not name.endswith("/")]
        names = [name for name in names if ".git" not in (part.casefold() for part in name.split("/"))]
        if len(names) > self._bounds.files:
            raise BadHandIn(_("There are more than {count} files.").format(count=self._bounds.files))
        return names


def bound_walk(folder: Path, bounds: Bounds) -> None:
    """BadHandIn when there is no end of files, ignored ones included."""
    if not folder.is_dir():
        raise BadHandIn(_("{name} is no folder.").format(name=folder.name))
    count = 0
    for _parent, folders, names in os.walk(folder):
        count += len(names) + len(folders)
        if count > MOST_WALKED:
            raise BadHandIn(_("There are more than {count} files.").format(count=bounds.files))


def opened(path: Path) -> IO[bytes]:
    """The file, if it is a plain one; BadHandIn."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BadHandIn(_("{name} cannot be read: {reason}").format(name=path.name, reason=error.strerror)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadHandIn(_("{name} is no file.").format(name=path.name))
    return os.fdopen(descriptor, "rb")


def read_plain(path: Path, most: int) -> bytes | None:
    """The content of a plain file, at most so many bytes of it; None for anything else, such as a link."""
    try:
        with opened(path) as file:
            return file.read(most)
    except BadHandIn:
        return None
