"""What an event of the forge comes to for workflows: what filters look at, the changed paths, and the run's title."""

from ..events import Event
from ..git import ZEROS, GitFailed
from .contexts import ref_name
from .triggers import Happened

MOST_PATHS = 3_000  # GitHub looks at no more


def happened(event: Event) -> Happened:
    payload = event.payload
    pull = payload.get("pull_request") or {}
    head = payload.get("head_commit") or {}
    return Happened(
        event.name,
        ref=event.ref,
        base=str((pull.get("base") or {}).get("ref", "")),
        action=str(payload.get("action", "")),
        message=str(head.get("message", "")),
    )


async def changed_paths(event: Event) -> list[str] | None:
    """The paths that a push or a pull request changes; None when that is not known."""
    repository = event.repository
    try:
        if event.name == "pull_request":
            base = str(event.payload["pull_request"]["base"]["sha"])
            span = [f"{base}...{event.after}"]
        elif event.before and event.before != ZEROS:
            span = [event.before, event.after]
        else:
            span = [await _root_of(event), event.after]
        printed = await repository.output("diff", "--name-only", "-z", "--no-renames", *span, "--")
    except (GitFailed, LookupError):
        return None
    paths = printed.decode("utf-8", "replace").split("\0")[:-1]
    return paths if len(paths) <= MOST_PATHS else None


def title_of(event: Event) -> str:
    """What people call it: a pull request's title, the first line of a push's last commit."""
    if event.name == "pull_request":
        return str(event.payload["pull_request"].get("title", ""))
    head = event.payload.get("head_commit") or {}
    return str(head.get("message", "")).split("\n")[0] or ref_name(event.ref)


async def _root_of(event: Event) -> str:
    """What a new branch is compared with: the parent of its first commit that is new, else nothing at all."""
    commits = event.payload.get("commits") or []
    first = str(commits[0]["id"]) if commits else event.after
    try:
        return await event.repository.resolve(f"{first}^")
    except LookupError:
        return (await event.repository.git("hash-object", "-t", "tree", "/dev/null")).strip()
