"""Time to live: an expired item is gone from every read path at once."""

import json
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey, exceptions


@pytest.fixture
def expiring(database: DatabaseProxy) -> Any:
    container = database.create_container("expiring", PartitionKey("/pk"), default_ttl=10)
    yield container
    database.delete_container(container)


@pytest.mark.covers("TTL: defaultTtl and an item's own ttl, on every read path")
def test_an_expired_item_is_gone_everywhere(expiring: ContainerProxy, clock: Any, running: Any) -> None:
    for item, own in (("default", None), ("longer", 100), ("never", -1)):
        expiring.create_item({"id": item, "pk": "a", **({"ttl": own} if own else {})})
    clock.now += 11
    left = ["longer", "never"]
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        expiring.read_item("default", "a")
    assert [one["id"] for one in expiring.read_all_items()] == left
    assert sorted(one["id"] for one in expiring.query_items("SELECT * FROM c", partition_key="a")) == left
    assert [one["id"] for one in expiring.query_items_change_feed(start_time="Beginning")] == left
    assert [one["id"] for one in running.call(running.emulator.documents, "camp", "expiring")] == left
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        expiring.patch_item("default", "a", [{"op": "set", "path": "/n", "value": 1}])
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        expiring.delete_item("default", "a")


@pytest.mark.covers("TTL: an expired id can be used again")
def test_an_expired_id_is_free(expiring: ContainerProxy, clock: Any) -> None:
    first = expiring.create_item({"id": "1", "pk": "a"})
    clock.now += 11
    assert expiring.create_item({"id": "1", "pk": "a"})["_rid"] != first["_rid"]


def test_an_expired_id_is_free_for_an_item_that_is_renamed(expiring: ContainerProxy, clock: Any) -> None:
    expiring.create_item({"id": "old", "pk": "a"})
    clock.now += 6
    expiring.create_item({"id": "other", "pk": "a"})
    clock.now += 5
    expiring.replace_item("other", {"id": "old", "pk": "a", "n": 1})
    assert expiring.read_item("old", "a")["n"] == 1
    assert len(list(expiring.query_items("SELECT * FROM c", partition_key="a"))) == 1


@pytest.mark.covers("TTL: expired items are swept")
def test_expired_items_are_swept(expiring: ContainerProxy, clock: Any, running: Any) -> None:
    for number in range(3):
        expiring.create_item({"id": str(number), "pk": "a", "n": number})
    clock.now += 11
    running.call(running.emulator.sweep)  # unless the sweep of every second was faster
    found = running.emulator.container("camp", "expiring")
    for table in ("docs", "terms"):
        assert running.call(found.store.rows, f"SELECT count(*) FROM {table}_{found.number}") == [(0,)]


@pytest.mark.covers("TTL: a new defaultTtl reaches the items that are there")
def test_a_container_gets_a_ttl(container: ContainerProxy, database: DatabaseProxy, clock: Any) -> None:
    container.create_item({"id": "1", "pk": "a", "ttl": 5})
    clock.now += 20
    assert container.read_item("1", "a")
    database.replace_container(container, PartitionKey("/pk"), default_ttl=-1)
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        container.read_item("1", "a")
    database.replace_container(container, PartitionKey("/pk"))
    assert container.read()["id"] == container.id


@pytest.mark.parametrize("ttl", [0, -2, 1.5, "5", True, 2**31, None])
@pytest.mark.covers("TTL: a wrong ttl is 400")
def test_a_wrong_ttl_is_refused(expiring: ContainerProxy, ttl: Any) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        expiring.create_item({"id": "1", "pk": "a", "ttl": ttl})
    assert refused.value.status_code == 400
    assert f"The input ttl '{json.dumps(ttl)}' is invalid" in str(refused.value).replace("\\", "")
