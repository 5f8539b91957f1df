"""The meter in front of moto, asked by boto3 as learners ask."""

import boto3
import pytest
from botocore.exceptions import ClientError

BIG = "x" * 3000


@pytest.fixture
def table(metered, table_name):
    """A table with a key of two attributes and an index of each kind."""
    metered.client.create_table(
        TableName=table_name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "all",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    metered.meter.calls.clear()
    return boto3.resource(
        "dynamodb", endpoint_url=metered.meter.url, region_name="eu-central-1", aws_access_key_id="x",
        aws_secret_access_key="x",
    ).Table(table_name)  # fmt: skip


def put(table, pk="p", sk="s", text=BIG, **further):
    table.put_item(Item={"pk": pk, "sk": sk, "text": text, **further})


def test_a_put_costs_what_it_costs_on_aws(metered, table):
    answer = table.put_item(Item={"pk": "p", "sk": "s", "text": BIG, "g": "1"}, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 6
    assert answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]["all"]["CapacityUnits"] == 3
    assert metered.meter.calls[-1].keys == {'"p"': 6}


def test_an_update_of_one_value_costs_the_whole_item(metered, table):
    put(table)
    table.update_item(Key={"pk": "p", "sk": "s"}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": 1})
    assert metered.meter.calls[-1].units == 3


def test_an_update_of_nothing_makes_a_small_item(metered, table):
    table.update_item(Key={"pk": "new", "sk": "s"}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": 1})
    assert metered.meter.calls[-1].units == 1


def test_a_delete_costs_what_goes(metered, table):
    put(table)
    table.delete_item(Key={"pk": "p", "sk": "s"})
    assert metered.meter.calls[-1].units == 3


def test_a_batch_is_the_sum_and_one_request(metered, table):
    with table.batch_writer() as batch:
        for number in range(5):
            batch.put_item(Item={"pk": f"p{number % 2}", "sk": str(number), "text": "x" * 1500})
    (call,) = metered.meter.calls
    assert (call.operation, call.units) == ("BatchWriteItem", 10)
    assert call.keys == {'"p0"': 6, '"p1"': 4}


def test_a_transaction_costs_twice(metered, table, table_name):
    item = {"pk": {"S": "t"}, "sk": {"S": "s"}, "text": {"S": BIG}}
    metered.client.transact_write_items(TransactItems=[{"Put": {"TableName": table_name, "Item": item}}])
    assert metered.meter.calls[-1].units == 6


def test_a_condition_that_fails_costs_too(metered, table):
    put(table)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.put_item(Item={"pk": "p", "sk": "s"}, ConditionExpression="attribute_not_exists(pk)")
    assert (metered.meter.calls[-1].units, metered.meter.calls[-1].status) == (3, 400)


def test_reads_are_halves_of_four_kilobytes(metered, table):
    put(table)
    asked = {"Key": {"pk": "p", "sk": "s"}, "ReturnConsumedCapacity": "TOTAL"}
    assert table.get_item(**asked)["ConsumedCapacity"]["CapacityUnits"] == 0.5
    assert table.get_item(ConsistentRead=True, **asked)["ConsumedCapacity"]["CapacityUnits"] == 1
    assert table.get_item(ProjectionExpression="pk", **asked)["ConsumedCapacity"]["CapacityUnits"] == 0.5


def test_a_query_costs_what_it_looks_at_and_not_what_it_gives(metered, table):
    for number in range(10):
        put(table, sk=str(number), g="1", n=number)
    metered.meter.calls.clear()
    found = table.query(
        KeyConditionExpression="#k = :p", FilterExpression="#n > :n", ProjectionExpression="#n",
        ExpressionAttributeNames={"#k": "pk", "#n": "n"}, ExpressionAttributeValues={":p": "p", ":n": 8},
    )  # fmt: skip
    assert [one["n"] for one in found["Items"]] == [9]
    (call,) = metered.meter.calls
    assert (call.operation, call.units) == ("Query", 4)
    assert call.keys == {'"p"': 4}


def test_a_query_of_an_index_is_measured_there(metered, table):
    for number in range(3):
        put(table, sk=str(number), g="1")
    answer = table.query(
        IndexName="all", KeyConditionExpression=boto3.dynamodb.conditions.Key("g").eq("1"),
        ReturnConsumedCapacity="INDEXES",
    )  # fmt: skip
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1.5
    assert answer["ConsumedCapacity"]["Table"]["CapacityUnits"] == 0


def test_a_scan_is_of_no_key(metered, table):
    put(table)
    table.scan()
    assert (metered.meter.calls[-1].units, metered.meter.calls[-1].keys) == (0.5, {})


def test_a_hot_key_is_throttled_and_the_others_are_not(metered, table):
    metered.meter.limit(5)
    put(table, pk="hot", sk="1")
    put(table, pk="hot", sk="2")
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        metered.client.put_item(TableName=table.name, Item={"pk": {"S": "hot"}, "sk": {"S": "3"}})
    put(table, pk="cold")
    metered.now += 2
    put(table, pk="hot", sk="3")
    assert [call.status for call in metered.meter.calls].count(400) == 1
    assert metered.meter.units_by_key() == {'"hot"': 9, '"cold"': 3}


def test_without_a_limit_nothing_is_throttled(metered, table):
    metered.meter.limit(1)
    put(table)
    metered.meter.limit(None)
    put(table)
    assert metered.meter.calls[-1].status == 200


def test_mistakes_are_answered_by_moto(metered, table):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        metered.client.put_item(TableName="none", Item={"pk": {"S": "x"}})
    with pytest.raises(ClientError, match="ValidationException"):
        metered.client.put_item(TableName=table.name, Item={"pk": {"S": "x"}})
    with pytest.raises(ClientError, match="size"):
        put(table, text="x" * 410_000)
    assert [call.units for call in metered.meter.calls] == [0, 0, 0]


def test_partiql_is_refused_in_words(metered, table):
    with pytest.raises(ClientError, match="cannot be measured here"):
        metered.client.execute_statement(Statement=f'SELECT * FROM "{table.name}"')


def test_a_table_that_is_made_anew_is_looked_at_anew(metered, table):
    put(table)
    table.delete()
    metered.client.create_table(
        TableName=table.name, KeySchema=[{"AttributeName": "other", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "other", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    metered.client.put_item(TableName=table.name, Item={"other": {"S": "o"}})
    assert metered.meter.calls[-1].keys == {'"o"': 1}
