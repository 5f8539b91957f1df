"""The query plan that the gateway gives to a client which fans a query out over the physical partitions."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .. import sql
from . import access, rules
from .computed import as_bad_request
from .question import Question, ask

if TYPE_CHECKING:
    from ..container import Container
    from ..exchange import Request

FEATURES = "x-ms-cosmos-supported-query-features"
EVERY_FEATURE = frozenset(
    ("Aggregate", "CompositeAggregate", "CountIf", "Distinct", "GroupBy", "MultipleAggregates", "MultipleOrderBy",
     "NonValueAggregate", "OffsetAndLimit", "OrderBy", "Top")
)  # fmt: skip


def plan(container: "Container", request: "Request", now: float) -> dict[str, Any]:
    """CosmosError 400 for a query that the client cannot run, or the service."""
    question = ask(container, request, now)
    rules.check(container, question, by_id=False)
    supported = {one.strip() for one in request.headers.get(FEATURES, "").split(",")}
    try:
        return made(container, question, supported)
    except sql.SqlError as error:
        raise as_bad_request(error) from error


def made(container: "Container", question: Question, supported: Collection[str]) -> dict[str, Any]:
    """The plan for a client that supports these features; SqlError for one that it cannot run."""
    program = sql.compile(question.original, question.parameters, question.at)
    return sql.plan(program, supported, _ranges(container, access.key_spans(container, question)))


def _ranges(container: "Container", spans: list[tuple[bytes, bytes]] | None) -> list[dict[str, Any]]:
    """The ranges of effective keys that can hold answers: for a client those of whole partitions are enough."""
    if spans is None:
        return [{"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}]
    return [
        {
            "min": one.low.hex().upper(), "max": one.high.hex().upper(), "isMinInclusive": True,
            "isMaxInclusive": False,
        }
        for one in container.partitions
        if any(one.low < high and low < one.high for low, high in spans)
    ]  # fmt: skip
