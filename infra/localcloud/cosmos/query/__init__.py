"""Queries over a container: one call, `answer`, in which a query request becomes a page."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ..errors import bad_request

if TYPE_CHECKING:
    from ..container import Container
    from ..exchange import Request
    from ..physics.partitions import Partition

Span = tuple[bytes, bytes]


@dataclass(frozen=True)
class Scope:
    """Where a query looks: effective keys in `spans` (lower end in, upper end out, sorted), which lie in `partitions`.

    `key` is the full partition key of the header; `partition` the range that the client asked for, None when the
    gateway chose. Both None is a query across partitions.
    """

    spans: tuple[Span, ...]
    partitions: tuple["Partition", ...]
    key: tuple[Any, ...] | None = None
    partition: "Partition | None" = None


@dataclass
class Page:
    """Rows as JSON, in order, what continues them, the charge in RU by partition id, and headers of their own."""

    rows: list[bytes]
    continuation: str | None = None
    charges: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


async def answer(
    container: "Container", scope: Scope, request: "Request", now: float, *, relaxed: bool = False
) -> Page:
    """Runs the query in `request`'s body; `now` in epoch seconds decides what has expired. CosmosError 400 for a
    query that cannot be."""
    text = request.object().get("query")
    if not isinstance(text, str) or " ".join(text.lower().split()) != "select * from c":
        raise bad_request("Only SELECT * FROM c is answered.")
    n = container.number
    rows = [
        row[0]
        for low, high in scope.spans
        for row in container.store.execute(
            f"SELECT body FROM docs_{n} WHERE epk>=? AND epk<? AND (expires IS NULL OR expires>?)", (low, high, now)
        )
    ]
    return Page(rows, charges={one.id: 2.3 for one in scope.partitions})


async def plan(container: "Container", request: "Request") -> dict[str, Any]:
    """The query plan for the SDK's fan-out; CosmosError 400 for a query that the client cannot run."""
    raise bad_request(orjson.dumps({"errors": []}).decode())
