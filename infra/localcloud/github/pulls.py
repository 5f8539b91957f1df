"""The pull requests of a repository: opened, tried to merge, kept up with their branches, merged and closed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcloud.messages import _

from .events import Event, pull_event
from .merging import MergeResult, commit_merge, merge_trees
from .models import Pull
from .refs import BRANCHES, Change
from .writing import BadChange

if TYPE_CHECKING:
    from .repository import Repository

LONGEST_TITLE = 256


class Pulls:
    """All pull requests by their numbers. Whoever calls holds the repository's lock."""

    def __init__(self, repository: "Repository") -> None:
        self.by_number: dict[int, Pull] = {}
        self._repository = repository

    async def open(self, head: str, base: str, title: str, body: str, author: str) -> tuple[Pull, Event | None]:
        repository = self._repository
        head = head.removeprefix(f"{repository.owner}:")
        head_sha, base_sha = await self._sides(head, base)
        title = title.strip()[:LONGEST_TITLE] or head
        now = repository.now()
        number = max(self.by_number, default=0) + 1
        pull = Pull(number, title, head, base, author, head_sha, base_sha, body=body, created_at=now, updated_at=now)
        self.by_number[number] = pull
        await self._try(pull)
        return pull, await self._event(pull, "opened", author)

    async def _sides(self, head: str, base: str) -> tuple[str, str]:
        """The commits of both branches; BadChange when there is nothing to merge."""
        repository = self._repository
        refs = await repository.refs()
        for name in (head, base):
            if BRANCHES + name not in refs:
                raise BadChange(_("There is no branch {name}. Push it first.").format(name=name))
        head_sha, base_sha = refs[BRANCHES + head], refs[BRANCHES + base]
        for other in self.by_number.values():
            if other.state == "open" and (other.head, other.base) == (head, base):
                raise BadChange(
                    _("A pull request already exists for {head}: #{number}.").format(head=head, number=other.number)
                )
        if await repository.is_ancestor(head_sha, base_sha):
            raise BadChange(_("No commits between {base} and {head}.").format(base=base, head=head))
        return head_sha, base_sha

    async def _try(self, pull: Pull) -> None:
        """Merges on trial, and names head and result with refs."""
        repository = self._repository
        result = await merge_trees(repository, pull.base_sha, pull.head_sha)
        pull.merge_sha, pull.conflicts = None, result.conflicts
        prefix = f"refs/pull/{pull.number}"
        await repository.git("update-ref", f"{prefix}/head", pull.head_sha)
        if result.tree is None:
            await repository.git("update-ref", "-d", f"{prefix}/merge")
        else:
            text = f"Merge {pull.head_sha} into {pull.base_sha}"
            pull.merge_sha = await commit_merge(repository, result.tree, (pull.base_sha, pull.head_sha), text)
            await repository.git("update-ref", f"{prefix}/merge", pull.merge_sha)
        self._written(pull)

    def _written(self, pull: Pull) -> None:
        repository = self._repository
        pull.updated_at = repository.now()
        repository.note_pull(pull)

    async def _event(self, pull: Pull, action: str, actor: str, before: str = "") -> Event | None:
        """As on GitHub, no event of a pull request that cannot be merged: its workflows would have no commit."""
        if pull.state == "open" and pull.merge_sha is None:
            return None
        return await pull_event(self._repository, pull, action, actor, before, pull.head_sha)

    async def after(self, changed: Sequence[Change], refs: Mapping[str, str], actor: str) -> list[Event]:
        """Follows the branches: what that means for the open pull requests."""
        moved = {change.ref: change for change in changed}
        events = []
        for pull in [one for one in self.by_number.values() if one.state == "open"]:
            if BRANCHES + pull.head in moved or BRANCHES + pull.base in moved:
                events.append(await self._follow(pull, moved, refs, actor))
        return [event for event in events if event is not None]

    async def _follow(
        self, pull: Pull, moved: Mapping[str, Change], refs: Mapping[str, str], actor: str
    ) -> Event | None:
        head, base = refs.get(BRANCHES + pull.head), refs.get(BRANCHES + pull.base)
        base_moved = base is not None and BRANCHES + pull.base in moved
        if base_moved and await self._repository.is_ancestor(pull.head_sha, base or ""):
            return await self._ended(pull, actor, merged_by=base)
        if head is None or base is None:
            return await self._ended(pull, actor)
        before, pull.head_sha, pull.base_sha = pull.head_sha, head, base
        await self._try(pull)
        return await self._event(pull, "synchronize", actor, before) if head != before else None

    async def merge(self, number: int, title: str, message: str) -> str:
        """Merges into the base, which moves; what follows from that is `after`'s to do."""
        repository, pull = self._repository, self._repository.pull(number)
        if pull.state != "open":
            raise BadChange(_("Pull request #{number} is not open.").format(number=number))
        result: MergeResult = await merge_trees(repository, pull.base_sha, pull.head_sha)
        if result.tree is None:
            raise BadChange(conflict(pull, result.conflicts))
        title = title or f"Merge pull request #{number} from {repository.owner}/{pull.head}"
        text = f"{title}\n\n{message or pull.title}\n"
        sha = await commit_merge(repository, result.tree, (pull.base_sha, pull.head_sha), text)
        await repository.git("update-ref", BRANCHES + pull.base, sha, pull.base_sha)
        return sha

    async def close(self, pull: Pull, actor: str) -> tuple[Pull, Event | None]:
        if pull.state == "closed":
            return pull, None
        return pull, await self._ended(pull, actor)

    async def _ended(self, pull: Pull, actor: str, merged_by: str | None = None) -> Event | None:
        pull.state, pull.closed_at = "closed", self._repository.now()
        if merged_by is not None:
            pull.merged, pull.merge_sha = True, merged_by
        self._written(pull)
        return await self._event(pull, "closed", actor)

    async def reopen(self, pull: Pull, actor: str) -> tuple[Pull, Event | None]:
        if pull.state == "open":
            return pull, None
        if pull.merged:
            raise BadChange(_("Pull request #{number} has been merged.").format(number=pull.number))
        pull.head_sha, pull.base_sha = await self._sides(pull.head, pull.base)
        pull.state, pull.closed_at = "open", None
        await self._try(pull)
        return pull, await self._event(pull, "reopened", actor)


def conflict(pull: Pull, paths: Sequence[str]) -> str:
    text = _("Pull request #{number} conflicts with {base} in {paths}. Merge {base} into {head}, resolve it and push.")
    return text.format(number=pull.number, base=pull.base, head=pull.head, paths=", ".join(paths) or "-")
