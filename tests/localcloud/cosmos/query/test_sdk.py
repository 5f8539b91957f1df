"""Queries through the unmodified SDK, on one and on four physical partitions, as Azure does it and relaxed."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey, exceptions
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from localcloud.cosmos.query.plans import EVERY_FEATURE

ITEMS = [
    {
        "id": f"{number:03}", "pk": f"k{number % 7}", "n": number % 10, "big": number * 1000, "name": f"name {number}",
        "tags": ["even" if number % 2 == 0 else "odd", f"t{number % 3}"], "at": {"place": number % 4},
    }
    for number in range(120)
]  # fmt: skip
POLICY = {
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": "/name/?"}],
    "compositeIndexes": [[{"path": "/n", "order": "ascending"}, {"path": "/big", "order": "descending"}]],
}


@pytest.fixture(scope="module")
def clock() -> Callable[[], float]:
    """A clock that goes on, for budgets that are of a second."""
    return time.time


@pytest.fixture(scope="module", params=[1, 4])
def items(request: pytest.FixtureRequest, client: CosmosClient) -> Iterator[ContainerProxy]:
    """A container of so many physical partitions."""
    database = client.create_database_if_not_exists("camp")
    container = database.create_container(
        f"items-{request.param}", PartitionKey("/pk"), indexing_policy=POLICY, offer_throughput=10_000,
        initial_headers={"x-camp-physical-partitions": str(request.param)},
    )  # fmt: skip
    for item in ITEMS:
        container.create_item(item)
    yield container
    database.delete_container(container)


@pytest.fixture(params=["azure", "relaxed"])
def fidelity(request: pytest.FixtureRequest, running: Any) -> Iterator[str]:
    running.emulator.account.relaxed = request.param == "relaxed"
    yield request.param
    running.emulator.account.relaxed = False


def across(container: ContainerProxy, query: str, **options: Any) -> list[Any]:
    return list(container.query_items(query, enable_cross_partition_query=True, **options))


def ids(rows: list[Any]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.covers("Query: WHERE, across partitions")
def test_a_filter_finds_what_it_says(items: ContainerProxy, fidelity: str) -> None:
    found = across(items, "SELECT * FROM c WHERE c.n = 3 AND c.at.place >= 1")
    assert sorted(ids(found)) == [one["id"] for one in ITEMS if one["n"] == 3 and one["at"]["place"] >= 1]


@pytest.mark.covers("Query: parameters")
def test_parameters_are_filled_in(items: ContainerProxy, fidelity: str) -> None:
    parameters = [{"name": "@low", "value": 110_000}]
    found = across(items, "SELECT VALUE c.id FROM c WHERE c.big > @low", parameters=parameters)
    assert sorted(found) == [one["id"] for one in ITEMS if one["big"] > 110_000]


@pytest.mark.covers("Query: one partition key")
def test_a_key_bounds_the_query(items: ContainerProxy, fidelity: str) -> None:
    found = list(items.query_items("SELECT * FROM c ORDER BY c.big DESC OFFSET 1 LIMIT 3", partition_key="k2"))
    wanted = sorted((one for one in ITEMS if one["pk"] == "k2"), key=lambda one: -one["big"])
    assert ids(found) == [one["id"] for one in wanted[1:4]]


@pytest.mark.covers("Query: GROUP BY within one partition key")
def test_groups_of_one_key_are_the_servers(items: ContainerProxy, fidelity: str) -> None:
    query = "SELECT c.at.place AS place, COUNT(1) AS n FROM c GROUP BY c.at.place"
    found = list(items.query_items(query, partition_key="k2"))
    assert sum(one["n"] for one in found) == sum(one["pk"] == "k2" for one in ITEMS)


@pytest.mark.covers("Query: GROUP BY across partitions, refused as on Azure or answered when relaxed")
def test_groups_across_partitions(items: ContainerProxy, fidelity: str) -> None:
    query = "SELECT c.n, COUNT(1) AS times FROM c GROUP BY c.n"
    if fidelity == "azure":
        with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
            across(items, query)
        assert refused.value.status_code == 400
    else:
        assert sorted((one["n"], one["times"]) for one in across(items, query)) == [(n, 12) for n in range(10)]


@pytest.mark.covers("Query: ORDER BY across partitions")
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_rows_are_in_order(items: ContainerProxy, fidelity: str, direction: str) -> None:
    found = across(items, f"SELECT * FROM c WHERE c.n > 2 ORDER BY c.big {direction}", max_item_count=7)
    wanted = [one["id"] for one in ITEMS if one["n"] > 2]
    assert ids(found) == (wanted if direction == "ASC" else wanted[::-1])


@pytest.mark.covers("Query: TOP and OFFSET LIMIT across partitions")
def test_counts_cut_the_ordered_rows(items: ContainerProxy, fidelity: str) -> None:
    assert across(items, "SELECT TOP 3 VALUE c.id FROM c ORDER BY c.big") == ["000", "001", "002"]
    assert across(items, "SELECT VALUE c.id FROM c ORDER BY c.big OFFSET 5 LIMIT 2") == ["005", "006"]
    assert len(across(items, "SELECT TOP 9 * FROM c")) == 9


@pytest.mark.covers("Query: COUNT, SUM, MIN, MAX and AVG across partitions")
def test_aggregates_are_of_all_partitions(items: ContainerProxy, fidelity: str) -> None:
    values = [one["big"] for one in ITEMS]
    wanted = {"COUNT": 120, "SUM": sum(values), "MIN": 0, "MAX": 119_000, "AVG": sum(values) / 120}
    found = {name: across(items, f"SELECT VALUE {name}(c.big) FROM c") for name in wanted}
    assert found == {name: [value] for name, value in wanted.items()}


@pytest.mark.covers("Query: DISTINCT across partitions")
def test_distinct_rows_come_once(items: ContainerProxy, fidelity: str) -> None:
    assert sorted(across(items, "SELECT DISTINCT VALUE c.n FROM c", max_item_count=3)) == list(range(10))


@pytest.mark.covers("Query: pages with x-ms-max-item-count and a continuation token")
def test_pages_go_on_where_they_ended(items: ContainerProxy, fidelity: str) -> None:
    first = items.query_items("SELECT VALUE c.id FROM c", enable_cross_partition_query=True, max_item_count=50)
    pager = first.by_page()
    found = list(next(pager))
    again = items.query_items("SELECT VALUE c.id FROM c", enable_cross_partition_query=True, max_item_count=50)
    for page in again.by_page(pager.continuation_token):
        found += list(page)
    assert len(found) == 120
    assert sorted(found) == [one["id"] for one in ITEMS]


def test_a_token_of_another_query_is_refused(items: ContainerProxy) -> None:
    pager = items.query_items("SELECT * FROM c", partition_key="k1", max_item_count=1).by_page()
    next(pager)
    other = items.query_items("SELECT * FROM c WHERE c.n = 1", partition_key="k1", max_item_count=1)
    with pytest.raises(exceptions.CosmosHttpResponseError, match="Continuation"):
        list(other.by_page(pager.continuation_token))


@pytest.mark.covers("Query: without key and without the cross-partition flag it is 400")
def test_a_query_across_partitions_must_be_wanted(items: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="Cross partition query is required but disabled"):
        list(items.query_items("SELECT * FROM c"))


def test_the_header_of_the_rest_references_example_is_known_too(
    items: ContainerProxy, send: Callable[..., Any]
) -> None:
    headers = {"x_ms_documentdb_isquery": "True", "Content_Type": "application/query+json"}
    query, path = {"query": "SELECT * FROM c WHERE c.n = 3"}, f"/dbs/camp/colls/{items.id}/docs"
    assert send("POST", path, query, **headers).status == 400
    assert send("POST", path, query, x_ms_query_enable_crosspartition="True", **headers).body["_count"] == 12


@pytest.mark.covers("Query: 400/1004 has the query execution info in additionalErrorInfo")
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SELECT c.id FROM c ORDER BY c.n DESC", {"orderBy": ["Descending"], "orderByExpressions": ["c.n"]}),
        ("SELECT VALUE COUNT(1) FROM c", {"aggregates": ["Count"], "hasSelectValue": True}),
        ("SELECT DISTINCT VALUE c.n FROM c", {"distinctType": "Unordered", "rewrittenQuery": ""}),
        ("SELECT TOP 3 c.id FROM c", {"top": 3, "rewrittenQuery": ""}),
        ("SELECT c.id FROM c OFFSET 1 LIMIT 2", {"offset": 1, "limit": 2}),
        ("SELECT c.n FROM c GROUP BY c.n", {"groupByExpressions": ["c.n"], "groupByAliases": ["n"]}),
    ],
)
def test_a_query_that_is_left_to_the_client_comes_with_its_plan(
    items: ContainerProxy, send: Callable[..., Any], text: str, part: dict[str, Any]
) -> None:
    path = f"/dbs/camp/colls/{items.id}/docs"
    query = {"x_ms_documentdb_isquery": "True", "Content_Type": "application/query+json"}
    crossing = {**query, "x_ms_documentdb_query_enablecrosspartition": "True"}
    refused = send("POST", path, {"query": text}, **crossing)
    assert (refused.status, refused.substatus) == (400, "1004")
    told = json.loads(refused.body["additionalErrorInfo"])
    assert told["partitionedQueryExecutionInfoVersion"] == 2
    assert told["queryInfo"].items() >= part.items()
    whole = {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
    assert told["queryRanges"] == [whole]
    features = ", ".join(EVERY_FEATURE)
    asked = {"x_ms_cosmos_is_query_plan_request": "True", "x_ms_cosmos_supported_query_features": features}
    assert send("POST", path, {"query": text}, **query, **asked).body == told
    alone = send("POST", path, {"query": text}, **query, x_ms_documentdb_partitionkey='["k1"]')
    assert alone.status == 200 and "additionalErrorInfo" not in alone.body


PINNED = [
    ("SELECT * FROM c WHERE c.pk = @key", 17),
    ("SELECT * FROM c WHERE @key = c.pk AND c.n > 4", 8),
    ("SELECT * FROM c WHERE c.pk IN (@key) ORDER BY c.big DESC", 17),
    ("SELECT * FROM c WHERE c.pk = @key AND c.n >= 0 ORDER BY c.n, c.big DESC", 17),
    ("SELECT TOP 3 * FROM c WHERE c.pk = @key", 3),
    ("SELECT * FROM c WHERE c.pk = @key ORDER BY c.big OFFSET 2 LIMIT 4", 4),
    ("SELECT VALUE COUNT(1) FROM c WHERE c.pk = @key", 1),
    ("SELECT COUNT(1) AS n, SUM(c.n) AS sum FROM c WHERE c.pk = @key", 1),
    ("SELECT DISTINCT VALUE c.at.place FROM c WHERE c.pk = @key", 4),
    ("SELECT c.at.place, COUNT(1) AS n FROM c WHERE c.pk = @key GROUP BY c.at.place", 4),
    ("SELECT c.id, t FROM c JOIN t IN c.tags WHERE c.pk = @key", 34),
    ("SELECT * FROM c WHERE (c.pk = @key AND c.n = 1) OR (c.n = 2 AND c.pk = @key)", 3),
]


@pytest.mark.covers("Query: one that names its only partition key needs neither key nor flag")
@pytest.mark.parametrize(("query", "count"), PINNED)
def test_a_query_of_one_key_is_answered(items: ContainerProxy, fidelity: str, query: str, count: int) -> None:
    parameters = [{"name": "@key", "value": "k2"}]
    found = list(items.query_items(query, parameters=parameters))
    assert len(found) == count
    assert found == list(items.query_items(query, parameters=parameters, partition_key="k2"))
    assert found == across(items, query, parameters=parameters)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM c WHERE c.pk IN ('k1', 'k2')", "SELECT * FROM c WHERE c.pk = 'k1' OR c.n = 1",
        "SELECT * FROM c WHERE c.pk > 'k1'", "SELECT * FROM c WHERE NOT (c.pk = 'k1')",
        "SELECT * FROM c WHERE c.pk = @absent", "SELECT VALUE c.id FROM c JOIN pk IN c.tags WHERE pk = 'k1'",
    ],
)  # fmt: skip
def test_a_query_of_several_keys_is_not(items: ContainerProxy, query: str) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="Cross partition query is required but disabled"):
        list(items.query_items(query))


def test_pages_of_one_key_go_on(items: ContainerProxy) -> None:
    query = "SELECT VALUE c.id FROM c WHERE c.pk = 'k2' ORDER BY c.big DESC"
    pages = [list(page) for page in items.query_items(query, max_item_count=5).by_page()]
    assert [len(page) for page in pages] == [5, 5, 5, 2]
    assert [one for page in pages for one in page] == list(items.query_items(query, partition_key="k2"))


@pytest.mark.covers("Items: read_items")
def test_many_items_are_read_by_id_and_key(items: ContainerProxy, fidelity: str) -> None:
    wanted = ITEMS[5:60:5]
    found = items.read_items([(str(one["id"]), str(one["pk"])) for one in wanted])
    assert sorted(ids(list(found))) == [one["id"] for one in wanted]


@pytest.mark.covers("Query: feed ranges")
def test_feed_ranges_part_the_container(items: ContainerProxy, fidelity: str) -> None:
    found: list[Any] = []
    for feed_range in items.read_feed_ranges():
        found += items.query_items("SELECT VALUE c.id FROM c WHERE c.n < 5", feed_range=feed_range, max_item_count=9)
    assert sorted(found) == [one["id"] for one in ITEMS if one["n"] < 5]


@pytest.mark.covers("Query: ORDER BY on an excluded path is 400")
def test_an_excluded_path_gives_no_order(items: ContainerProxy, fidelity: str) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="order-by item is excluded") as refused:
        across(items, "SELECT * FROM c ORDER BY c.name")
    assert refused.value.status_code == 400
    assert ids(across(items, "SELECT * FROM c WHERE c.name = 'name 7'")) == ["007"]


@pytest.mark.covers("Query: ORDER BY on several properties needs a composite index")
def test_several_properties_need_a_composite_index(items: ContainerProxy, fidelity: str) -> None:
    found = across(items, "SELECT * FROM c ORDER BY c.n ASC, c.big DESC", max_item_count=11)
    assert ids(found) == [one["id"] for one in sorted(ITEMS, key=lambda one: (one["n"], -one["big"]))]
    assert ids(across(items, "SELECT * FROM c ORDER BY c.n DESC, c.big ASC"))[0] == "009"
    with pytest.raises(exceptions.CosmosHttpResponseError, match="corresponding composite index"):
        across(items, "SELECT * FROM c ORDER BY c.n ASC, c.big ASC")


@pytest.mark.covers("Query: arrays with ARRAY_CONTAINS, JOIN and EXISTS")
def test_arrays_are_searched(items: ContainerProxy, fidelity: str) -> None:
    wanted = [one["id"] for one in ITEMS if "t1" in one["tags"]]
    for query in (
        "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, 't1')",
        "SELECT VALUE c.id FROM c JOIN t IN c.tags WHERE t = 't1'",
        "SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 't1')",
    ):
        assert sorted(across(items, query)) == wanted


@pytest.mark.covers("Query: query metrics and index metrics")
def test_metrics_tell_what_a_query_took(items: ContainerProxy) -> None:
    headers: dict[str, Any] = {}
    found = items.query_items(
        "SELECT * FROM c WHERE c.n = 3 AND c.name != 'x'", partition_key="k3", populate_query_metrics=True,
        populate_index_metrics=True, response_hook=lambda answered, _rows: headers.update(answered),
    )  # fmt: skip
    count = len(list(found))
    assert f"outputDocumentCount={count}" in headers["x-ms-documentdb-query-metrics"]
    assert f"retrievedDocumentCount={count};" in headers["x-ms-documentdb-query-metrics"]
    told = headers["x-ms-cosmos-index-utilization"]
    assert [one["IndexSpec"] for one in told["UtilizedSingleIndexes"]] == ["/n/?"]
    assert float(headers["x-ms-request-charge"]) > 2.3
    assert headers["x-ms-item-count"] == str(count)


@pytest.mark.covers("Query: the asynchronous client")
async def test_the_asynchronous_client_gets_the_same(
    items: ContainerProxy, async_client: AsyncCosmosClient, fidelity: str
) -> None:
    ours = async_client.get_database_client("camp").get_container_client(items.id)
    for query in (
        "SELECT VALUE c.id FROM c WHERE c.n > 6 ORDER BY c.big",
        "SELECT VALUE COUNT(1) FROM c",
        "SELECT TOP 5 VALUE c.id FROM c ORDER BY c.big DESC",
    ):
        assert [one async for one in ours.query_items(query)] == across(items, query)


@pytest.mark.covers("Query: syntax errors in the service's shape, with their position")
def test_a_syntax_error_says_where(items: ContainerProxy, fidelity: str) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match='"code":"SC1001"') as refused:
        across(items, "SELECT * FORM c")
    assert refused.value.status_code == 400
