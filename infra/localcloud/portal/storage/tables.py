"""The tables of the camp and their entities."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.messages import _

from ..guard import Refused
from .account import TABLES, Account, asked
from .entities import entity_of, json_of

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

MOST_TABLES = 500
A_PAGE = 50


class Tables:
    """Acts on the tables of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def all(self) -> list[str]:
        async with asked(TABLES):
            return [one.name async for one in self._account.tables.list_tables()][:MOST_TABLES]

    async def create(self, table: str) -> None:
        async with asked(TABLES):
            await self._account.tables.create_table(table)

    async def page(self, table: str, query: str, after: str | None) -> dict[str, Any]:
        """The entities that an OData filter selects (all without one), from `after` on; `next` is where it goes on."""
        place = _place(after)
        async with asked(TABLES):
            client = self._table(table)
            if query:
                found = client.query_entities(query, results_per_page=A_PAGE)
            else:
                found = client.list_entities(results_per_page=A_PAGE)
            pages = found.by_page(place)  # type: ignore[arg-type]  # the SDK's tokens of tables are dictionaries
            try:
                entities = [_facts(one) async for one in await anext(pages)]
            except StopAsyncIteration:
                entities = []
        token = getattr(pages, "continuation_token", None)
        return {"entities": entities, "next": json.dumps(token) if token else None}

    async def add(self, table: str, given: Mapping[str, Any]) -> None:
        """A new entity; refused when there is one with its keys."""
        async with asked(TABLES):
            await self._table(table).create_entity(entity_of(given))

    async def replace(self, table: str, given: Mapping[str, Any], etag: str) -> None:
        """Another content for the entity; refused when it was changed since `etag`."""
        async with asked(TABLES):
            from azure.core import MatchConditions
            from azure.data.tables import UpdateMode

            await self._table(table).update_entity(
                entity_of(given), UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
            )

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        async with asked(TABLES):
            await self._table(table).delete_entity(partition_key, row_key)

    def _table(self, table: str) -> "TableClient":
        return self._account.tables.get_table_client(table)


def _place(after: str | None) -> dict[str, Any] | None:
    """Where a page begins, as the page before told it."""
    if not after:
        return None
    try:
        found = json.loads(after)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or set(found) != {"PartitionKey", "RowKey"}:
        raise Refused(400, _("There is no such page."))
    return found


def _facts(entity: Any) -> dict[str, Any]:
    changed = entity.metadata.get("timestamp")
    return {
        "entity": json_of(entity),
        "etag": entity.metadata["etag"],
        "changed": changed.timestamp() if changed else None,
    }
