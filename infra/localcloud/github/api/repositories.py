"""Repositories, branches, tags and commits."""

from typing import Any

from aiohttp import web

from .. import shapes
from ..commits import Commit, history, read_commits
from ..diffs import FileDiff, differences
from ..git import GitFailed
from ..git_http import readable
from ..refs import BRANCHES, TAGS
from ..repository import NotThere, Repository, is_sha
from .call import ApiError, Call, text

MOST_COMPARED = 250


async def me(call: Call) -> web.Response:
    if call.access is None:
        raise ApiError(401, "Requires authentication")
    return web.json_response(shapes.user(call.forge.url, call.login))


async def mine(call: Call) -> web.Response:
    found = [one for one in call.forge.repositories.values() if readable(one, call.access)]
    return call.listed([shapes.repository(one) for one in found])


async def show(call: Call) -> web.Response:
    return web.json_response(shapes.repository(call.repository))


async def branches(call: Call) -> web.Response:
    found = call.repository
    refs = await found.refs()
    names = {ref.removeprefix(BRANCHES): sha for ref, sha in refs.items() if ref.startswith(BRANCHES)}
    return call.listed([shapes.branch(found, name, sha) for name, sha in names.items()])


async def branch(call: Call) -> web.Response:
    found, name = call.repository, call.part("branch")
    sha = (await found.refs()).get(BRANCHES + name)
    if sha is None:
        raise ApiError(404, "Branch not found")
    [commit] = await read_commits(found, [sha])
    return web.json_response({**shapes.branch(found, name, sha), "commit": shapes.commit(found, commit)})


async def tags(call: Call) -> web.Response:
    found = call.repository
    listed = []
    for ref in await found.refs():
        if ref.startswith(TAGS):
            name = ref.removeprefix(TAGS)
            listed.append(shapes.branch(found, name, await found.resolve(f"{ref}^{{}}")))
    return call.listed(listed)


async def commits(call: Call) -> web.Response:
    found = call.repository
    try:
        tip = await found.commit_of(call.query("sha") or found.default_branch)
    except NotThere:
        if call.query("sha"):
            raise
        raise ApiError(409, "Git Repository is empty.") from None
    skip, size = call.window()
    listed = await history(found, [tip], most=size, skip=skip)
    return web.json_response([shapes.commit(found, one) for one in listed])


async def commit(call: Call) -> web.Response:
    found = call.repository
    [one] = await read_commits(found, [await found.commit_of(call.part("ref"))])
    files = await differences(found, one.parents[0] if one.parents else None, one.sha)
    return web.json_response({**shapes.commit(found, one), **with_files(found, files, one.sha)})


def with_files(found: Repository, files: list[FileDiff], at: str) -> dict[str, Any]:
    added, deleted = sum(one.additions for one in files), sum(one.deletions for one in files)
    return {
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [shapes.changed_file(found, one, at) for one in files],
    }


async def compare(call: Call) -> web.Response:
    """`BASE...HEAD`."""
    found = call.repository
    base_name, dots, head_name = call.part("span").partition("...")
    if not dots:
        raise ApiError(404, "Not Found")
    base, head = await found.commit_of(base_name), await found.commit_of(head_name)
    ahead = await history(found, [head], [base], most=MOST_COMPARED)
    behind = await history(found, [base], [head], most=MOST_COMPARED)
    common = await merge_base(found, base, head)
    files = await differences(found, common, head)
    return web.json_response(
        {
            "status": status_of(ahead, behind),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "merge_base_commit": {"sha": common},
            "commits": [shapes.commit(found, one) for one in reversed(ahead)],
            "files": [shapes.changed_file(found, one, head) for one in files],
        }
    )


def status_of(ahead: list[Commit], behind: list[Commit]) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


async def merge_base(found: Repository, base: str, head: str) -> str:
    """The commit that both have in common; `base` when there is none."""
    try:
        return (await found.git("merge-base", base, head)).strip()
    except GitFailed:
        return base


# -- git's own objects


async def ref(call: Call) -> web.Response:
    found, name = call.repository, f"refs/{call.part('ref')}"
    sha = (await found.refs()).get(name)
    if sha is None:
        raise ApiError(404, "Not Found")
    return web.json_response(shapes.ref(found, name, sha, await found.kind(sha)))


async def matching_refs(call: Call) -> web.Response:
    found, start = call.repository, f"refs/{call.part('ref')}"
    refs = {name: sha for name, sha in (await found.refs()).items() if name.startswith(start)}
    return call.listed([shapes.ref(found, name, sha, await found.kind(sha)) for name, sha in refs.items()])


async def make_ref(call: Call) -> web.Response:
    found, body = call.repository, await call.body()
    name, sha = text(body, "ref"), text(body, "sha")
    if name in await found.refs():
        raise ApiError(422, "Reference already exists")
    await found.set_ref(name, sha, actor=call.login)
    return web.json_response(shapes.ref(found, name, sha, "commit"), status=201)


async def move_ref(call: Call) -> web.Response:
    found, body = call.repository, await call.body()
    name, sha = f"refs/{call.part('ref')}", text(body, "sha")
    before = (await found.refs()).get(name)
    if before is None:
        raise ApiError(422, "Reference does not exist")
    wanted = await found.commit_of(sha)
    if body.get("force") is not True and not await found.is_ancestor(before, wanted):
        raise ApiError(422, "Update is not a fast forward")
    await found.set_ref(name, wanted, actor=call.login)
    return web.json_response(shapes.ref(found, name, wanted, "commit"))


async def delete_ref(call: Call) -> web.Response:
    found, name = call.repository, f"refs/{call.part('ref')}"
    if name not in await found.refs():
        raise ApiError(422, "Reference does not exist")
    if name == BRANCHES + found.default_branch:
        raise ApiError(422, "Cannot delete the default branch")
    await found.set_ref(name, None, actor=call.login)
    return web.Response(status=204)


async def git_commit(call: Call) -> web.Response:
    found = call.repository
    [one] = await read_commits(found, [await found.commit_of(call.part("sha"))])
    return web.json_response(shapes.git_commit(found, one))


async def git_tree(call: Call) -> web.Response:
    found = call.repository
    sha = call.part("sha")
    if not (is_sha(sha) and await found.kind(sha) == "tree"):
        sha = await found.resolve(await found.commit_of(sha) + "^{tree}")
    entries = await found.entries(sha, recursive=bool(call.query("recursive")))
    listed = [
        {"path": one.path, "mode": one.mode, "type": one.type, "sha": one.sha, "size": one.size} for one in entries
    ]
    return web.json_response({"sha": sha, "tree": listed, "truncated": False})
