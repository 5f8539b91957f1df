"""What a learner pastes from Microsoft's documentation of azure-cosmos: its README and `samples/` folder.

The calls are the samples' own; what they print is asserted instead.
https://learn.microsoft.com/python/api/overview/azure/cosmos-readme
"""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import CosmosClient, PartitionKey, ThroughputProperties, exceptions


@pytest.fixture
def db(client: CosmosClient) -> Iterator[Any]:
    database = client.create_database(f"samples-{uuid.uuid4()}")
    yield database
    client.delete_database(database)


def family(surname: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{surname}Family_{uuid.uuid4()}", "lastName": surname, "address": {"state": "WA", "city": "Seattle"},
        "children": [
            {"firstName": "Jesse", "grade": 1, "pets": [{"givenName": "Goofy"}]},
            {"firstName": "Lisa", "grade": 8},
        ],
        "parents": [{"firstName": "Robin"}, {"firstName": "Ben"}], "isRegistered": True, **more,
    }  # fmt: skip


@pytest.mark.covers("Samples: README, products: create, insert, delete and query items")
def test_readme_quickstart(client: CosmosClient) -> None:
    try:
        database = client.create_database("testDatabase")
    except exceptions.CosmosResourceExistsError:
        database = client.get_database_client("testDatabase")
    try:
        container = database.create_container(id="products", partition_key=PartitionKey(path="/productName"))
    except exceptions.CosmosResourceExistsError:
        container = database.get_container_client("products")
    for i in range(1, 10):
        container.upsert_item({"id": f"item{i}", "productName": "Widget", "productModel": f"Model {i}"})
    for item in container.query_items(
        query='SELECT * FROM products p WHERE p.productModel = "Model 2"', enable_cross_partition_query=True
    ):
        container.delete_item(item, partition_key="Widget")
    query = "SELECT * FROM products p WHERE p.productModel = @model"
    parameters = [{"name": "@model", "value": "Model 7"}]
    found = list(container.query_items(query, parameters=parameters, enable_cross_partition_query=True))
    assert [item["id"] for item in found] == ["item7"]
    assert len(list(container.read_all_items())) == 8
    properties = database.read()
    assert properties["id"] == "testDatabase"
    assert container.get_throughput().offer_throughput == 400
    container.replace_throughput(container.get_throughput().offer_throughput + 100)
    assert container.get_throughput().offer_throughput == 500
    database.replace_container(container, partition_key=PartitionKey(path="/productName"), default_ttl=10)
    assert container.read()["defaultTtl"] == 10
    client.delete_database("testDatabase")


@pytest.mark.covers("Samples: document management: families, queries over children, upsert, replace, delete")
def test_document_management(db: Any) -> None:
    container = db.create_container_if_not_exists(id="families", partition_key=PartitionKey(path="/lastName"))
    andersen = family("Andersen")
    container.create_item(andersen)
    container.create_item(family("Wakefield", isRegistered=False))
    assert container.read_item(andersen["id"], partition_key="Andersen")["address"]["state"] == "WA"
    query = {
        "query": "SELECT VALUE c.firstName FROM f JOIN c IN f.children WHERE f.lastName = @name AND c.grade > 5",
        "parameters": [{"name": "@name", "value": "Andersen"}],
    }
    assert list(container.query_items(**query, partition_key="Andersen")) == ["Lisa"]
    counted = container.query_items("SELECT VALUE COUNT(1) FROM f", enable_cross_partition_query=True)
    assert list(counted) == [2]
    ordered = container.query_items(
        "SELECT f.lastName FROM f ORDER BY f.lastName DESC", enable_cross_partition_query=True, max_item_count=1
    )
    assert [one["lastName"] for one in ordered] == ["Wakefield", "Andersen"]
    read = container.read_item(andersen["id"], "Andersen")
    read["subtotal"] = 1
    assert container.replace_item(item=read, body=read)["subtotal"] == 1
    read["subtotal"] = 2
    assert container.upsert_item(body=read)["subtotal"] == 2
    container.delete_item(item=read["id"], partition_key="Andersen")
    assert len(list(container.read_all_items(max_item_count=10))) == 1


@pytest.mark.covers("Samples: etags: replace only what was read")
def test_etags(db: Any) -> None:
    container = db.create_container("etags", PartitionKey("/id"))
    item = container.create_item({"id": "1", "n": 1})
    container.replace_item("1", {"id": "1", "n": 2}, etag=item["_etag"], match_condition=MatchConditions.IfNotModified)
    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        container.replace_item(
            "1", {"id": "1", "n": 3}, etag=item["_etag"], match_condition=MatchConditions.IfNotModified
        )


@pytest.mark.covers("Samples: patch with and without a condition")
def test_patch(db: Any) -> None:
    container = db.create_container("patched", PartitionKey("/lastName"))
    item = container.create_item(family("Andersen"))
    operations = [
        {"op": "add", "path": "/favorite_color", "value": "red"},
        {"op": "remove", "path": "/isRegistered"},
        {"op": "replace", "path": "/address/city", "value": "Redmond"},
        {"op": "set", "path": "/address/zip", "value": 98052},
        {"op": "incr", "path": "/children/0/grade", "value": 3},
        {"op": "move", "from": "/favorite_color", "path": "/color"},
    ]
    patched = container.patch_item(item=item["id"], partition_key="Andersen", patch_operations=operations)
    assert patched["color"] == "red" and patched["children"][0]["grade"] == 4 and "isRegistered" not in patched
    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        container.patch_item(
            item["id"], "Andersen", [{"op": "add", "path": "/x", "value": 1}],
            filter_predicate="from c where c.color = 'blue'",
        )  # fmt: skip


@pytest.mark.covers("Samples: transactional batch, and its error")
def test_batch(db: Any) -> None:
    container = db.create_container("batched", PartitionKey("/account_number"))
    container.create_item({"id": "read_item", "account_number": "Microsoft"})
    create = ("create", ({"id": "create_item", "account_number": "Microsoft"},))
    upsert = ("upsert", ({"id": "upsert_item", "account_number": "Microsoft"},))
    read = ("read", ("read_item",))
    results = container.execute_item_batch(batch_operations=[create, upsert, read], partition_key="Microsoft")
    assert [one["statusCode"] for one in results] == [201, 201, 200]
    try:
        container.execute_item_batch([upsert, create], "Microsoft")
    except exceptions.CosmosBatchOperationError as failed:
        assert failed.error_index == 1
        assert failed.operation_responses[failed.error_index]["statusCode"] == 409
    else:
        raise AssertionError("the batch must fail")


@pytest.mark.covers("Samples: container management: TTL, unique keys, throughput and autoscale")
def test_container_management(db: Any) -> None:
    db.create_container("ttl", PartitionKey("/id"), default_ttl=3600)
    unique = db.create_container(
        "unique", PartitionKey("/id"), unique_key_policy={"uniqueKeys": [{"paths": ["/field1/field2", "/field3"]}]}
    )
    assert unique.read()["uniqueKeyPolicy"]["uniqueKeys"][0]["paths"] == ["/field1/field2", "/field3"]
    offered = db.create_container("offered", PartitionKey("/id"), offer_throughput=1000)
    assert offered.get_throughput().offer_throughput == 1000
    autoscale = ThroughputProperties(auto_scale_max_throughput=5000, auto_scale_increment_percent=0)
    scaled = db.create_container("autoscale", PartitionKey("/id"), offer_throughput=autoscale)
    assert scaled.get_throughput().auto_scale_max_throughput == 5000
    scaled.replace_throughput(ThroughputProperties(auto_scale_max_throughput=7000, auto_scale_increment_percent=0))
    assert scaled.get_throughput().auto_scale_max_throughput == 7000
    names = {one["id"] for one in db.list_containers()}
    assert names == {"ttl", "unique", "offered", "autoscale"}


@pytest.mark.covers("Samples: index management: excluded paths, composite indexes, index metrics")
def test_index_management(db: Any) -> None:
    policy = {
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [{"path": "/metaData/subDoc/*"}],
        "compositeIndexes": [[{"path": "/a", "order": "ascending"}, {"path": "/b", "order": "descending"}]],
    }
    container = db.create_container("indexed", PartitionKey("/id"), indexing_policy=policy)
    told = container.read()["indexingPolicy"]
    assert told["indexingMode"] == "consistent" and told["compositeIndexes"] == policy["compositeIndexes"]
    for number in range(4):
        container.create_item({"id": str(number), "a": number % 2, "b": number})
    query = "SELECT VALUE c.b FROM c ORDER BY c.a ASC, c.b DESC"
    assert list(container.query_items(query, enable_cross_partition_query=True)) == [2, 0, 3, 1]
    db.replace_container(
        container, PartitionKey("/id"), indexing_policy={**policy, "excludedPaths": [{"path": "/b/?"}]}
    )
    found = container.query_items("SELECT VALUE c.b FROM c WHERE c.b >= 2", enable_cross_partition_query=True)
    assert sorted(found) == [2, 3]


@pytest.mark.covers("Samples: change feed: from the beginning, from a time, by partition key")
def test_change_feed(db: Any, clock: Any) -> None:
    container = db.create_container("feed", PartitionKey("/lastName"))
    for surname in ("Andersen", "Wakefield"):
        container.create_item(family(surname))
    clock.now += 5
    since = datetime.datetime.fromtimestamp(clock.now, datetime.timezone.utc)
    container.create_item(family("Smith"))
    assert len(list(container.query_items_change_feed(start_time="Beginning"))) == 3
    assert [one["lastName"] for one in container.query_items_change_feed(start_time=since)] == ["Smith"]
    keyed = container.query_items_change_feed(start_time="Beginning", partition_key="Andersen")
    assert [one["lastName"] for one in keyed] == ["Andersen"]


@pytest.mark.covers("Samples: hierarchical partition keys")
def test_hierarchical_keys(db: Any) -> None:
    container = db.create_container("places", PartitionKey(path=["/state", "/city", "/zipcode"], kind="MultiHash"))
    container.upsert_item({"id": "item1", "state": "Washington", "city": "Redmond", "zipcode": "98052"})
    container.upsert_item({"id": "item2", "state": "Washington", "city": "Seattle", "zipcode": "98101"})
    assert container.read_item("item1", ["Washington", "Redmond", "98052"])["id"] == "item1"
    assert len(list(container.query_items("SELECT * FROM c", partition_key=["Washington"]))) == 2


@pytest.mark.covers("Samples: README, asynchronous client")
async def test_asynchronous_client(async_client: Any) -> None:
    database = await async_client.create_database_if_not_exists("asynchronous")
    container = await database.create_container_if_not_exists("families", PartitionKey(path="/lastName"))
    andersen, wakefield = family("Andersen"), family("Wakefield")
    for one in (andersen, wakefield):
        await container.create_item(body=one)
    read = await container.read_item(andersen["id"], partition_key="Andersen")
    await container.replace_item(item=read, body={**read, "n": 1})
    await container.upsert_item({**read, "n": 2})
    patched = await container.patch_item(read["id"], "Andersen", [{"op": "incr", "path": "/n", "value": 1}])
    assert patched["n"] == 3
    names = [one async for one in container.query_items("SELECT VALUE f.lastName FROM f ORDER BY f.lastName")]
    assert names == ["Andersen", "Wakefield"]
    keyed = container.query_items("SELECT * FROM f WHERE f.n = @n", parameters=[{"name": "@n", "value": 3}])
    assert [one["lastName"] async for one in keyed] == ["Andersen"]
    results = await container.execute_item_batch([("read", (read["id"],)), ("delete", (read["id"],))], "Andersen")
    assert [one["statusCode"] for one in results] == [200, 204]
    feed = container.query_items_change_feed(start_time="Beginning")
    assert [one["lastName"] async for one in feed] == ["Wakefield"]
    assert [one["id"] async for one in container.read_all_items()] == [wakefield["id"]]
    items = [(wakefield["id"], "Wakefield"), (andersen["id"], "Andersen")]
    assert [one["id"] for one in await container.read_items(items=items)] == [wakefield["id"]]
    await container.delete_item(wakefield["id"], partition_key="Wakefield")
    await async_client.delete_database("asynchronous")
