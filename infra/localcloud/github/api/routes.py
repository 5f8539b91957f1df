"""Which handler answers which address."""

from typing import TYPE_CHECKING

from aiohttp import web

from localcloud.messages import _

from . import actions, contents, pulls, repositories, statuses
from .call import ApiError, Call, Handler, guarded

if TYPE_CHECKING:
    from ..forge import Forge

ROOT = "/api/v3"
REPOSITORY = "/repos/{owner}/{repo}"
ENVIRONMENT = "/environments/{environment}"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/branches", repositories.branches),
    ("GET", "/branches/{branch:.+}", repositories.branch),
    ("GET", "/tags", repositories.tags),
    ("GET", "/commits", repositories.commits),
    ("GET", "/commits/{ref:.+}/status", statuses.combined),
    ("GET", "/commits/{ref:.+}/statuses", statuses.listed),
    ("GET", "/commits/{ref:.+}", repositories.commit),
    ("GET", "/compare/{span:.+}", repositories.compare),
    ("GET", "/statuses", statuses.of_many),
    ("POST", "/statuses/{sha}", statuses.make),
    ("GET", "/contents{path:(?:/.*)?}", contents.get),
    ("PUT", "/contents/{path:.+}", contents.put),
    ("DELETE", "/contents/{path:.+}", contents.delete),
    ("GET", "/git/ref/{ref:.+}", repositories.ref),
    ("GET", "/git/refs/{ref:.+}", repositories.ref),
    ("GET", "/git/matching-refs/{ref:.*}", repositories.matching_refs),
    ("POST", "/git/refs", repositories.make_ref),
    ("PATCH", "/git/refs/{ref:.+}", repositories.move_ref),
    ("DELETE", "/git/refs/{ref:.+}", repositories.delete_ref),
    ("GET", "/git/commits/{sha}", repositories.git_commit),
    ("GET", "/git/trees/{sha:.+}", repositories.git_tree),
    ("GET", "/git/blobs/{sha}", contents.blob),
    ("GET", "/pulls", pulls.listed),
    ("POST", "/pulls", pulls.make),
    ("GET", "/pulls/{number}", pulls.show),
    ("PATCH", "/pulls/{number}", pulls.change),
    ("GET", "/pulls/{number}/files", pulls.files),
    ("GET", "/pulls/{number}/commits", pulls.commits),
    ("GET", "/pulls/{number}/merge", pulls.is_merged),
    ("PUT", "/pulls/{number}/merge", pulls.merge),
    ("GET", "/actions/runs", actions.runs),
    ("GET", "/actions/runs/{number}", actions.run),
    ("GET", "/actions/runs/{number}/jobs", actions.jobs),
    ("POST", "/actions/runs/{number}/{act:rerun|cancel}", actions.act),
    ("POST", "/actions/workflows/{workflow:.+}/dispatches", actions.dispatch),
    ("GET", "/environments", actions.environments),
    ("GET", ENVIRONMENT, actions.environment),
    ("PUT", ENVIRONMENT, actions.put_environment),
    *(
        route
        for place in ("/actions", ENVIRONMENT)
        for route in (
            ("GET", place + "/secrets", actions.secrets),
            ("PUT", place + "/secrets/{name}", actions.put_secret),
            ("DELETE", place + "/secrets/{name}", actions.delete_secret),
            ("GET", place + "/variables", actions.variables),
            ("POST", place + "/variables", actions.make_variable),
            ("GET", place + "/variables/{name}", actions.variable),
            ("PATCH", place + "/variables/{name}", actions.change_variable),
            ("DELETE", place + "/variables/{name}", actions.delete_variable),
        )
    ),
)


def rest_routes(forge: "Forge") -> list[web.RouteDef]:
    """All routes of the REST API of a forge."""
    all_routes = (
        ("GET", "/user", repositories.me),
        ("GET", "/user/repos", repositories.mine),
        ("GET", REPOSITORY, repositories.show),
        *((method, REPOSITORY + path, handler) for method, path, handler in ROUTES),
        ("*", "{path:.*}", unknown),
    )
    return [web.route(method, ROOT + path, guarded(forge, handler)) for method, path, handler in all_routes]


async def unknown(call: Call) -> web.Response:
    """What GitHub may have and we have not."""
    path = call.request.path.removeprefix(ROOT)
    raise ApiError(
        404, _("Not Found: the local GitHub has no {method} {path}.").format(method=call.request.method, path=path)
    )
