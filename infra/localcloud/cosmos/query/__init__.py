"""Queries over a container: one call, `answer`, in which a query request becomes a page."""

import time
from typing import TYPE_CHECKING, Any

from .. import sql
from ..physics import charges
from . import access, metrics, plans, rules
from .computed import as_bad_request
from .execution import Execution
from .page import Page
from .question import ask
from .scope import Scope, Span

if TYPE_CHECKING:
    from ..container import Container
    from ..exchange import Request

__all__ = ["Page", "Scope", "Span", "answer", "plan"]

QUERY_METRICS, INDEX_METRICS = "x-ms-documentdb-query-metrics", "x-ms-cosmos-index-utilization"


async def answer(
    container: "Container", scope: Scope, request: "Request", now: float, *, relaxed: bool = False
) -> Page:
    """Runs the query in `request`'s body; `now` in epoch seconds decides what has expired. CosmosError 400 for a
    query that cannot be, 400/1004 for one that Azure leaves to the client (never when `relaxed`)."""
    started = time.perf_counter()
    question = ask(container, request, now)
    try:
        if scope.key is None and scope.partition is None and not relaxed and sql.needs_plan(question.original):
            raise rules.needs_client()
        rules.check(container, question, by_id=access.points_of(container, question) is not None)
        compiled = time.perf_counter() - started
        execution = Execution(container, scope, question, now)
        page = await execution.run()
    except sql.SqlError as error:
        raise as_bad_request(error) from error
    page.charges = execution.reader.tally.charges(question.program.predicates)
    if not page.charges and scope.partitions:  # it was known that there is nothing
        page.charges = {scope.partitions[0].id: charges.query(predicates=question.program.predicates)}
    if request.flag("x-ms-documentdb-populatequerymetrics"):
        page.headers[QUERY_METRICS] = metrics.query_metrics(execution, compiled)
    if request.flag("x-ms-cosmos-populateindexmetrics"):
        page.headers[INDEX_METRICS] = metrics.index_metrics(container, question)
    return page


async def plan(container: "Container", request: "Request", now: float) -> dict[str, Any]:
    """The query plan for the SDK's fan-out; CosmosError 400 for a query that the client cannot run."""
    return plans.plan(container, request, now)
