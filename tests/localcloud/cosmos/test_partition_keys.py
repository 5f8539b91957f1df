"""Partition keys of every kind, through the SDK."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey, exceptions
from azure.cosmos.partition_key import NonePartitionKeyValue, NullPartitionKeyValue


@pytest.fixture
def nested(database: DatabaseProxy) -> Iterator[ContainerProxy]:
    container = database.create_container("levels", PartitionKey(["/tenant", "/user", "/session"]))
    for tenant in "ab":
        for user in "xy":
            for session in "12":
                container.create_item({"id": "i", "tenant": tenant, "user": user, "session": session})
    yield container
    database.delete_container(container)


@pytest.mark.covers("Partition keys: hierarchical, full")
def test_a_full_key_names_one_item(nested: ContainerProxy) -> None:
    assert nested.read_item("i", ["a", "x", "2"])["session"] == "2"
    nested.patch_item("i", ["a", "x", "2"], [{"op": "set", "path": "/n", "value": 1}])
    nested.delete_item("i", ["a", "x", "2"])
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        nested.read_item("i", ["a", "x", "2"])


@pytest.mark.covers("Partition keys: hierarchical, prefixes in queries and change feed")
def test_a_prefix_names_all_below_it(nested: ContainerProxy) -> None:
    assert len(list(nested.query_items("SELECT * FROM c", partition_key=["a"]))) == 4
    assert len(list(nested.query_items("SELECT * FROM c", partition_key=["a", "y"]))) == 2
    assert len(list(nested.query_items_change_feed(start_time="Beginning", partition_key=["b"]))) == 4


@pytest.mark.covers("Partition keys: a prefix for a point operation is 400/1001")
def test_a_point_operation_needs_the_full_key(nested: ContainerProxy) -> None:
    with pytest.raises((exceptions.CosmosHttpResponseError, ValueError)):
        nested.read_item("i", ["a", "x"])


@pytest.mark.parametrize("value", ["", "é", 0, -1.5, 1e300, True, False, None])
@pytest.mark.covers("Partition keys: text, numbers, booleans and null")
def test_a_value_of_any_type(container: ContainerProxy, value: Any) -> None:
    container.create_item({"id": "1", "pk": value})
    key = NullPartitionKeyValue if value is None else value
    assert container.read_item("1", key)["pk"] == value
    container.delete_item("1", key)


@pytest.mark.covers("Partition keys: no value at all (None)")
def test_an_item_without_a_key(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "n": 1})
    assert container.read_item("1", NonePartitionKeyValue)["n"] == 1
    assert [one["n"] for one in container.query_items("SELECT * FROM c", partition_key=NonePartitionKeyValue)] == [1]


@pytest.mark.parametrize("path", ["/'a b'", '/"a b"', "/x/'a/b'/c"])
@pytest.mark.covers("Partition keys: a path with a step in single or double quotes")
def test_a_step_in_quotes(database: DatabaseProxy, path: str) -> None:
    container = database.create_container("quoted", PartitionKey(path))
    deep = path.startswith("/x")
    container.create_item({"id": "1", "a b": "k", "x": {"a/b": {"c": "k"}}})
    assert container.read_item("1", "k")["id"] == "1"
    query = "SELECT VALUE c.id FROM c WHERE " + ('c.x["a/b"].c' if deep else 'c["a b"]') + " = 'k'"
    assert list(container.query_items(query)) == ["1"]
    database.delete_container(container)


@pytest.mark.covers("Partition keys: a path with several steps")
def test_a_nested_path(database: DatabaseProxy) -> None:
    container = database.create_container("path", PartitionKey('/a/"b c"'))
    container.create_item({"id": "1", "a": {"b c": "x"}})
    assert container.read_item("1", "x")["id"] == "1"


@pytest.mark.covers("Partition keys: delete all items of one")
def test_delete_by_partition_key(container: ContainerProxy) -> None:
    for number in range(5):
        container.create_item({"id": str(number), "pk": "a"})
    container.create_item({"id": "1", "pk": "b"})
    container.delete_all_items_by_partition_key("a")
    assert [one["pk"] for one in container.read_all_items()] == ["b"]


@pytest.mark.covers("Partition keys: hash version 1 in a container")
def test_a_container_of_version_1(database: DatabaseProxy) -> None:
    container = database.create_container("version1", PartitionKey("/pk", version=1))
    container.create_item({"id": "1", "pk": "x"})
    assert container.read_item("1", "x")["pk"] == "x"
    assert [one["id"] for one in container.query_items("SELECT * FROM c", partition_key="x")] == ["1"]
