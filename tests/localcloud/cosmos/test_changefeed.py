"""The change feed through the SDK: latest versions, in the order of their last writes."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from localcloud.cosmos import sweeping, versions


def ids(feed: Any) -> list[str]:
    return [one["id"] for one in feed]


def fill(container: ContainerProxy, *items: str, pk: str = "a") -> None:
    for item in items:
        container.upsert_item({"id": item, "pk": pk})


@pytest.mark.covers("Change feed: from the beginning, each item once, in the order of its last write")
def test_each_item_once_in_its_last_version(container: ContainerProxy) -> None:
    fill(container, "1", "2", "3")
    container.upsert_item({"id": "1", "pk": "a", "n": 2})
    container.delete_item("2", "a")
    assert ids(container.query_items_change_feed(start_time="Beginning")) == ["3", "1"]


@pytest.mark.covers("Change feed: from now")
def test_from_now(container: ContainerProxy) -> None:
    fill(container, "1")
    feed = container.query_items_change_feed(start_time="Now")
    assert ids(feed) == []
    token = container.client_connection.last_response_headers["etag"]
    fill(container, "2")
    assert ids(container.query_items_change_feed(continuation=token)) == ["2"]


@pytest.mark.covers("Change feed: from a point in time")
def test_from_a_point_in_time(container: ContainerProxy, clock: Any) -> None:
    fill(container, "1")
    clock.now += 10
    since = datetime.fromtimestamp(clock.now, timezone.utc)
    fill(container, "2")
    assert ids(container.query_items_change_feed(start_time=since)) == ["2"]


@pytest.mark.covers("Change feed: of a partition key")
def test_of_a_partition_key(container: ContainerProxy) -> None:
    fill(container, "1", "2")
    fill(container, "3", pk="b")
    assert ids(container.query_items_change_feed(start_time="Beginning", partition_key="b")) == ["3"]


@pytest.mark.covers("Change feed: pages, resumed by a continuation")
def test_resumed(container: ContainerProxy) -> None:
    fill(container, *"12345")
    pages = container.query_items_change_feed(start_time="Beginning", max_item_count=2).by_page()
    assert ids(next(pages)) == ["1", "2"]
    token = container.client_connection.last_response_headers["etag"]
    fill(container, "6")
    assert ids(container.query_items_change_feed(continuation=token)) == ["3", "4", "5", "6"]


@pytest.mark.covers("Change feed: by feed range, over several physical partitions")
def test_by_feed_range(database: DatabaseProxy) -> None:
    several = {"x-camp-physical-partitions": "4"}
    container = database.create_container("ranges", PartitionKey("/pk"), headers=several)
    for number in range(40):
        container.create_item({"id": str(number), "pk": str(number)})
    ranges = list(container.read_feed_ranges())
    parts = [ids(container.query_items_change_feed(start_time="Beginning", feed_range=one)) for one in ranges]
    assert len(parts) == 4 and all(parts)
    assert sorted(one for part in parts for one in part) == sorted(map(str, range(40)))
    assert sorted(ids(container.query_items_change_feed(start_time="Beginning"))) == sorted(map(str, range(40)))


@pytest.mark.covers("Change feed: resumed across a split")
def test_across_a_split(database: DatabaseProxy, container: ContainerProxy, running: Any) -> None:
    for number in range(20):
        container.create_item({"id": str(number), "pk": str(number)})
    feed = container.query_items_change_feed(start_time="Beginning")
    assert len(list(feed)) == 20
    token = container.client_connection.last_response_headers["etag"]
    physics = running.emulator.account.physics
    running.call(physics.split, running.emulator.container("camp", container.id), 3)
    for number in range(20, 40):
        container.create_item({"id": str(number), "pk": str(number)})
    after = ids(container.query_items_change_feed(continuation=token))
    assert sorted(after) == sorted(map(str, range(20, 40)))


@pytest.mark.parametrize(
    "headers",
    [
        {"a_im": "Nonsense"},
        {"a_im": "Incremental Feed", "if_none_match": '"x"'},
        {"a_im": "Incremental Feed", "if_none_match": '"-1"'},
        {"a_im": "Incremental Feed", "if_modified_since": "yesterday"},
        {"a_im": "Incremental Feed", "x_ms_max_item_count": "many"},
        {"a_im": "Incremental Feed", "x_ms_documentdb_partitionkeyrangeid": "0", "x_ms_start_epk": "xyz"},
    ],
)
@pytest.mark.covers("Change feed: a position that is none is 400")
def test_a_request_that_makes_no_sense(
    container: ContainerProxy, send: Callable[..., Any], headers: dict[str, str]
) -> None:
    assert send("GET", f"/dbs/camp/colls/{container.id}/docs", **headers).status == 400


@pytest.mark.covers("Change feed: a physical partition that is gone is 410/1002")
def test_a_partition_that_is_gone(container: ContainerProxy, send: Callable[..., Any]) -> None:
    headers = {"a_im": "Incremental Feed", "x_ms_documentdb_partitionkeyrangeid": "77"}
    answer = send("GET", f"/dbs/camp/colls/{container.id}/docs", **headers)
    assert (answer.status, answer.substatus) == (410, "1002")


@pytest.mark.covers("Change feed: nothing new is 304 with an empty body")
def test_nothing_new(container: ContainerProxy, send: Callable[..., Any]) -> None:
    answer = send("GET", f"/dbs/camp/colls/{container.id}/docs", a_im="Incremental Feed")
    assert answer.status == 304 and answer.body is None and answer.headers["etag"].strip('"').isdigit()


def all_changes(container: ContainerProxy, **where: Any) -> tuple[list[dict[str, Any]], str]:
    """What the feed of all versions and deletes tells, and the continuation."""
    feed = list(container.query_items_change_feed(mode="AllVersionsAndDeletes", **where))
    return feed, container.client_connection.last_response_headers["etag"]


def operations(feed: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Each change's operation, and the item's property n after it."""
    return [(one["metadata"]["operationType"], one["current"].get("n")) for one in feed]


@pytest.mark.covers("Change feed: all versions and deletes, from now")
def test_all_versions(container: ContainerProxy) -> None:
    fill(container, "old")
    feed, token = all_changes(container, start_time="Now")
    assert feed == []
    container.create_item({"id": "1", "pk": "a", "n": 1})
    container.replace_item("1", {"id": "1", "pk": "a", "n": 2})
    container.patch_item("1", "a", [{"op": "incr", "path": "/n", "value": 1}])
    container.delete_item("1", "a")
    container.delete_item("old", "a")
    feed, _token = all_changes(container, continuation=token)
    assert operations(feed) == [("create", 1), ("replace", 2), ("replace", 3), ("delete", None), ("delete", None)]
    created, replaced, _patched, deleted, ended = feed
    assert replaced["metadata"]["previousImageLSN"] == created["metadata"]["lsn"] < replaced["metadata"]["lsn"]
    assert deleted["previous"]["n"] == 3 and deleted["current"] == {}
    assert deleted["metadata"]["id"] == "1" and deleted["metadata"]["partitionKey"] == {"pk": "a"}
    assert "timeToLiveExpired" not in deleted["metadata"]
    assert ended["previous"]["id"] == "old"


@pytest.mark.covers("Change feed: all versions and deletes tells what has expired")
def test_an_expired_item_is_told(database: DatabaseProxy, clock: Any, running: Any) -> None:
    container = database.create_container("short", PartitionKey("/pk"), default_ttl=10)
    _feed, token = all_changes(container, start_time="Now")
    fill(container, "1", "2")
    clock.now += 20
    fill(container, "1")
    running.call(sweeping.sweep, running.emulator.account)
    feed, _token = all_changes(container, continuation=token)
    told = [(one["metadata"]["operationType"], one["metadata"].get("timeToLiveExpired")) for one in feed]
    assert sorted(told, key=str) == [("create", None)] * 3 + [("delete", True)] * 2


@pytest.mark.covers("Change feed: all versions and deletes, of a failed batch nothing")
def test_a_failed_batch_is_no_version(container: ContainerProxy) -> None:
    _feed, token = all_changes(container, start_time="Now")
    with pytest.raises(CosmosBatchOperationError):
        container.execute_item_batch(
            [("create", ({"id": "1", "pk": "a"},)), ("create", ({"id": "1", "pk": "a"},))], partition_key="a"
        )
    fill(container, "2")
    feed, _token = all_changes(container, continuation=token)
    assert [one["current"]["id"] for one in feed] == ["2"]


@pytest.mark.covers("Change feed: all versions and deletes, pages of a partition key")
def test_pages_of_all_versions(container: ContainerProxy) -> None:
    _feed, token = all_changes(container, start_time="Now", partition_key="b")
    fill(container, "1", "2", "3", pk="b")
    fill(container, "x")
    fill(container, "1", pk="b")
    pages = container.query_items_change_feed(continuation=token, max_item_count=2).by_page()
    assert [[one["current"]["id"] for one in page] for page in pages if page] == [["1", "2"], ["3", "1"]]


@pytest.mark.covers("Change feed: all versions and deletes begins now, never earlier: 400")
def test_all_versions_begin_now(container: ContainerProxy, send: Callable[..., Any]) -> None:
    fill(container, "1")
    for headers in ({}, {"if_none_match": '"0"'}):
        answer = send("GET", f"/dbs/camp/colls/{container.id}/docs", a_im="Full-Fidelity Feed", **headers)
        assert answer.status == 400 and "begins now" in answer.body["message"]


@pytest.mark.covers("Change feed: all versions and deletes are kept for 7 days")
def test_old_versions_are_let_go(container: ContainerProxy, clock: Any, running: Any) -> None:
    _feed, token = all_changes(container, start_time="Now")
    fill(container, "1")
    _feed, later = all_changes(container, continuation=token)
    clock.now += versions.RETENTION_SECONDS + 1
    fill(container, "2")
    running.call(sweeping.sweep, running.emulator.account)
    with pytest.raises(CosmosHttpResponseError, match="retention"):
        all_changes(container, continuation=token)
    feed, _token = all_changes(container, continuation=later)
    assert [one["current"]["id"] for one in feed] == ["2"]
