"""Queries where the container has more to say: TTL, hierarchical keys, its indexing policy, computed properties."""

from typing import Any

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey, exceptions

from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.exchange import Request
from localcloud.cosmos.query.computed import checked
from localcloud.cosmos.query.question import body_of


def names(container: ContainerProxy, query: str, **options: Any) -> list[Any]:
    wanted = {"enable_cross_partition_query": True} if "partition_key" not in options else {}
    return list(container.query_items(query, **wanted, **options))


@pytest.mark.covers("Query: expired items are never returned")
def test_expired_items_are_not_found(database: DatabaseProxy, clock: Any) -> None:
    container = database.create_container("expiring", PartitionKey("/pk"), default_ttl=100)
    container.create_item({"id": "short", "pk": "k", "ttl": 5})
    container.create_item({"id": "long", "pk": "k"})
    clock.now += 10
    for query in ("SELECT VALUE c.id FROM c", "SELECT VALUE c.id FROM c WHERE c.pk = 'k'"):
        assert names(container, query, partition_key="k") == ["long"]
    assert names(container, "SELECT VALUE COUNT(1) FROM c") == [1]
    database.delete_container(container)


@pytest.mark.covers("Query: hierarchical keys, full and prefix")
@pytest.mark.parametrize("partitions", [1, 4])
def test_a_prefix_of_the_key_is_enough(database: DatabaseProxy, partitions: int) -> None:
    container = database.create_container(
        "levels", PartitionKey(["/tenant", "/user", "/day"], kind="MultiHash"), offer_throughput=10_000,
        initial_headers={"x-camp-physical-partitions": str(partitions)},
    )  # fmt: skip
    for number in range(24):
        item = {"id": str(number), "tenant": f"t{number % 2}", "user": f"u{number % 3}", "day": number % 4}
        container.create_item(item)
    tenant = names(container, "SELECT VALUE c.id FROM c", partition_key=["t1"])
    user = names(container, "SELECT VALUE c.id FROM c", partition_key=["t1", "u2"])
    full = names(container, "SELECT VALUE c.id FROM c", partition_key=["t1", "u2", 1])
    assert sorted(map(int, tenant)) == [one for one in range(24) if one % 2 == 1]
    assert sorted(map(int, user)) == [one for one in range(24) if one % 2 == 1 and one % 3 == 2]
    assert sorted(map(int, full)) == [one for one in range(24) if one % 2 == 1 and one % 3 == 2 and one % 4 == 1]
    named = "SELECT VALUE c.id FROM c WHERE c.day = 1 AND c.user = 'u2' AND c.tenant = 't1' ORDER BY c.id"
    assert list(container.query_items(named)) == sorted(full)
    with pytest.raises(exceptions.CosmosHttpResponseError, match="Cross partition query is required"):
        list(container.query_items("SELECT VALUE c.id FROM c WHERE c.user = 'u2' AND c.tenant = 't1'"))
    database.delete_container(container)


@pytest.mark.covers("Indexing: policy, none, filters are 400 unless scans are allowed")
def test_without_an_index_filters_need_a_scan(database: DatabaseProxy) -> None:
    policy = {"indexingMode": "none", "automatic": False}
    container = database.create_container("unindexed", PartitionKey("/pk"), indexing_policy=policy)
    container.create_item({"id": "1", "pk": "k", "n": 1})
    query = "SELECT VALUE c.id FROM c WHERE c.n = 1"
    with pytest.raises(exceptions.CosmosHttpResponseError, match="not range-indexed") as refused:
        names(container, query)
    assert refused.value.status_code == 400
    assert names(container, query, enable_scan_in_query=True) == ["1"]
    assert names(container, "SELECT VALUE c.id FROM c") == ["1"]
    assert names(container, "SELECT VALUE c.n FROM c WHERE c.pk = 'k' AND c.id IN ('1', '2')") == [1]
    database.delete_container(container)


@pytest.mark.covers("Indexing: policy, replaced, the index is built anew and queries stay right")
def test_a_replaced_policy_reaches_the_items_that_are_there(
    database: DatabaseProxy, running: Any, client: CosmosClient
) -> None:
    container = database.create_container("policies", PartitionKey("/pk"), offer_throughput=10_000)
    for number in range(12):
        container.create_item({"id": str(number), "pk": "k", "n": number % 3, "m": number})
    path = PartitionKey("/pk")
    policy = {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/n/?"}]}
    database.replace_container(container, path, indexing_policy=policy)
    query = "SELECT VALUE c.m FROM c WHERE c.n = 1"
    assert sorted(names(container, query)) == [1, 4, 7, 10]
    with pytest.raises(exceptions.CosmosHttpResponseError, match="order-by item is excluded"):
        names(container, "SELECT * FROM c ORDER BY c.n")
    database.replace_container(container, path, indexing_policy={"includedPaths": [{"path": "/*"}]})
    assert sorted(names(container, query)) == [1, 4, 7, 10]
    assert names(container, "SELECT VALUE c.m FROM c WHERE c.n = 2 ORDER BY c.m DESC") == [11, 8, 5, 2]
    made = running.emulator.container("camp", "policies")
    made.indexed = False  # as while it is built
    assert sorted(names(container, query)) == [1, 4, 7, 10]
    database.delete_container(container)


@pytest.mark.covers("Query: computed properties")
def test_computed_properties_are_used_and_not_shown(database: DatabaseProxy) -> None:
    container = database.create_container(
        "computing", PartitionKey("/pk"), computed_properties=[
            {"name": "lower", "query": "SELECT VALUE LOWER(c.name) FROM c"},
            {"name": "twice", "query": "SELECT VALUE c.n * 2 FROM c"},
        ],
    )  # fmt: skip
    container.create_item({"id": "1", "pk": "k", "name": "ADA", "n": 4})
    container.create_item({"id": "2", "pk": "k", "name": "Bob", "n": 3})
    container.create_item({"id": "3", "pk": "k"})
    (found,) = names(container, "SELECT * FROM c WHERE c.lower = 'ada'", partition_key="k")
    assert {"lower", "twice"}.isdisjoint(found)
    assert names(container, "SELECT c.id, c.lower FROM c WHERE c.twice > 6") == [{"id": "1", "lower": "ada"}]
    assert names(container, "SELECT VALUE c.id FROM c ORDER BY c.twice DESC", partition_key="k") == ["1", "2", "3"]
    assert names(container, "SELECT VALUE c FROM c WHERE c.twice = 6", partition_key="k")[0]["id"] == "2"
    database.delete_container(container)


@pytest.mark.covers("Indexing: policy, composite indexes of computed properties")
@pytest.mark.parametrize("partitions", [1, 3])
def test_a_composite_index_has_a_computed_property(database: DatabaseProxy, partitions: int) -> None:
    orders = [{"path": "/lower", "order": "ascending"}, {"path": "/n", "order": "descending"}]
    container = database.create_container(
        "composing", PartitionKey("/pk"), offer_throughput=10_000,
        computed_properties=[{"name": "lower", "query": "SELECT VALUE LOWER(c.name) FROM c"}],
        indexing_policy={"includedPaths": [{"path": "/*"}], "compositeIndexes": [orders]},
        initial_headers={"x-camp-physical-partitions": str(partitions)},
    )  # fmt: skip
    for number, name in enumerate(["Bob", "ADA", "ada", "bob"]):
        container.create_item({"id": str(number), "pk": str(number), "name": name, "n": number})
    query = "SELECT VALUE c.id FROM c ORDER BY c.lower{}, c.n{}"
    assert names(container, query.format("", " DESC")) == ["2", "1", "3", "0"]
    assert names(container, query.format(" DESC", "")) == ["0", "3", "1", "2"]
    with pytest.raises(exceptions.CosmosHttpResponseError, match="corresponding composite index"):
        names(container, query.format("", ""))
    database.delete_container(container)


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"{}", b'{"query":1}', b'{"query":"SELECT 1","parameters":[1]}', b'{"query":"SELECT 1","parameters":1}',
        b'{"query":"SELECT 1","parameters":[{"name":"x","value":1}]}', b"\xff",
    ],
)  # fmt: skip
def test_a_body_that_is_no_query_is_refused(body: bytes) -> None:
    with pytest.raises(CosmosError) as refused:
        body_of(Request("POST", "/", {}, body))
    assert refused.value.status == 400


@pytest.mark.covers("Containers: wrong computed properties are 400")
@pytest.mark.parametrize(
    "given",
    [
        {}, [1], [{"name": "id", "query": "SELECT VALUE c.a FROM c"}], [{"name": "a"}],
        [{"name": "a", "query": "SELECT c.a FROM c"}], [{"name": "a", "query": "SELECT VALUE c.a FROM c WHERE c.b"}],
        [{"name": "a", "query": "SELECT VALUE COUNT(1) FROM c"}], [{"name": "a", "query": "SELECT VALUE FROM"}],
        [{"name": "a", "query": "SELECT VALUE c.a FROM c"}] * 2,
    ],
)  # fmt: skip
def test_a_wrong_computed_property_is_refused(given: Any) -> None:
    with pytest.raises(CosmosError) as refused:
        checked(given)
    assert refused.value.status == 400
