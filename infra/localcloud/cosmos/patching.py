"""Patch requests: `{"operations": [...], "condition": "from c where ..."}` on one item, or the operations alone."""

from collections.abc import Awaitable
from typing import Any

import orjson

from . import items, writing
from .account import Account
from .container import Container
from .errors import bad_request, not_found, precondition_failed
from .exchange import MOST_NESTING, Request, Response, deeper
from .partition_key import Key
from .patch import patched
from .writing import Change, Wanted


def patch(account: Account, request: Request) -> Response | Awaitable[Response]:
    body = patch_of(request.json())
    return items.write(
        account,
        request,
        lambda container, key: prepare(
            account, container, key, items.item_of(container, request), body, items.wanted(request)
        ),
    )


def patch_of(body: Any) -> dict[str, Any]:
    """The object that a body is, or stands for: a bare array has the operations. CosmosError 400 for anything else."""
    if isinstance(body, list):
        return {"operations": body}
    if not isinstance(body, dict):
        raise bad_request("The request content is invalid. Please check its format and try again.")
    return body


def prepare(
    account: Account, container: Container, key: Key, item: str, body: dict[str, Any], wanted: Wanted
) -> Change:
    """The change that a patch makes; CosmosError 404, 412 (also for a condition that does not hold) or 400."""
    current = writing.live(container.find(container.key.epk(key), item), account.clock())
    if current is None:
        raise not_found()
    document = orjson.loads(current.body)
    condition = body.get("condition")
    if condition is not None:
        if not isinstance(condition, str):
            raise bad_request("The patch condition must be a string.")
        from . import sql  # late: the grammar takes a while

        if not sql.condition(condition, {})(document):
            raise precondition_failed()
    document = patched(document, body.get("operations"), container.key.steps)
    if deeper(document, MOST_NESTING):
        raise bad_request(f"The item would be nested deeper than the allowed {MOST_NESTING} levels.")
    return writing.replace(account, container, key, item, document, wanted, "patch")
