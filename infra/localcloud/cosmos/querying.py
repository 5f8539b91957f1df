"""Query requests: on items, handed to `cosmos.query`, and on the few resources that the SDK queries."""

from .account import Account
from .errors import bad_request
from .exchange import Request, Response
from .items import KEY_HEADER, container_of, data_headers, documents
from .partition_key import as_text
from .scoping import scope


async def run(account: Account, request: Request) -> Response:
    """A page of a query on items."""
    from . import query  # late: a start does not wait for the grammar

    container = container_of(account, request)
    question = query.ask(container, request, account.clock())
    where = query.narrowed(container, scope(account, container, request), question)
    if where.across and not crossing(request):
        raise bad_request(
            "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to "
            "true, specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception."
        )
    key = request.headers.get(KEY_HEADER) or (None if where.key is None else as_text(where.key))
    account.physics.admit(container, where.partitions, key)
    page = await query.answer(container, where, question, request, relaxed=account.relaxed)
    charge = round(sum(page.charges.values()), 2)
    account.physics.admit(container, where.partitions, key)  # others may have spent the budget while it ran
    for partition, part in page.charges.items():
        account.physics.take(container, partition, key, part)
    headers = data_headers(container, next(iter(page.charges), container.partitions[0].id), charge) | page.headers
    if page.continuation:
        headers["x-ms-continuation"] = page.continuation
    return documents(container, page.rows, headers)


async def plan(account: Account, request: Request) -> Response:
    """The plan of a query that the SDK runs itself, over all partitions."""
    from . import query  # late, as above

    return Response.of(await query.plan(container_of(account, request), request, account.clock()))


def crossing(request: Request) -> bool:
    """Whether the request wants all partitions, by the SDKs' header or by the REST reference's."""
    return any(map(request.flag, ("x-ms-documentdb-query-enablecrosspartition", "x-ms-query-enable-crosspartition")))
