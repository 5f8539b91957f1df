"""What is said of commits."""

from aiohttp import web

from .. import shapes
from ..models import STATES, Status
from .call import ApiError, Call, text

LONGEST = 1_000


async def make(call: Call) -> web.Response:
    found, body = call.repository, await call.body()
    sha = await found.commit_of(call.part("sha"))
    state = next((one for one in STATES if one == body.get("state")), None)
    if state is None:
        raise ApiError(422, "Validation Failed", [{"field": "state", "code": "invalid"}])
    status = Status(
        text(body, "context", "default")[:LONGEST],
        state,
        text(body, "description", "")[:LONGEST],
        text(body, "target_url", "")[:LONGEST],
        call.login,
        found.now(),
    )
    found.set_status(sha, status)
    return web.json_response(shapes.status(found, sha, status), status=201)


async def listed(call: Call) -> web.Response:
    found = call.repository
    sha = await found.commit_of(call.part("ref"))
    return call.listed([shapes.status(found, sha, one) for one in reversed(found.statuses.get(sha, []))])


async def of_many(call: Call) -> web.Response:
    """Ours: the statuses of many commits at once, by their full ids; `sha` may come again and again."""
    found = call.repository
    shas = call.request.query.getall("sha", [])
    return web.json_response(
        {sha: [shapes.status(found, sha, one) for one in found.statuses.get(sha, [])] for sha in shas}
    )


async def combined(call: Call) -> web.Response:
    found = call.repository
    sha = await found.commit_of(call.part("ref"))
    return web.json_response(shapes.combined_status(found, sha, found.statuses.get(sha, [])))
