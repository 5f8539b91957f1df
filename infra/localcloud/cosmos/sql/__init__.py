"""The SQL of Azure Cosmos DB for NoSQL, pure: text to syntax tree, to closures over documents, to the gateway's plan.

`parse` gives the tree of a text, `compile` a `Program` for documents, `plan` what the gateway tells a client that
fans a query out, and `condition` the filter of a patch. Every refusal is a `SqlError` in the service's words.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from localcloud.cosmos.sql.conditions import Condition, key_values
from localcloud.cosmos.sql.errors import SqlError
from localcloud.cosmos.sql.parser import parse
from localcloud.cosmos.sql.plan import known_by, needs_plan, plan
from localcloud.cosmos.sql.program import Collector, Order, Program
from localcloud.cosmos.sql.program import compile_query as compile
from localcloud.cosmos.sql.syntax import Query

__all__ = [
    "Collector",
    "Condition",
    "Order",
    "Program",
    "Query",
    "SqlError",
    "compile",
    "condition",
    "key_values",
    "known_by",
    "needs_plan",
    "parse",
    "plan",
]


def condition(text: str, parameters: Mapping[str, Any], now: datetime | None = None) -> Callable[[Any], bool]:
    """The test of a document that a patch's condition makes: `from c where ...`, or a whole query.

    SqlError when the text is none.
    """
    written = text if text.lstrip()[:6].lower() == "select" else f"SELECT * {text}"
    return compile(parse(written), parameters, now or datetime.now(timezone.utc)).matches
