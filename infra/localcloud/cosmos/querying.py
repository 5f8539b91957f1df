"""Query requests: on items, handed to `cosmos.query`, and on the few resources that the SDK queries."""

from . import query
from .account import Account
from .errors import bad_request
from .exchange import Answer, Request
from .items import container_of, data_headers, documents
from .scoping import scope


async def run(account: Account, request: Request) -> Answer:
    """A page of a query on items."""
    container = container_of(account, request)
    where = scope(account, container, request)
    if where.key is None and where.partition is None and not crossing(request):
        raise bad_request(
            "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to "
            "true, specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception."
        )
    page = await query.answer(container, where, request, account.clock(), relaxed=account.relaxed)
    charge = round(sum(page.charges.values()), 2)
    partitions = {one.id: one for one in where.partitions}
    for name, part in page.charges.items():
        account.physics.spend(
            container, partitions[name], request.headers.get("x-ms-documentdb-partitionkey"), part, "query"
        )
    headers = data_headers(container, next(iter(page.charges), container.partitions[0].id), charge) | page.headers
    if page.continuation:
        headers["x-ms-continuation"] = page.continuation
    return documents(container, page.rows, headers)


async def plan(account: Account, request: Request) -> Answer:
    """The plan of a query that the SDK runs itself, over all partitions."""
    return Answer.of(await query.plan(container_of(account, request), request))


def crossing(request: Request) -> bool:
    return request.flag("x-ms-documentdb-query-enablecrosspartition")
