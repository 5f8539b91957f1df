"""Queries and feeds over the resources that are not items: databases, containers, users, and so on."""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import orjson

from .errors import bad_request
from .exchange import Request, Response, page_size


def answer(request: Request, name: str, parent: str, bodies: Sequence[Any], now: float) -> Response:
    """A page of `bodies`, all or those that a query selects; `name` is the feed's, `parent` a resource id.
    SqlError or CosmosError 400 for a query that cannot be."""
    shown: Sequence[Any] = bodies
    if is_query(request):
        from . import sql  # late: the grammar takes a while

        given = request.object()
        text, parameters = given.get("query"), given.get("parameters") or []
        if not isinstance(text, str):
            raise bad_request("The query is missing.")
        moment = datetime.fromtimestamp(now, timezone.utc)
        shown = list(sql.compile(sql.parse(text), parameters_of(parameters), moment).evaluate(bodies))
    start = request.headers.get("x-ms-continuation", "0")
    if not start.isascii() or not start.isdigit() or len(start) > 9:
        raise bad_request("The continuation token is invalid.")
    end = int(start) + page_size(request)
    page = shown[int(start) : end]
    body = orjson.dumps({"_rid": parent, name: page, "_count": len(page)})
    headers = {"x-ms-item-count": str(len(page))}
    if end < len(shown):
        headers["x-ms-continuation"] = str(end)
    return Response(200, body, headers)


def is_query(request: Request) -> bool:
    """Whether a POST asks, instead of making something."""
    return request.method == "POST" and (
        request.flag("x-ms-documentdb-isquery") or "query+json" in request.headers.get("content-type", "")
    )


def parameters_of(given: Any) -> dict[str, Any]:
    """`[{"name": "@x", "value": ...}]` as a mapping; CosmosError 400 for anything else."""
    if not isinstance(given, list):
        raise bad_request("The query parameters must be an array.")
    found: dict[str, Any] = {}
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise bad_request("A query parameter must have a name.")
        found[one["name"]] = one.get("value")
    return found
