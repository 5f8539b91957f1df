"""The capacity module beside two others that count capacity: ministack for writes, indexes and transactions, dynalite
for reads. Each of hundreds of random operations must cost the same."""

import base64
import random
from collections import Counter
from typing import Any

import boto3

from localcloud.dynamodb.capacity import Table, Units, queried, read, written
from localcloud.dynamodb.sizes import Item, item_size

OPERATIONS = 320
TRANSACTIONS = ("Put", "Update", "Delete", "ConditionCheck")
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
ATTRIBUTES = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g", "l")]


def client(url: str) -> Any:
    return boto3.client(
        "dynamodb", endpoint_url=url, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


def made(one: Any, name: str) -> Table:
    """A table with an index of each projection, and a local one."""
    hash_g = [{"AttributeName": "g", "KeyType": "HASH"}]
    one.create_table(
        TableName=name, KeySchema=KEYS, AttributeDefinitions=ATTRIBUTES, BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {"IndexName": "all", "KeySchema": hash_g, "Projection": {"ProjectionType": "ALL"}},
            {"IndexName": "keys", "KeySchema": hash_g, "Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"IndexName": "some", "KeySchema": hash_g,
             "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n", "m"]}},
        ],
        LocalSecondaryIndexes=[
            {"IndexName": "local", "Projection": {"ProjectionType": "ALL"},
             "KeySchema": [KEYS[0], {"AttributeName": "l", "KeyType": "RANGE"}]},
        ],
    )  # fmt: skip
    one.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return Table.described(one.describe_table(TableName=name)["Table"])


def number(rng: random.Random) -> str:
    return rng.choice([
        str(rng.randrange(-10**6, 10**6)), f"{rng.uniform(-50, 50):.2f}", "0", "100", "-0.5",
        f"{rng.randrange(1, 10**9)}E{rng.randrange(-20, 20)}",
    ])  # fmt: skip


def value(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    """A value of any type; texts are of ASCII, for dynalite counts characters and not bytes."""
    kinds = ("S", "N", "BOOL", "NULL", "SS", "NS", "B") + (("L", "M") if depth < 2 else ())
    match rng.choice(kinds):
        case "S":
            return {"S": "x" * rng.choice([0, 1, 30, 900, 3000])}
        case "N":
            return {"N": number(rng)}
        case "BOOL":
            return {"BOOL": rng.random() < 0.5}
        case "SS":
            return {"SS": [f"s{part}" for part in range(rng.randrange(1, 5))]}
        case "NS":
            return {"NS": [str(part) for part in rng.sample(range(1000), 3)]}
        case "B":
            return {"B": bytes(rng.randrange(1, 500))}
        case "L":
            return {"L": [value(rng, depth + 1) for _part in range(rng.randrange(4))]}
        case "M":
            return {"M": {f"k{part}": value(rng, depth + 1) for part in range(rng.randrange(4))}}
    return {"NULL": True}


def item(rng: random.Random, key: Item) -> dict[str, Any]:
    parts = {name: value(rng) for name in ("n", "m", "rest", "other") if rng.random() < 0.6}
    if rng.random() < 0.6:
        parts["g"] = {"S": f"g{rng.randrange(3)}"}
    if rng.random() < 0.4:
        parts["l"] = {"S": f"l{rng.randrange(3)}"}
    return {**parts, **key}


def wire(one: Item | None) -> dict[str, Any] | None:
    """As on the wire: bytes in base64."""

    def of(part: Any) -> Any:
        ((kind, content),) = part.items()
        if kind == "B":
            return {"B": base64.b64encode(bytes(content)).decode()}
        if kind == "L":
            return {"L": [of(inner) for inner in content]}
        if kind == "M":
            return {"M": {name: of(inner) for name, inner in content.items()}}
        return {kind: content}

    return None if one is None else {name: of(part) for name, part in one.items()}


def units(consumed: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """What an oracle says: in all, and by index."""
    arms = {**consumed.get("GlobalSecondaryIndexes", {}), **consumed.get("LocalSecondaryIndexes", {})}
    return consumed["CapacityUnits"], {name: one["CapacityUnits"] for name, one in arms.items()}


def ours(found: Units) -> tuple[float, dict[str, float]]:
    return found.total, dict(found.indexes)


def transacted(operation: str, rng: random.Random, key: Item, old: Any) -> tuple[dict[str, Any], Any]:
    """An action of a transaction, and the item after it."""
    named = {"TableName": "writes", "Key": key}
    match operation:
        case "Put":
            new = item(rng, key)
            return {"Put": {"TableName": "writes", "Item": new}}, new
        case "Delete":
            return {"Delete": named}, None
        case "ConditionCheck":
            condition = "attribute_exists(pk)" if old else "attribute_not_exists(pk)"
            return {"ConditionCheck": {**named, "ConditionExpression": condition}}, old
    fresh = value(rng)
    update = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": fresh}}
    return {"Update": {**named, **update}}, {**(old or key), "n": fresh}


def test_writes_indexes_and_transactions_cost_what_ministack_says(ministack: str) -> None:
    one, rng = client(ministack), random.Random(5)
    table = made(one, "writes")
    there: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for _number in range(OPERATIONS):
        key = {"pk": {"S": f"p{rng.randrange(4)}"}, "sk": {"S": f"s{rng.randrange(4)}"}}
        name = str(key)
        old = there.get(name)
        new: dict[str, Any] | None = item(rng, key)
        asked = {"TableName": "writes", "ReturnConsumedCapacity": "INDEXES"}
        operation = rng.choice(["put", "update", "delete", "batch", "batch delete", *TRANSACTIONS])
        seen[operation] += 1
        if operation == "put":
            answer = one.put_item(Item=new, **asked)
        elif operation == "update":
            changed = {"SET n = :n": "n", "REMOVE g": "g"}
            expression = rng.choice(list(changed))
            fresh = value(rng)
            values = {"ExpressionAttributeValues": {":n": fresh}} if "SET" in expression else {}
            answer = one.update_item(Key=key, UpdateExpression=expression, **values, **asked)
            new = {**(old or key), "n": fresh} if values else {k: v for k, v in (old or key).items() if k != "g"}
        elif operation == "delete":
            answer, new = one.delete_item(Key=key, **asked), None
        elif operation == "batch":
            wanted = {"writes": [{"PutRequest": {"Item": new}}]}
            answer = one.batch_write_item(RequestItems=wanted, ReturnConsumedCapacity="INDEXES")
        elif operation == "batch delete":
            wanted, new = {"writes": [{"DeleteRequest": {"Key": key}}]}, None
            answer = one.batch_write_item(RequestItems=wanted, ReturnConsumedCapacity="INDEXES")
        else:
            action, new = transacted(operation, rng, key, old)
            answer = one.transact_write_items(TransactItems=[action], ReturnConsumedCapacity="INDEXES")
        consumed = answer["ConsumedCapacity"]
        expected = units(consumed[0] if isinstance(consumed, list) else consumed)
        found = written(table, wire(old), wire(new), transactional=operation in TRANSACTIONS)
        assert ours(found) == expected, (operation, old, new)
        there.pop(name, None)
        if new is not None:
            there[name] = new
    assert min(seen.values()) >= 20


def test_reads_cost_what_dynalite_says(dynalite: str) -> None:
    one, rng = client(dynalite), random.Random(6)
    table = made(one, "reads")
    there: list[dict[str, Any]] = []
    for number_ in range(60):
        key = {"pk": {"S": f"p{number_ % 4}"}, "sk": {"S": f"s{number_:03}"}}
        there.append(item(rng, key))
        one.put_item(TableName="reads", Item=there[-1])
    sizes = {(one["pk"]["S"], one["sk"]["S"]): item_size(wire(one) or {}) for one in there}
    compared = 0
    while compared < OPERATIONS:
        consistent = rng.random() < 0.5
        asked: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL", "ConsistentRead": consistent}
        operation = rng.choice(["get", "query", "index", "local", "scan", "batch"])
        if operation == "get":
            pk, sk = f"p{rng.randrange(4)}", f"s{rng.randrange(70):03}"
            answer = one.get_item(TableName="reads", Key={"pk": {"S": pk}, "sk": {"S": sk}}, **asked)
            expected = read(sizes.get((pk, sk), 0), consistent=consistent)
        elif operation == "batch":
            keys = [{"pk": one["pk"], "sk": one["sk"]} for one in rng.sample(there, 5)]
            wanted = {"reads": {"Keys": keys, "ConsistentRead": consistent}}
            answer = one.batch_get_item(RequestItems=wanted, ReturnConsumedCapacity="TOTAL")
            expected = sum(read(sizes[key["pk"]["S"], key["sk"]["S"]], consistent=consistent) for key in keys)
        elif operation == "query":
            pk, low = f"p{rng.randrange(4)}", f"s{rng.randrange(60):03}"
            condition = {"KeyConditionExpression": "pk = :p AND sk >= :s",
                         "ExpressionAttributeValues": {":p": {"S": pk}, ":s": {"S": low}}}  # fmt: skip
            answer = one.query(TableName="reads", **condition, **asked)
            looked_at = [size for (p, s), size in sizes.items() if p == pk and s >= low]
            if not looked_at:
                continue  # AWS takes half a unit for nothing, dynalite none
            expected = queried(looked_at, consistent=consistent)
        elif operation == "index":
            index = table.index(rng.choice(["all", "keys", "some"]))
            assert index
            group = f"g{rng.randrange(3)}"
            asked.pop("ConsistentRead")
            values = {":g": {"S": group}}
            answer = one.query(TableName="reads", IndexName=index.name, KeyConditionExpression="g = :g",
                               ExpressionAttributeValues=values, **asked)  # fmt: skip
            entries = [table.entry(index, wire(one)) for one in there if one.get("g") == {"S": group}]
            expected = queried([item_size(entry) for entry in entries if entry])
        elif operation == "local":
            index, pk = table.index("local"), f"p{rng.randrange(4)}"
            assert index
            answer = one.query(TableName="reads", IndexName="local", KeyConditionExpression="pk = :p",
                               ExpressionAttributeValues={":p": {"S": pk}}, **asked)  # fmt: skip
            entries = [table.entry(index, wire(one)) for one in there if one["pk"]["S"] == pk]
            expected = queried([item_size(entry) for entry in entries if entry], consistent=consistent)
        else:
            asked.pop("ConsistentRead")  # dynalite's scan counts as if it were not consistent
            filtered = {"FilterExpression": "attribute_exists(g)"} if rng.random() < 0.5 else {}
            answer = one.scan(TableName="reads", **filtered, **asked)
            expected = queried(sizes.values())
        consumed = answer["ConsumedCapacity"]
        assert (consumed[0] if isinstance(consumed, list) else consumed)["CapacityUnits"] == expected, operation
        compared += 1
