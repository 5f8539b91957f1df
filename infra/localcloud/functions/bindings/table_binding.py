"""The table bindings, plugged into the host."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.data.tables import TableErrorCode

from ..loading.settings import connection
from ..record import written
from ..worker.values import Value
from .storage_clients import clients_of
from .table_entity import TableError, check_table, entities_of, filter_of, json_of, taken

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

    from ..invocation import Invocation

MOST_IN_A_BATCH = 100


async def read(invocation: "Invocation", binding: dict[str, Any]) -> Value:
    """What an input binding gives: the table's entities, as a JSON array. `row_key` counts for nothing, as on Azure."""
    table = _table(invocation, binding)
    query, most = filter_of(binding), taken(binding)
    found: list[Any] = []
    try:
        entities = table.query_entities(query, results_per_page=most) if query else table.list_entities()
        async for entity in entities:
            found.append(entity)
            if len(found) == most:
                break
    except HttpResponseError as error:
        raise TableError(_first_line(error)) from error
    return Value("json", json_of(found))


async def write(invocation: "Invocation", binding: dict[str, Any], value: Value) -> None:
    """Inserts what a function gave, a partition at a time; a key that is there already fails the invocation."""
    table = _table(invocation, binding)
    entities = entities_of(value, binding)
    for _partition, group in groupby(entities, lambda one: one[0]["PartitionKey"]):
        rows = list(group)
        for start in range(0, len(rows), MOST_IN_A_BATCH):
            await _insert(table, rows[start : start + MOST_IN_A_BATCH])
    for entity, _replaces in entities:
        written(
            invocation, binding, table.table_name, table=table.table_name,
            partition_key=entity["PartitionKey"], row_key=entity["RowKey"],
        )  # fmt: skip


async def _insert(table: "TableClient", rows: list[tuple[dict[str, Any], bool]], *, made: bool = False) -> None:
    """One transaction; the table is made, once, when it is missing."""
    operations: list[Any] = [
        ("upsert", entity, {"mode": "replace"}) if replaces else ("create", entity) for entity, replaces in rows
    ]
    try:
        await table.submit_transaction(operations)
    except HttpResponseError as error:
        if made or getattr(error, "error_code", None) != TableErrorCode.TABLE_NOT_FOUND:
            raise TableError(_first_line(error)) from error
        await _make(table)
        await _insert(table, rows, made=True)


async def _make(table: "TableClient") -> None:
    try:
        await table.create_table()
    except ResourceExistsError:
        return


def _table(invocation: "Invocation", binding: dict[str, Any]) -> "TableClient":
    host, name = invocation.host, str(binding.get("tableName") or "")
    check_table(name)
    where = connection(binding.get("connection"), host.settings, "table")
    return clients_of(host).tables(where).get_table_client(name)


def _first_line(error: HttpResponseError) -> str:
    return str(error.message or error).strip().splitlines()[0]
