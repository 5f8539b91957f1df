"""What each of DynamoDB's operations on items costs: the meter asks here, and passes the request on in doing so."""

import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .capacity import Table, Units, fetched, queried, read, written
from .sizes import Item, item_size

if TYPE_CHECKING:
    from .meter import Meter

Body = dict[str, Any]
Headers = Mapping[str, str]
NAME = re.compile(r"[#:]\w+")
# What narrows an answer, but not what is read for it.
NARROWING = (
    "FilterExpression", "ProjectionExpression", "Select", "QueryFilter", "ScanFilter", "AttributesToGet",
    "ConditionalOperator", "ReturnConsumedCapacity",
)  # fmt: skip


class Unmeasured(ValueError):
    """A request that cannot be measured; the text says why."""


@dataclass(frozen=True)
class Measure:
    """An answer of moto, and what it cost: by table, and by partition key."""

    status: int
    answer: dict[str, Any]
    headers: Headers
    tables: Mapping[str, Units]
    keys: Mapping[str, float]


class _Sum:
    """Units of one request, as they come together."""

    def __init__(self) -> None:
        self.tables: dict[str, Units] = {}
        self.keys: defaultdict[str, float] = defaultdict(float)

    def add(self, table: Table, units: Units, key: Item | None) -> None:
        self.tables[table.name] = self.tables.get(table.name, Units(0.0)) + units
        if key is not None:
            self.keys[key_text(table, key)] += units.total


def key_text(table: Table, key: Item) -> str:
    """A partition key's value as JSON text."""
    value = key.get(table.keys[0])
    return json.dumps(next(iter(value.values())) if value else None, ensure_ascii=False)


async def keys_of(meter: "Meter", operation: str, body: Body, headers: Headers) -> dict[str, float]:
    """The partition keys that a request on named items wants (a query's too), each with 0 units; KeyError, TypeError,
    ValueError or AttributeError for a body that is not of the operation's form."""
    found: dict[str, float] = {}
    for name, key in _named(operation, body):
        table = await meter.table(name, headers)
        if table:
            found[key_text(table, key)] = 0.0
    if operation == "Query":
        table = await meter.table(body["TableName"], headers)
        if table and (text := _queried_key(table, body)):
            found[text] = 0.0
    return found


def _named(operation: str, body: Body) -> list[tuple[str, Item]]:
    """(table, key or item) of every item that a request names."""
    match operation:
        case "PutItem":
            return [(body["TableName"], body["Item"])]
        case "GetItem" | "UpdateItem" | "DeleteItem":
            return [(body["TableName"], body["Key"])]
        case "BatchGetItem":
            return [(name, key) for name, one in body["RequestItems"].items() for key in one["Keys"]]
        case "BatchWriteItem":
            return [(name, _batch_key(one)) for name, ones in body["RequestItems"].items() for one in ones]
        case "TransactWriteItems" | "TransactGetItems":
            return [_transacted(one) for one in body["TransactItems"]]
    return []


def _batch_key(one: Mapping[str, Any]) -> Item:
    item: Item = one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]
    return item


def _transacted(one: Mapping[str, Any]) -> tuple[str, Item]:
    (action,) = one.values()
    return action["TableName"], action["Item"] if "Item" in action else action["Key"]


async def _get(meter: "Meter", table: Table, key: Item, headers: Headers) -> Item | None:
    body = {"TableName": table.name, "Key": table.key_of(key), "ConsistentRead": True}
    _status, answer, _headers = await meter.ask("GetItem", body, headers)
    found: Item | None = answer.get("Item")
    return found


async def _write(meter: "Meter", operation: str, body: Body, headers: Headers) -> Measure:
    """Puts, updates and deletes, alone or many at once. A condition that does not hold costs as well."""
    transactional = operation == "TransactWriteItems"
    wanted = [(await meter.table(name, headers), key) for name, key in _named(operation, body)]
    known = [(table, key) for table, key in wanted if table]
    before = [await _get(meter, table, key, headers) for table, key in known]
    status, answer, got = await meter.ask(operation, body, headers)
    failed = status != 200 and not str(answer.get("__type", "")).endswith("ConditionalCheckFailedException")
    total = _Sum()
    if not failed or transactional:
        for (table, key), old in zip(known, before, strict=True):
            new = await _get(meter, table, key, headers)
            total.add(table, written(table, old, new, transactional=transactional), key)
    return Measure(status, answer, got, total.tables, dict(total.keys))


async def _read(meter: "Meter", operation: str, body: Body, headers: Headers) -> Measure:
    """Items by their keys, each rounded up by itself; what a projection leaves out is read all the same."""
    status, answer, got = await meter.ask(operation, body, headers)
    total = _Sum()
    if status == 200:
        for name, key in _named(operation, body):
            table = await meter.table(name, headers)
            if table:
                item = await _get(meter, table, key, headers)
                units = read(
                    item_size(item) if item else 0,
                    consistent=_consistent(operation, body, name),
                    transactional=operation == "TransactGetItems",
                )
                total.add(table, Units(units), key)
    return Measure(status, answer, got, total.tables, dict(total.keys))


def _consistent(operation: str, body: Body, table: str) -> bool:
    asked = body["RequestItems"][table] if operation == "BatchGetItem" else body
    return bool(asked.get("ConsistentRead"))


async def _query(meter: "Meter", operation: str, body: Body, headers: Headers) -> Measure:
    """All items that it looked at, in the table or in the index, rounded up once."""
    status, answer, got = await meter.ask(operation, body, headers)
    table = await meter.table(body["TableName"], headers) if isinstance(body.get("TableName"), str) else None
    if status != 200 or table is None:
        return Measure(status, answer, got, {}, {})
    looked_at = await _looked_at(meter, operation, body, headers)
    consistent = bool(body.get("ConsistentRead"))
    index = table.index(body.get("IndexName", ""))
    if index is None:
        units = Units(queried(map(item_size, looked_at), consistent=consistent))
    else:
        entries = [entry for item in looked_at if (entry := table.entry(index, item))]
        beside = fetched(map(item_size, looked_at), consistent=consistent) if _fetches(table, body) else 0.0
        units = Units(beside, {index.name: queried(map(item_size, entries), consistent=consistent)})
    key = _queried_key(table, body) if operation == "Query" else None
    return Measure(status, answer, got, {table.name: units}, {key: units.total} if key else {})


async def _looked_at(meter: "Meter", operation: str, body: Body, headers: Headers) -> list[Item]:
    """The items behind an answer, whole: what the same request gives that leaves nothing out."""
    whole = {name: value for name, value in body.items() if name not in NARROWING and name != "IndexName"}
    if name := body.get("IndexName"):
        whole["IndexName"] = name
    used = set(NAME.findall(str(whole.get("KeyConditionExpression", ""))))
    for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept = {name: value for name, value in (whole.pop(names, None) or {}).items() if name in used}
        if kept:
            whole[names] = kept
    _status, answer, _headers = await meter.ask(operation, whole, headers)
    found: list[Item] = answer.get("Items", [])
    if not body.get("IndexName"):
        return found
    table = await meter.table(body["TableName"], headers)
    assert table
    return [item for one in found if (item := await _get(meter, table, one, headers))]


def _fetches(table: Table, body: Body) -> bool:
    """Whether a query of a local index wants attributes that are not in it."""
    index = table.index(body.get("IndexName", ""))
    if index is None or not index.local or index.projected is None:
        return False
    return body.get("Select") == "ALL_ATTRIBUTES" or bool(body.get("ProjectionExpression"))


def _queried_key(table: Table, body: Body) -> str | None:
    """The value of the partition key that a query names, as JSON text."""
    index = table.index(body.get("IndexName", ""))
    name = (index.keys if index else table.keys)[0]
    values = body.get("ExpressionAttributeValues") or {}
    aliases = {alias: full for alias, full in (body.get("ExpressionAttributeNames") or {}).items()}
    for left, right in re.findall(r"([#\w.-]+)\s*=\s*(:\w+)", str(body.get("KeyConditionExpression", ""))):
        if aliases.get(left, left) == name and right in values:
            return json.dumps(next(iter(values[right].values())), ensure_ascii=False)
    legacy = (body.get("KeyConditions") or {}).get(name)
    if legacy:
        return json.dumps(next(iter(legacy["AttributeValueList"][0].values())), ensure_ascii=False)
    return None


async def _refuse(_meter: "Meter", operation: str, _body: Body, _headers: Headers) -> Measure:
    raise Unmeasured(
        f"{operation} (PartiQL) cannot be measured here: use put_item, update_item, get_item, query and their like."
    )


MEASURED: Mapping[str, Callable[["Meter", str, Body, Headers], Awaitable[Measure]]] = {
    **dict.fromkeys(("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"), _write),
    **dict.fromkeys(("GetItem", "BatchGetItem", "TransactGetItems"), _read),
    **dict.fromkeys(("Query", "Scan"), _query),
    **dict.fromkeys(("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"), _refuse),
}
