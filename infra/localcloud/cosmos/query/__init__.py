"""Queries over a container: `ask` understands a request, `narrowed` finds where to look, `answer` makes a page."""

from typing import TYPE_CHECKING, Any

from .. import sql
from ..physics import charges
from . import access, metrics, plans, rules
from .access import narrowed
from .computed import as_bad_request
from .execution import Execution
from .page import Page
from .question import Question, ask
from .scope import Scope, Span

if TYPE_CHECKING:
    from ..container import Container
    from ..exchange import Request

__all__ = ["Page", "Question", "Scope", "Span", "answer", "ask", "narrowed", "plan"]

QUERY_METRICS, INDEX_METRICS = "x-ms-documentdb-query-metrics", "x-ms-cosmos-index-utilization"


async def answer(
    container: "Container", scope: Scope, question: Question, request: "Request", *, relaxed: bool = False
) -> Page:
    """Runs the query that `ask` understood over a scope that `narrowed` may have made smaller. CosmosError 400 for a
    query that cannot be, 400/1004 for one that Azure leaves to the client (never when `relaxed`)."""
    try:
        if scope.across and not relaxed and sql.needs_plan(question.original):
            raise rules.needs_client(plans.made(container, question, plans.EVERY_FEATURE))
        question.go_on()
        rules.check(container, question, by_id=access.points_of(container, question) is not None)
        execution = Execution(container, scope, question)
        page = await execution.run()
    except sql.SqlError as error:
        raise as_bad_request(error) from error
    page.charges = execution.reader.tally.charges(question.program.predicates)
    if not page.charges and scope.partitions:  # it was known that there is nothing
        page.charges = {scope.partitions[0].id: charges.query(predicates=question.program.predicates)}
    if request.flag("x-ms-documentdb-populatequerymetrics"):
        page.headers[QUERY_METRICS] = metrics.query_metrics(execution)
    if request.flag("x-ms-cosmos-populateindexmetrics"):
        page.headers[INDEX_METRICS] = metrics.index_metrics(container, question)
    return page


async def plan(container: "Container", request: "Request", now: float) -> dict[str, Any]:
    """The query plan for the SDK's fan-out; CosmosError 400 for a query that the client cannot run."""
    return plans.plan(container, request, now)
