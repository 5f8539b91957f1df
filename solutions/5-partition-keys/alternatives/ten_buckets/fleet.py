"""The fleet with short names: they are counted with every item."""

from decimal import Decimal


def create_table(dynamodb):
    table = dynamodb.create_table(
        TableName="fleet",
        KeySchema=[{"AttributeName": "b", "KeyType": "HASH"}, {"AttributeName": "i", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "b", "AttributeType": "S"},
            {"AttributeName": "i", "AttributeType": "S"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    table.meta.client.get_waiter("table_exists").wait(TableName="fleet")
    return table


def record(table, building, device, readings):
    for item, value in readings.items():
        value = Decimal(repr(value)) if type(value) is float else value
        table.put_item(Item={"b": building, "i": f"{device}/{item}", "v": value})


def status(table, building):
    answer = table.query(KeyConditionExpression="b = :building", ExpressionAttributeValues={":building": building})
    devices = {}
    for found in answer["Items"]:
        device, item = found["i"].split("/")
        value = found["v"]
        devices.setdefault(device, {})[item] = float(value) if isinstance(value, Decimal) else value
    return devices
