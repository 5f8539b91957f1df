"""Pull requests."""

from aiohttp import web

from .. import shapes
from ..commits import history
from ..diffs import differences
from ..models import Pull
from ..pulls import conflict
from ..repository import Repository
from ..writing import BadChange
from .call import ApiError, Call, text
from .repositories import merge_base


async def listed(call: Call) -> web.Response:
    """`state` is open (the default), closed or all; `head` and `base` are branches."""
    found, state = call.repository, call.query("state", "open")
    head, base = call.query("head").rpartition(":")[2], call.query("base")
    pulls = [
        one
        for one in sorted(found.pulls.values(), key=lambda one: -one.number)
        if state in ("all", one.state) and head in ("", one.head) and base in ("", one.base)
    ]
    return call.listed([await shapes.pull(found, one) for one in pulls])


async def make(call: Call) -> web.Response:
    found, body = call.repository, await call.body()
    head, base = text(body, "head"), text(body, "base", found.default_branch)
    pull = await found.open_pull(head, base, text(body, "title", ""), body=text(body, "body", ""), author=call.login)
    return web.json_response(await shapes.pull(found, pull), status=201)


async def show(call: Call) -> web.Response:
    found = call.repository
    return web.json_response(await details(found, found.pull(call.number("number"))))


async def details(found: Repository, pull: Pull) -> shapes.Shape:
    """A pull request alone says more than one of a list."""
    files = await differences(found, await start_of(found, pull), pull.head_sha)
    commits = await history(found, [pull.head_sha], [pull.base_sha])
    return {
        **await shapes.pull(found, pull),
        "commits": len(commits),
        "additions": sum(one.additions for one in files),
        "deletions": sum(one.deletions for one in files),
        "changed_files": len(files),
        "conflicts": list(pull.conflicts),  # ours
    }


async def start_of(found: Repository, pull: Pull) -> str:
    """The commit that the changes of a pull request are counted from."""
    return await merge_base(found, pull.base_sha, pull.head_sha)


async def change(call: Call) -> web.Response:
    """`title`, `body`, and `state`: closed or open."""
    found, body = call.repository, await call.body()
    pull = found.pull(call.number("number"))
    state = text(body, "state", pull.state)
    if state not in ("open", "closed"):
        raise ApiError(422, "Validation Failed", [{"field": "state", "code": "invalid"}])
    pull.title, pull.body = text(body, "title", pull.title), text(body, "body", pull.body)
    found.note_pull(pull)
    if state != pull.state:
        await (found.close if state == "closed" else found.reopen)(pull.number, actor=call.login)
    return web.json_response(await details(found, pull))


async def files(call: Call) -> web.Response:
    found = call.repository
    pull = found.pull(call.number("number"))
    listed = await differences(found, await start_of(found, pull), pull.head_sha)
    return call.listed([shapes.changed_file(found, one, pull.head_sha) for one in listed])


async def commits(call: Call) -> web.Response:
    found = call.repository
    pull = found.pull(call.number("number"))
    listed = await history(found, [pull.head_sha], [await start_of(found, pull)])
    return call.listed([shapes.commit(found, one) for one in reversed(listed)])


async def is_merged(call: Call) -> web.Response:
    merged = call.repository.pull(call.number("number")).merged
    return web.Response(status=204) if merged else ApiError(404, "Not Found").answer()


async def merge(call: Call) -> web.Response:
    """With a merge commit: squash and rebase are switched off in this repository."""
    found, body = call.repository, await call.body()
    pull = found.pull(call.number("number"))
    if text(body, "merge_method", "merge") != "merge":
        raise ApiError(405, "Only merge commits are allowed on this repository.")
    if body.get("sha") not in (None, pull.head_sha):
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    if pull.state == "open" and pull.merge_sha is None:
        raise ApiError(405, conflict(pull, pull.conflicts))
    try:
        title, message = text(body, "commit_title", ""), text(body, "commit_message", "")
        sha = await found.merge(pull.number, title=title, message=message, actor=call.login)
    except BadChange as error:
        raise ApiError(405, str(error)) from None
    return web.json_response({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
