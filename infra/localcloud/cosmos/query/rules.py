"""What the service refuses to answer for want of an index."""

from typing import TYPE_CHECKING, Any

import orjson

from ..errors import CosmosError, bad_request, said
from .computed import own_path
from .question import Question

if TYPE_CHECKING:
    from ..container import Container

NO_COMPOSITE = "The order by query does not have a corresponding composite index that it can be served from."
EXCLUDED_ORDER = "The index path corresponding to the specified order-by item is excluded."
NO_INDEX = (
    "An invalid query has been specified with filters against path(s) that are not range-indexed. "
    "Consider adding allow scan header in the request."
)

CROSS_PARTITION = (
    "The provided cross partition query can not be directly served by the gateway. This is a first chance (internal) "
    "exception that all newer clients will know how to handle gracefully. This exception is traced, but unless you "
    "see it bubble up as an exception (which only happens on older SDK clients), then you can safely ignore this "
    "message."
)


def check(container: "Container", question: Question, *, by_id: bool) -> None:
    """CosmosError 400 for an ORDER BY without its index, and for a filter in a container without an index unless the
    request allows scans. `by_id`: the query names the ids and keys of its items, which needs none."""
    index, order = container.index, question.program.order
    if not index.on:
        if (question.query.where is not None and not (question.scan or by_id)) or order:
            raise bad_request(NO_INDEX)
        return
    if len(order) > 1 and not index.serves_order([(own_path(one.path), one.descending) for one in order]):
        raise bad_request(NO_COMPOSITE)
    if len(order) == 1 and not index.includes(own_path(order[0].path)):
        raise bad_request(EXCLUDED_ORDER)


def needs_client(plan: dict[str, Any]) -> CosmosError:
    """The gateway leaves the query to the client: 400/1004, upon which SDKs ask for a plan, or use the one in it."""
    told = orjson.dumps(plan).decode()
    return CosmosError(400, None, said(CROSS_PARTITION), 1004, more={"additionalErrorInfo": told})
