"""One repository: a bare git repository, and what GitHub keeps beside it."""

import asyncio
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from localcloud.journal import Journal
from localcloud.messages import _

from . import git
from .events import Event, push_event
from .git import ZEROS, GitFailed
from .intake import Intake
from .models import Environment, Pull, Status
from .pulls import Pulls
from .refs import BRANCHES, LONGEST_NAME, SHA, TAGS, Change, changes, is_name, parsed, short
from .writing import BadChange, write_commit

Done = TypeVar("Done")
ID = re.compile(r"[0-9a-f]{4,40}")
AUTHOR = ("Camp", "camp@localhost")
log = logging.getLogger("github")
HEAD = "ref: refs/heads/main\n"
CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
FOLDERS = ("objects/info", "objects/pack", "refs/heads", "refs/tags")
MOST_STATUSES = 2_000  # commits whose statuses are kept


class NotThere(LookupError):
    """There is no such branch, commit, file or pull request; the text names it."""


class Home(Protocol):
    """Where a repository is at home: the forge."""

    journal: Journal

    @property
    def url(self) -> str: ...

    def now(self) -> float: ...

    async def announce(self, event: Event) -> None: ...


@dataclass(frozen=True)
class Entry:
    """A file or folder of a commit's tree."""

    path: str
    mode: str  # 100644, 100755 (may be executed), 120000 (a link), 040000 (a folder), 160000 (a submodule)
    type: str  # blob, tree or commit
    sha: str
    size: int


class Repository:
    """A bare repository below the forge's folder. All changes go through here or through `receive`, one at a time, and
    each is announced as an event."""

    default_branch = "main"

    def __init__(self, full_name: str, path: Path, home: Home) -> None:
        self.full_name = full_name
        self.owner, _slash, self.name = full_name.partition("/")
        self.path = path
        self.secrets: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.environments: dict[str, Environment] = {}
        self.statuses: dict[str, list[Status]] = {}
        self.created_at = self.pushed_at = home.now()
        self._home = home
        self._changing = asyncio.Lock()  # whoever changes refs holds it, so that an event tells of one change
        self._book = path.with_suffix(".json")
        self._pulls = Pulls(self)
        self._make()

    @property
    def pulls(self) -> dict[int, Pull]:
        return self._pulls.by_number

    @property
    def server_url(self) -> str:
        return self._home.url

    def now(self) -> float:
        return self._home.now()

    def environment(self, name: str) -> Environment:
        """The environment of that name, made if need be; upper and lower case are one."""
        return self.environments.setdefault(name.casefold(), Environment(name))

    # -- reading

    async def git(self, *arguments: str) -> str:
        """What git prints in this repository; GitFailed."""
        return (await self.output(*arguments)).decode(errors="replace")

    async def output(self, *arguments: str, input: bytes = b"", **options: Any) -> bytes:
        """As `git`, in bytes, with an input."""
        return await git.output(f"--git-dir={self.path}", *arguments, input=input, **options)

    async def refs(self) -> dict[str, str]:
        """All branches, tags and refs of pull requests, and the objects that they name."""
        return parsed(await self.output("for-each-ref", "--format=%(objectname) %(refname)"))

    async def resolve(self, revision: str) -> str:
        """The object that a revision names; NotThere."""
        try:
            return (await self.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision)).strip()
        except (GitFailed, ValueError):
            raise NotThere(_("{name} is no commit here.").format(name=shown(revision))) from None

    async def commit_of(self, name: str) -> str:
        """The commit that a branch, a tag, a full or a shortened id names; NotThere."""
        tries = [f"{BRANCHES}{name}", f"{TAGS}{name}"] if is_name(name) and not is_sha(name) else []
        if name.startswith("refs/") or name == "HEAD" or ID.fullmatch(name):
            tries.append(name)
        for one in tries:
            try:
                return await self.resolve(one + "^{commit}")
            except NotThere:
                continue
        raise NotThere(_("{name} is no branch, tag or commit here.").format(name=shown(name)))

    async def kind(self, revision: str) -> str:
        """`commit`, `tree`, `blob` or `tag`; empty when there is no such object."""
        try:
            return (await self.git("cat-file", "-t", revision)).strip()
        except GitFailed:
            return ""

    async def is_ancestor(self, older: str, newer: str) -> bool:
        try:
            await self.git("merge-base", "--is-ancestor", older, newer)
        except GitFailed:
            return False
        return True

    async def entries(self, commit: str, paths: Sequence[str] = (), *, recursive: bool = False) -> list[Entry]:
        """Files and folders of a commit; with `paths` those alone, and with a `/` at its end what a folder holds."""
        options = ["-r", "-t"] if recursive else []
        printed = await self.output("ls-tree", "-z", "-l", *options, "--full-tree", commit, "--", *paths)
        found = []
        for line in printed.decode(errors="replace").split("\0"):
            facts, tab, path = line.partition("\t")
            if tab:
                mode, kind, sha, size = facts.split()
                found.append(Entry(path, mode, kind, sha, int(size) if size.isdigit() else 0))
        return found

    async def read(self, commit: str, path: str, *, most: int = 10_000_000) -> bytes:
        """A file's content; NotThere when there is none, or more than `most` bytes of it."""
        found = [entry for entry in await self.entries(commit, [path]) if entry.path == path and entry.type == "blob"]
        if not found:
            raise NotThere(_("There is no file {path} in {commit}.").format(path=shown(path), commit=commit[:12]))
        if found[0].size > most:
            raise NotThere(_("{path} has {size} bytes; that is too long.").format(path=path, size=found[0].size))
        return await self.output("cat-file", "blob", found[0].sha)

    # -- changing

    async def commit(
        self,
        branch: str,
        changes: Mapping[str, bytes | None],
        message: str,
        *,
        author: tuple[str, str] = AUTHOR,
        start: str | None = None,
        expected: str | None = None,
        same: Mapping[str, Entry | None] | None = None,
        actor: str = "",
    ) -> str:
        """Commits without a work tree: content by path, None deletes. A branch that is not there begins at `start` (a
        branch or commit; the default branch). `expected` is the commit that must be the head now, `same`
        are files that must be there as the caller has seen them. BadChange."""
        if not is_name(branch):
            raise BadChange(_("{name} is no name of a branch.").format(name=shown(branch)))

        async def write() -> str:
            refs = await self.refs()
            parent = refs.get(BRANCHES + branch)
            if expected is not None and parent != expected:
                raise BadChange(_("{branch} has moved meanwhile. Look at it again.").format(branch=branch))
            if parent is None:
                empty = start is None and BRANCHES + self.default_branch not in refs
                parent = ZEROS if empty else await self.commit_of(start or self.default_branch)
            await self._still(parent, same or {})
            return await write_commit(self, branch, parent, changes, message, author)

        return await self.changed_by(write, actor or self.owner)

    async def _still(self, commit: str, seen: Mapping[str, Entry | None]) -> None:
        for path, entry in seen.items():
            found = await self.entries(commit, [path]) if commit != ZEROS else []
            if next((one for one in found if one.path == path), None) != entry:
                raise BadChange(_("{path} has changed meanwhile. Look at it again.").format(path=path))

    async def set_ref(self, ref: str, sha: str | None, *, actor: str = "") -> None:
        """Makes, moves or (None) deletes a branch or a tag, `refs/heads/...`; NotThere, BadChange."""
        if not ref.startswith((BRANCHES, TAGS)) or not is_name(ref.split("/", 2)[2]):
            raise BadChange(_("{name} is no name of a branch or a tag.").format(name=shown(ref)))
        wanted = sha and await self.resolve(f"{sha}^{{commit}}")

        async def update() -> None:
            await self.git("update-ref", *([ref, wanted] if wanted else ["-d", ref]))

        await self.changed_by(update, actor or self.owner)

    async def changed_by(self, work: Callable[[], Awaitable[Done]], actor: str, notes: list[str] | None = None) -> Done:
        """Does what changes branches and tags, alone, and then announces what has changed. What listeners say of it is
        added to `notes`."""
        events: list[Event] = []
        async with self._changing:
            before = await self.refs()
            try:
                return_value = await work()
            finally:
                events = await self._events(before, actor)
        for event in events:
            await self._home.announce(event)
            if notes is not None:
                notes.extend(event.notes)
        return return_value

    async def _events(self, before: Mapping[str, str], actor: str) -> list[Event]:
        after = await self.refs()
        changed = changes(before, after)
        if not changed:
            return []
        self.pushed_at = self.now()
        known = [sha for ref, sha in before.items() if ref.startswith((BRANCHES, TAGS))]
        events = []
        for change in changed:
            self._home.journal.add(
                "github.push", repository=self.full_name, ref=change.ref, before=change.before, after=change.after
            )
            event = await push_event(self, change, known, actor)
            event.notes.extend(self._advice(change, after))
            events.append(event)
        return [*events, *await self._pulls.after(changed, after, actor)]

    def _advice(self, change: Change, refs: Mapping[str, str]) -> list[str]:
        """What GitHub tells whoever pushes a new branch."""
        main = refs.get(BRANCHES + self.default_branch)
        if not change.created or not change.ref.startswith(BRANCHES) or main in (None, change.after):
            return []
        return [_("Open a pull request: camp github pr open --head {branch}").format(branch=short(change.ref))]

    # -- pull requests and statuses

    async def open_pull(self, head: str, base: str, title: str, *, body: str = "", author: str = "") -> Pull:
        """Opens a pull request from branch to branch; BadChange, NotThere."""
        async with self._changing:
            pull, event = await self._pulls.open(head, base, title, body, author or self.owner)
        await self._told(event)
        return pull

    async def merge(self, number: int, *, title: str = "", message: str = "", actor: str = "") -> str:
        """Merges a pull request with a merge commit, which is returned; BadChange in a conflict."""
        found: list[str] = []

        async def merge() -> None:
            found.append(await self._pulls.merge(number, title, message))

        await self.changed_by(merge, actor or self.owner)
        return found[0]

    async def close(self, number: int, *, actor: str = "") -> Pull:
        """Closes a pull request without merging it."""
        pull, event = await self._pulls.close(self.pull(number), actor or self.owner)
        await self._told(event)
        return pull

    async def reopen(self, number: int, *, actor: str = "") -> Pull:
        """Opens one again that was closed, unless it was merged; BadChange."""
        async with self._changing:
            pull, event = await self._pulls.reopen(self.pull(number), actor or self.owner)
        await self._told(event)
        return pull

    def pull(self, number: int) -> Pull:
        """The pull request of that number; NotThere."""
        if number not in self.pulls:
            raise NotThere(_("There is no pull request {number}.").format(number=number))
        return self.pulls[number]

    def note_pull(self, pull: Pull) -> None:
        """A pull request has changed: to the journal and to the disk."""
        self._home.journal.add(
            "github.pull",
            repository=self.full_name,
            number=pull.number,
            state="merged" if pull.merged else pull.state,
            head=pull.head_sha,
            conflict=pull.state == "open" and pull.merge_sha is None,
        )
        self.save()

    def note_refused(self, problem: str) -> None:
        """A push was refused: to the journal."""
        self._home.journal.add("github.refused", repository=self.full_name, message=problem)

    async def _told(self, event: Event | None) -> None:
        if event is not None:
            await self._home.announce(event)

    def set_status(self, sha: str, status: Status) -> None:
        """What is said of a commit now; it replaces what was said under the same context."""
        others = [one for one in self.statuses.get(sha, ()) if one.context != status.context]
        self.statuses[sha] = [*others, status]
        while len(self.statuses) > MOST_STATUSES:
            del self.statuses[next(iter(self.statuses))]
        self._home.journal.add(
            "github.status", repository=self.full_name, sha=sha, context=status.context, state=status.state
        )
        self.save()

    # -- from outside

    async def import_bundle(self, bundle: Path) -> None:
        """Takes all branches and tags of a git bundle, in place of what is here, without an event: pull requests and
        statuses are gone. Nothing but objects and refs is taken. BadHandIn says what is wrong with it."""
        async with self._changing:
            await Intake(self).bundle(bundle)
            self._forget()

    async def import_folder(self, folder: Path, message: str = "Hand in") -> None:
        """Takes a folder without `.git` as the one commit of the default branch, without an event. BadHandIn."""
        async with self._changing:
            await Intake(self).folder(folder, message)
            self._forget()

    def _forget(self) -> None:
        self.pulls.clear()
        self.statuses.clear()
        self.save()

    # -- what is kept beside the git repository

    def _make(self) -> None:
        for folder in FOLDERS:
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        for name, text in (("HEAD", HEAD), ("config", CONFIG)):
            if not (self.path / name).exists():
                (self.path / name).write_text(text)
        if self._book.exists():
            try:
                self._load(json.loads(self._book.read_text()))
            except (ValueError, KeyError, TypeError) as error:
                kept = self._book.replace(self._book.with_suffix(".damaged"))
                log.error("%s is damaged (%s); it is kept as %s", self._book, error, kept)

    def _load(self, found: dict[str, Any]) -> None:
        self.created_at, self.pushed_at = found["created_at"], found["pushed_at"]
        self.secrets, self.variables = found["secrets"], found["variables"]
        self.environments = {name: Environment(**one) for name, one in found["environments"].items()}
        self.statuses = {sha: [Status(**one) for one in some] for sha, some in found["statuses"].items()}
        self._pulls.by_number = {one["number"]: Pull.from_json(one) for one in found["pulls"]}

    def save(self) -> None:
        """Writes down what is not in git, for the next start. Only its owner may read it: secrets are in it."""
        found = {
            "created_at": self.created_at,
            "pushed_at": self.pushed_at,
            "secrets": self.secrets,
            "variables": self.variables,
            "environments": {name: asdict(one) for name, one in self.environments.items()},
            "statuses": {sha: [asdict(one) for one in some] for sha, some in self.statuses.items()},
            "pulls": [pull.to_json() for pull in self.pulls.values()],
        }
        new = self._book.with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(found, file)
        new.replace(self._book)


def shown(name: str) -> str:
    """A name as a sentence shows it."""
    return name if name.isprintable() and len(name) <= LONGEST_NAME else repr(name[:LONGEST_NAME])


def is_sha(text: str) -> bool:
    return SHA.fullmatch(text) is not None
