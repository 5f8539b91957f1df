"""Lab 5, on AWS: the air conditioners of many buildings in DynamoDB.

A device has some 300 items ("temperature-12": 21.5, "fan-3": True, ...); now and then a few of them change.
"""

from decimal import Decimal
from typing import Any


def create_table(dynamodb: Any) -> Any:
    """Makes the table `fleet`, waits until it is active, and returns it."""
    table = dynamodb.create_table(
        TableName="fleet",
        KeySchema=[{"AttributeName": "device", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "device", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table


def record(table: Any, building: str, device: str, readings: dict[str, Any]) -> None:
    """Stores the items of a device that changed; the others stay as they are."""
    found = table.get_item(Key={"device": f"{building}/{device}"}).get("Item", {})
    values = {**found.get("values", {}), **{name: stored(value) for name, value in readings.items()}}
    table.put_item(Item={"device": f"{building}/{device}", "values": values})


def status(table: Any, building: str) -> dict[str, dict[str, Any]]:
    """All devices of a building with all their items: {device: {item: value}}. One request."""
    raise NotImplementedError  # a Query names one partition key


def stored(value: Any) -> Any:
    """boto3 takes no float: a Decimal of its text."""
    return Decimal(str(value)) if isinstance(value, float) else value
