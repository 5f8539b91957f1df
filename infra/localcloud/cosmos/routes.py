"""Which handler answers which method and path."""

from collections.abc import Awaitable, Callable

from . import batch, changefeed, containers, databases, items, metadata, patching, querying, resources
from .account import Account
from .errors import CosmosError, not_found, said
from .exchange import Request, Response
from .physics import offer_feed

Handler = Callable[[Account, Request], "Response | Awaitable[Response]"]
IS_PLAN = "x-ms-cosmos-is-query-plan-request"
IS_BATCH = "x-ms-cosmos-is-batch-request"


def post_documents(account: Account, request: Request) -> Response | Awaitable[Response]:
    """The four things that a POST to `docs` can be."""
    if request.flag(IS_PLAN):
        return querying.plan(account, request)
    if metadata.is_query(request):
        return querying.run(account, request)
    if request.flag(IS_BATCH):
        return batch.run(account, request)
    return items.create(account, request)


def get_documents(account: Account, request: Request) -> Response | Awaitable[Response]:
    if "a-im" in request.headers:
        return changefeed.read(account, request)
    return items.listed(account, request)


async def post_databases(account: Account, request: Request) -> Response:
    handler = databases.listed if metadata.is_query(request) else databases.create
    return await handler(account, request)


async def post_containers(account: Account, request: Request) -> Response:
    handler = containers.listed if metadata.is_query(request) else containers.create
    return await handler(account, request)


async def offers(account: Account, request: Request) -> Response:
    return await offer_feed.answer(account, request)


ROUTES: dict[str, dict[str, Handler]] = {
    "": {"GET": databases.read_account},
    "dbs": {"POST": post_databases, "GET": databases.listed},
    "dbs/*": {"GET": databases.read, "DELETE": databases.delete},
    "dbs/colls": {"POST": post_containers, "GET": containers.listed},
    "dbs/colls/*": {"GET": containers.read, "PUT": containers.replace, "DELETE": containers.delete},
    "dbs/colls/pkranges": {"GET": containers.ranges},
    "dbs/colls/docs": {"POST": post_documents, "GET": get_documents},
    "dbs/colls/docs/*": {"GET": items.read, "PUT": items.replace, "DELETE": items.delete, "PATCH": patching.patch},
    "dbs/colls/operations/*": {"POST": items.delete_key},
    "dbs/colls/conflicts": {"POST": resources.listed, "GET": resources.listed},
    "offers": {"POST": offers, "GET": offers},
    "offers/*": {"GET": offers, "PUT": offers},
}
for kind in ("users", "users/permissions", "colls/sprocs", "colls/triggers", "colls/udfs"):
    ROUTES[f"dbs/{kind}"] = {"POST": resources.post, "GET": resources.listed}
    ROUTES[f"dbs/{kind}/*"] = {"GET": resources.get, "PUT": resources.put, "DELETE": resources.delete}
ROUTES["dbs/colls/sprocs/*"]["POST"] = resources.execute


def shape(segments: list[str]) -> str:
    """The kinds along a path, `*` where it ends in a name: `dbs/colls/docs/*`."""
    kinds = "/".join(segments[::2])
    return kinds if len(segments) % 2 or not segments else kinds + "/*"


def find(request: Request) -> Handler:
    """CosmosError 404 for no resource, 405 for a method that it has not."""
    methods = ROUTES.get(shape(request.segments))
    if methods is None:
        raise not_found()
    if request.method not in methods:
        allowed = {"allow": ", ".join(sorted(methods))}
        raise CosmosError(405, None, said("The requested verb is not supported."), headers=allowed)
    return methods[request.method]
