"""Queries of the query editor: their rows in pages, and what every physical partition was asked and charged."""

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.messages import _

from ..guard import Refused
from .account import CosmosAccount, asked
from .documents import SYSTEM, sdk_key
from .queryrequests import Requests

A_PAGE = 100
KEPT = 8
MOST_SHOWN = 1024 * 1024


class Queries:
    """Runs queries; keeps the last few open, so that they go on where they were."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account
        self._open: OrderedDict[str, Query] = OrderedDict()

    async def run(
        self,
        database: str,
        container: str,
        text: str,
        parameters: Sequence[Mapping[str, Any]],
        key: Sequence[Any] | None,
    ) -> dict[str, Any]:
        """The first page of a query, over one logical key or all of them."""
        requests = Requests()
        options: dict[str, Any] = {} if key is None else {"partition_key": sdk_key(key)}
        if parameters:
            options["parameters"] = [dict(one) for one in parameters]
        async with asked():
            proxy = await self._account.container(database, container)
            found = proxy.query_items(
                text,
                max_item_count=A_PAGE,
                populate_query_metrics=True,
                populate_index_metrics=True,
                raw_response_hook=requests,
                **options,
            )
        return await self._page(secrets.token_hex(8), Query(found.by_page(), requests))

    async def more(self, name: str) -> dict[str, Any]:
        """The next page of a query that is open."""
        query = self._open.pop(name, None)
        if query is None:
            raise Refused(404, _("This query is no longer open. Run it again."))
        return await self._page(name, query)

    async def _page(self, name: str, query: "Query") -> dict[str, Any]:
        query.requests.begin()
        async with asked():
            rows, ended = await query.next()
        if not ended:
            self._open[name] = query
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
        texts, cut = shown(rows)
        return {"rows": texts, "cut": cut, "more": None if ended else name, **query.requests.told()}


class Query:
    """One query that is open: the SDK's pages, and the requests that it makes for them."""

    def __init__(self, pages: Any, requests: Requests) -> None:
        self._pages = pages
        self.requests = requests

    async def next(self) -> tuple[list[Any], bool]:
        """The rows of the next page, and whether it was the last.

        A merged query's token says nothing of what the SDK has still to give: a full page may have another behind it.
        """
        try:
            rows = [row async for row in await anext(self._pages)]
        except StopAsyncIteration:
            return [], True
        return rows, len(rows) < A_PAGE and not self._pages.continuation_token


def shown(rows: Sequence[Any]) -> tuple[list[str], int]:
    """The rows as indented JSON, and how many were left out because all of them would be too much to show."""
    texts: list[str] = []
    size = 0
    for row in rows:
        text = json.dumps(_plain(row), indent=2, ensure_ascii=False)
        size += len(text)
        if size > MOST_SHOWN and texts:
            break
        texts.append(text)
    return texts, len(rows) - len(texts)


def _plain(row: Any) -> Any:
    """A whole document without the system's own properties; any other row as it is."""
    if isinstance(row, dict) and "_rid" in row and "_self" in row:
        return {name: value for name, value in row.items() if name not in SYSTEM}
    return row
