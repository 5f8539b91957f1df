"""What happened in a repository, as GitHub tells a webhook of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import shapes
from .commits import Commit, Files, files_of, history, read_commits
from .git import ZEROS
from .models import Pull
from .refs import BRANCHES, Change, short

if TYPE_CHECKING:
    from .repository import Repository

MOST_COMMITS = 100


@dataclass(frozen=True)
class Event:
    """One event, for whoever runs workflows."""

    name: str  # `push`, `pull_request` or `workflow_dispatch`
    repository: "Repository"
    ref: str  # `refs/heads/...`, `refs/tags/...` or `refs/pull/N/merge`
    before: str  # the commit that the ref named before; ZEROS for a new branch
    after: str  # and the one that it names now: of a pull request its head; ZEROS for a deleted branch
    sha: str  # the commit that the workflow files are read from, GITHUB_SHA: of a pull request the merge commit
    payload: Mapping[str, Any]  # the webhook's JSON
    actor: str
    notes: list[str] = field(default_factory=list, compare=False)  # lines that the pusher reads as `remote: ...`


async def push_event(repository: "Repository", change: Change, others: Sequence[str], actor: str) -> Event:
    """The event of a branch or tag that was pushed; `others` are the commits that were there before it."""
    payload = await push_payload(repository, change, others, actor)
    return Event("push", repository, change.ref, change.before, change.after, change.after, payload, actor)


async def push_payload(repository: "Repository", change: Change, others: Sequence[str], actor: str) -> dict[str, Any]:
    commits, head, forced = await _pushed(repository, change, others)
    files = await files_of(repository, [*commits, *([head] if head and head not in commits else [])])
    page = shapes.html_url(repository)
    span = f"{change.before[:12]}...{change.after[:12]}" if not change.created else change.after[:12]
    return {
        "ref": change.ref,
        "before": change.before,
        "after": change.after,
        "base_ref": None,
        "created": change.created,
        "deleted": change.deleted,
        "forced": forced,
        "compare": f"{page}/compare/{span}",
        "commits": [shapes.pushed_commit(repository, commit, files[commit.sha]) for commit in commits],
        "head_commit": shapes.pushed_commit(repository, head, files.get(head.sha, Files())) if head else None,
        "repository": shapes.repository(repository),
        "pusher": {"name": actor, "email": shapes.email(actor)},
        "sender": shapes.user(repository.server_url, actor),
    }


async def _pushed(
    repository: "Repository", change: Change, others: Sequence[str]
) -> tuple[list[Commit], Commit | None, bool]:
    """The new commits, oldest first; the head; and whether commits were taken away."""
    if change.deleted:
        return [], None, False
    if not change.ref.startswith(BRANCHES) and await repository.kind(change.after + "^{}") != "commit":
        return [], None, False  # a tag may name a file
    without = [one for one in others if one != ZEROS] if change.created else [change.before]
    newest_first = await history(repository, [change.after], without, most=MOST_COMMITS)
    if newest_first and newest_first[0].sha == change.after:
        head = newest_first[0]
    else:
        head = (await read_commits(repository, [await repository.resolve(change.after + "^{commit}")]))[0]
    forced = not change.created and not await repository.is_ancestor(change.before, change.after)
    return newest_first[::-1], head, forced


async def pull_event(
    repository: "Repository", pull: Pull, action: str, actor: str, before: str = "", after: str = ""
) -> Event:
    """The event of a pull request that can be merged, or has been closed. `before` and `after` are of its head."""
    payload: dict[str, Any] = {
        "action": action,
        "number": pull.number,
        "pull_request": await shapes.pull(repository, pull),
        "repository": shapes.repository(repository),
        "sender": shapes.user(repository.server_url, actor),
    }
    if action == "synchronize":
        payload |= {"before": before, "after": after}
    sha = pull.merge_sha or pull.head_sha
    ref = f"refs/pull/{pull.number}/merge"
    return Event("pull_request", repository, ref, before or pull.base_sha, pull.head_sha, sha, payload, actor)


async def dispatch_event(
    repository: "Repository", workflow: str, ref: str, inputs: Mapping[str, str], actor: str
) -> Event:
    """The event of a workflow that a person starts on a branch or a tag (`refs/...`)."""
    sha = await repository.resolve(f"{ref}^{{commit}}")
    payload = {
        "inputs": dict(inputs),
        "ref": ref,
        "workflow": workflow,
        "repository": shapes.repository(repository),
        "sender": shapes.user(repository.server_url, actor),
    }
    return Event("workflow_dispatch", repository, ref, sha, sha, sha, payload, actor)


def is_branch(event: Event) -> bool:
    """Whether the event is of a branch."""
    return event.ref.startswith(BRANCHES)


def title_of(event: Event) -> str:
    """What happened, in a few words, for a list."""
    return f"{event.name} {short(event.ref)}"
