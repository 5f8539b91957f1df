"""The JSON of GitHub's REST API and webhooks: repositories, users, commits, pull requests, statuses."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zlib import crc32

from .commits import Commit, Files, Person, read_commits
from .diffs import FileDiff
from .models import Pull, Status

if TYPE_CHECKING:
    from .repository import Repository

Shape = dict[str, Any]


def when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(name: str) -> int:
    """An id that is always the same for a name."""
    return crc32(name.encode())


def email(login: str) -> str:
    return f"{login}@localhost"


def html_url(repository: "Repository") -> str:
    return f"{repository.server_url}/{repository.full_name}"


def api_url(repository: "Repository") -> str:
    return f"{repository.server_url}/api/v3/repos/{repository.full_name}"


def user(server: str, login: str, kind: str = "User") -> Shape:
    return {
        "login": login,
        "id": number_of(login),
        "type": kind,
        "site_admin": False,
        "avatar_url": "",
        "html_url": f"{server}/{login}",
        "url": f"{server}/api/v3/users/{login}",
    }


def repository(found: "Repository") -> Shape:
    page, api = html_url(found), api_url(found)
    return {
        "id": number_of(found.full_name),
        "name": found.name,
        "full_name": found.full_name,
        "private": True,
        "visibility": "private",
        "owner": {**user(found.server_url, found.owner), "name": found.owner, "email": email(found.owner)},
        "html_url": page,
        "url": api,
        "clone_url": f"{page}.git",
        "git_url": f"{page}.git",
        "ssh_url": "",
        "description": None,
        "fork": False,
        "archived": False,
        "disabled": False,
        "default_branch": found.default_branch,
        "master_branch": found.default_branch,
        "created_at": when(found.created_at),
        "updated_at": when(found.pushed_at),
        "pushed_at": when(found.pushed_at),
        "contents_url": f"{api}/contents/{{+path}}",
        "pulls_url": f"{api}/pulls{{/number}}",
        "statuses_url": f"{api}/statuses/{{sha}}",
        "permissions": {"admin": True, "push": True, "pull": True},
        "open_issues_count": sum(1 for one in found.pulls.values() if one.state == "open"),
        "allow_merge_commit": True,
        "allow_squash_merge": False,
        "allow_rebase_merge": False,
    }


def pushed_commit(found: "Repository", commit: Commit, files: Files) -> Shape:
    """A commit in a push event."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "url": f"{html_url(found)}/commit/{commit.sha}",
        "author": {"name": commit.author.name, "email": commit.author.email, "username": found.owner},
        "committer": {"name": commit.committer.name, "email": commit.committer.email, "username": found.owner},
        "added": files.added,
        "removed": files.removed,
        "modified": files.modified,
    }


def git_person(person: Person) -> Shape:
    return {"name": person.name, "email": person.email, "date": person.date}


def git_commit(found: "Repository", commit: Commit) -> Shape:
    """A commit in `GET git/commits/SHA`."""
    api = api_url(found)
    return {
        "sha": commit.sha,
        "url": f"{api}/git/commits/{commit.sha}",
        "html_url": f"{html_url(found)}/commit/{commit.sha}",
        "author": git_person(commit.author),
        "committer": git_person(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "parents": [{"sha": one, "url": f"{api}/git/commits/{one}"} for one in commit.parents],
    }


def commit(found: "Repository", one: Commit) -> Shape:
    """A commit in `GET commits`."""
    plain = git_commit(found, one)
    owner = user(found.server_url, found.owner)
    return {
        "sha": one.sha,
        "url": f"{api_url(found)}/commits/{one.sha}",
        "html_url": plain["html_url"],
        "commit": {name: plain[name] for name in ("author", "committer", "message", "tree", "url")},
        "author": owner,
        "committer": owner,
        "parents": [{"sha": sha, "url": f"{api_url(found)}/commits/{sha}"} for sha in one.parents],
    }


async def pull(found: "Repository", one: Pull) -> Shape:
    api, page = f"{api_url(found)}/pulls/{one.number}", f"{html_url(found)}/pull/{one.number}"
    merged = await read_commits(found, [one.merge_sha]) if one.merged and one.merge_sha else []
    return {
        "id": number_of(f"{found.full_name}#{one.number}"),
        "number": one.number,
        "url": api,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "statuses_url": f"{api_url(found)}/statuses/{one.head_sha}",
        "state": one.state,
        "locked": False,
        "draft": False,
        "title": one.title,
        "body": one.body or None,
        "user": user(found.server_url, one.author),
        "labels": [],
        "created_at": when(one.created_at),
        "updated_at": when(one.updated_at),
        "closed_at": when(one.closed_at) if one.closed_at else None,
        "merged_at": when(one.closed_at) if one.merged and one.closed_at else None,
        "merged": one.merged,
        "merged_by": user(found.server_url, found.owner) if merged else None,
        "mergeable": None if one.state == "closed" else one.merge_sha is not None,
        "mergeable_state": "dirty" if one.state == "open" and one.merge_sha is None else "clean",
        "merge_commit_sha": one.merge_sha,
        "head": _side(found, one.head, one.head_sha),
        "base": _side(found, one.base, one.base_sha),
    }


def _side(found: "Repository", branch: str, sha: str) -> Shape:
    return {
        "label": f"{found.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(found.server_url, found.owner),
        "repo": repository(found),
    }


def status(found: "Repository", sha: str, one: Status) -> Shape:
    return {
        "id": number_of(f"{sha}{one.context}{one.created_at}"),
        "url": f"{api_url(found)}/statuses/{sha}",
        "context": one.context,
        "state": one.state,
        "description": one.description or None,
        "target_url": one.target_url or None,
        "creator": user(found.server_url, one.creator),
        "created_at": when(one.created_at),
        "updated_at": when(one.created_at),
    }


def combined_status(found: "Repository", sha: str, statuses: Sequence[Status]) -> Shape:
    """`GET commits/SHA/status`: the newest of each context, and one word for all."""
    return {
        "sha": sha,
        "state": overall(statuses),
        "statuses": [status(found, sha, one) for one in statuses],
        "total_count": len(statuses),
        "repository": repository(found),
        "url": f"{api_url(found)}/commits/{sha}/status",
    }


def overall(statuses: Sequence[Status]) -> str:
    """One word for the statuses of a commit, as GitHub combines them."""
    states = {one.state for one in statuses}
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def ref(found: "Repository", name: str, sha: str, kind: str) -> Shape:
    api = api_url(found)
    where = {"commit": "commits", "tag": "tags", "tree": "trees", "blob": "blobs"}[kind]
    return {
        "ref": name,
        "url": f"{api}/git/{quote(name)}",
        "object": {"sha": sha, "type": kind, "url": f"{api}/git/{where}/{sha}"},
    }


def branch(found: "Repository", name: str, sha: str) -> Shape:
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{api_url(found)}/commits/{sha}"},
        "protected": False,
    }


def content(found: "Repository", path: str, entry: Mapping[str, Any], at: str) -> Shape:
    """A file or a folder in `GET contents/...`; `entry` has mode, type, sha and size."""
    kind = {"blob": "file", "tree": "dir", "commit": "submodule"}[entry["type"]]
    kind = "symlink" if entry["mode"] == "120000" else kind
    address = f"{api_url(found)}/contents/{quote(path)}?ref={quote(at, safe='')}"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry["sha"],
        "size": entry["size"],
        "url": address,
        "html_url": f"{html_url(found)}/blob/{quote(at, safe='')}/{quote(path)}",
        "git_url": f"{api_url(found)}/git/blobs/{entry['sha']}",
        "download_url": None,
    }


def changed_file(found: "Repository", one: FileDiff, at: str) -> Shape:
    """A file in `GET pulls/N/files`, `GET commits/SHA` and `GET compare/...`."""
    shape = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{html_url(found)}/blob/{at}/{quote(one.path)}",
        "contents_url": f"{api_url(found)}/contents/{quote(one.path)}?ref={at}",
    }
    if one.patch is not None:
        shape["patch"] = one.patch
    if one.previous is not None:
        shape["previous_filename"] = one.previous
    return shape
