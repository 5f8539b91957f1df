"""Lab 5, on AWS: the air conditioners of many buildings in DynamoDB.

A device has some 300 items ("temperature-12": 21.5, "fan-3": True, ...); now and then a few of them change.
"""

from decimal import Decimal
from typing import Any

### BEGIN SOLUTION
# STARTER:
from boto3.dynamodb.conditions import Key

# One item a value: a change writes 1 KB, and not the whole device. The building is the partition key, so a building is
# one query; device#item is the sort key.
SEPARATOR = "#"  # no name holds it
### END SOLUTION


def create_table(dynamodb: Any) -> Any:
    """Makes the table `fleet`, waits until it is active, and returns it."""
    ### BEGIN SOLUTION
    # STARTER: table = dynamodb.create_table(
    # STARTER:     TableName="fleet",
    # STARTER:     KeySchema=[{"AttributeName": "device", "KeyType": "HASH"}],
    # STARTER:     AttributeDefinitions=[{"AttributeName": "device", "AttributeType": "S"}],
    # STARTER:     BillingMode="PAY_PER_REQUEST",
    # STARTER: )
    # STARTER: table.wait_until_exists()
    # STARTER: return table
    table = dynamodb.create_table(
        TableName="fleet",
        KeySchema=[
            {"AttributeName": "building", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "building", "AttributeType": "S"},
            {"AttributeName": "part", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table
    ### END SOLUTION


def record(table: Any, building: str, device: str, readings: dict[str, Any]) -> None:
    """Stores the items of a device that changed; the others stay as they are."""
    ### BEGIN SOLUTION
    # STARTER: found = table.get_item(Key={"device": f"{building}/{device}"}).get("Item", {})
    # STARTER: values = {**found.get("values", {}), **{name: stored(value) for name, value in readings.items()}}
    # STARTER: table.put_item(Item={"device": f"{building}/{device}", "values": values})
    with table.batch_writer() as batch:
        for name, value in readings.items():
            part = f"{device}{SEPARATOR}{name}"
            batch.put_item(Item={"building": building, "part": part, "value": stored(value)})
    ### END SOLUTION


def status(table: Any, building: str) -> dict[str, dict[str, Any]]:
    """All devices of a building with all their items: {device: {item: value}}. One request."""
    ### BEGIN SOLUTION
    # STARTER: raise NotImplementedError  # a Query names one partition key
    found: dict[str, dict[str, Any]] = {}
    for item in table.query(KeyConditionExpression=Key("building").eq(building))["Items"]:
        device, _separator, name = item["part"].partition(SEPARATOR)
        found.setdefault(device, {})[name] = item["value"]
    return found
    ### END SOLUTION


def stored(value: Any) -> Any:
    """boto3 takes no float: a Decimal of its text."""
    return Decimal(str(value)) if isinstance(value, float) else value
