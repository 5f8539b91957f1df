"""Table entities from and to JSON, as the tables extension of the host converts them. Pure."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from localcloud.messages import _

from ..worker.values import Value

KEYS = {"partitionkey": "PartitionKey", "rowkey": "RowKey", "etag": "odata.etag"}
INT64 = range(-(2**63), 2**63)
_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")


class TableError(ValueError):
    """A table's name, an entity or a binding's value is none; the text says why."""


def check_table(name: str) -> None:
    """TableError unless this can be a table's name."""
    if not _TABLE.fullmatch(name) or name.lower() == "tables":
        raise TableError(
            f"'{name}' is not a valid Azure Table name. " + _("Begin with a letter; 3 to 63 letters and digits in all.")
        )


def taken(binding: Mapping[str, Any]) -> int | None:
    """The binding's `take`; None for all entities. TableError when it is no number."""
    given = str(binding.get("take") or 0)
    if not re.fullmatch(r"-?\d{1,9}", given):
        raise TableError(_("take is '{value}'; expected a number of entities.").format(value=given))
    return int(given) if int(given) > 0 else None


def filter_of(binding: Mapping[str, Any]) -> str:
    """The OData query of an input binding: its partition and its filter; empty for all."""
    partition = str(binding.get("partitionKey") or "").replace("'", "''")
    parts = [f"PartitionKey eq '{partition}'"] if partition else []
    given = str(binding.get("filter") or "")
    return " and ".join([*parts, given] if given else parts)


def json_of(entities: list[Mapping[str, Any]]) -> str:
    """What a function gets: a JSON array, without time stamps and ETags."""
    rows = [{name: _plain(value) for name, value in entity.items()} for entity in entities]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def entities_of(value: Value, binding: Mapping[str, Any]) -> list[tuple[dict[str, Any], bool]]:
    """The entities in a function's output, each with whether it replaces what is there (ETag "*").

    The binding's keys are for entities that have none. TableError when the output is none, or a key is missing.
    """
    text = value.value.decode("utf-8", "replace") if isinstance(value.value, bytes) else value.value
    try:
        given = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise TableError(_("The output is not JSON: {error}.").format(error=error)) from error
    rows = given if isinstance(given, list) else [given]
    return [_entity(row, binding) for row in rows]


def _entity(row: Any, binding: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    if not isinstance(row, dict):
        raise TableError(
            _("An entity must be a JSON object, such as {example}; this is {value}.").format(
                example='{"RowKey": "1", "Text": "hi"}', value=json.dumps(row)[:80]
            )
        )
    named = {KEYS.get(str(name).lower(), str(name)): cell for name, cell in row.items()}
    entity = {name: _cell(cell) for name, cell in named.items() if cell is not None}
    replaces = entity.pop("odata.etag", None) == "*"
    for name, fallback in (("PartitionKey", "partitionKey"), ("RowKey", "rowKey")):
        entity[name] = entity.get(name, binding.get(fallback))
        if not isinstance(entity[name], str):
            raise TableError(
                _("An entity has no {name} that is text: set it in the entity, or {option} of the binding.").format(
                    name=name, option="partition_key" if name == "PartitionKey" else "row_key"
                )
            )
    return entity, replaces


def _cell(cell: Any) -> Any:
    """A number is Edm.Int64, an object or a list its JSON text."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        if cell not in INT64:
            raise TableError(_("{value} does not fit into 64 bits.").format(value=cell))
        return cell, "Edm.Int64"
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else cell


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):  # an EntityProperty: value and Edm type
        value = value[0]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
