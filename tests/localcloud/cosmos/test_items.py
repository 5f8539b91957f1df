"""Items through the unmodified SDK."""

from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import ContainerProxy, CosmosClient, exceptions
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from localcloud.cosmos.emulator import EMULATOR_KEY


@pytest.mark.covers("Items: create, read, upsert, replace, delete, read all")
def test_an_item_lives(container: ContainerProxy) -> None:
    made = container.create_item({"id": "1", "pk": "a", "n": 1})
    assert container.read_item("1", "a") == made
    assert container.replace_item(made, {**made, "n": 2})["n"] == 2
    assert container.upsert_item({"id": "1", "pk": "a", "n": 3})["_rid"] == made["_rid"]
    assert [one["n"] for one in container.read_all_items()] == [3]
    container.delete_item("1", "a")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        container.read_item("1", "a")


def test_a_second_item_of_the_same_id_and_key_is_refused(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "pk": "a"})
    container.create_item({"id": "1", "pk": "b"})
    with pytest.raises(exceptions.CosmosResourceExistsError):
        container.create_item({"id": "1", "pk": "a"})


@pytest.mark.covers("Items: If-Match on replace")
def test_only_the_version_that_was_read_is_replaced(container: ContainerProxy) -> None:
    first = container.create_item({"id": "1", "pk": "a"})
    second = container.upsert_item({"id": "1", "pk": "a", "n": 1})
    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        container.replace_item("1", first, etag=first["_etag"], match_condition=MatchConditions.IfNotModified)
    unmodified = {"etag": second["_etag"], "match_condition": MatchConditions.IfNotModified}
    container.replace_item("1", second, **unmodified)


def test_an_upsert_of_a_missing_item_is_a_create_whatever_it_wants(container: ContainerProxy) -> None:
    wanted = {"etag": '"gone"', "match_condition": MatchConditions.IfNotModified}
    made = container.upsert_item({"id": "1", "pk": "a"}, **wanted)
    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        container.upsert_item({"id": "1", "pk": "a", "n": 1}, **wanted)
    assert container.read_item("1", "a") == made


@pytest.mark.covers("Items: replace with another id renames the item, 409 when it is taken")
def test_a_replace_with_another_id_renames_the_item(container: ContainerProxy) -> None:
    made = container.create_item({"id": "old", "pk": "a", "n": 1})
    container.create_item({"id": "taken", "pk": "a"})
    with pytest.raises(exceptions.CosmosResourceExistsError):
        container.replace_item("old", {"id": "taken", "pk": "a"})
    renamed = container.replace_item("old", {"id": "new", "pk": "a", "n": 2})
    assert (renamed["id"], renamed["_rid"]) == ("new", made["_rid"])
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        container.read_item("old", "a")
    assert container.read_item("new", "a") == renamed
    assert list(container.query_items("SELECT VALUE c.n FROM c WHERE c.id = 'new'", partition_key="a")) == [2]
    assert list(container.query_items("SELECT * FROM c WHERE c.id = 'old'", partition_key="a")) == []
    assert container.create_item({"id": "old", "pk": "a"})["_rid"] != made["_rid"]


@pytest.mark.covers("Account: a wrong key is 401")
def test_a_wrong_key_opens_nothing(running: Any) -> None:
    wrong = "A" * (len(EMULATOR_KEY) - 2) + "=="
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        CosmosClient(running.url, wrong)
    assert refused.value.status_code == 401


@pytest.mark.covers("Items: the asynchronous client")
async def test_the_asynchronous_client_reads_what_it_wrote(
    async_client: AsyncCosmosClient, container: ContainerProxy
) -> None:
    ours = async_client.get_database_client("camp").get_container_client(container.id)
    await ours.upsert_item({"id": "1", "pk": None})
    await ours.upsert_item({"id": "1"})
    assert (await ours.read_item("1", None))["id"] == "1"
    assert [one["id"] async for one in ours.query_items("SELECT * FROM c")] == ["1", "1"]


@pytest.mark.covers("Items: Prefer: return=minimal answers without a body")
def test_no_body_is_sent_when_none_is_wanted(container: ContainerProxy) -> None:
    assert not container.create_item({"id": "1", "pk": "a"}, no_response=True)
    assert not container.patch_item("1", "a", [{"op": "set", "path": "/n", "value": 1}], no_response=True)
    assert container.read_item("1", "a")["n"] == 1


@pytest.mark.covers("Items: If-None-Match on a read is 304")
def test_an_unchanged_item_is_not_sent_again(container: ContainerProxy, send: Any) -> None:
    item = container.create_item({"id": "1", "pk": "a"})
    path, key = f"/dbs/camp/colls/{container.id}/docs/1", {"x_ms_documentdb_partitionkey": '["a"]'}
    answer = send("GET", path, **key, if_none_match=item["_etag"])
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, None, item["_etag"])
    assert send("GET", path, **key, if_none_match='"other"').status == 200


@pytest.mark.covers("Items: pages of all items, resumed by a continuation")
def test_all_items_in_pages(container: ContainerProxy) -> None:
    for number in range(5):
        container.create_item({"id": str(number), "pk": str(number)})
    pages = container.read_all_items(max_item_count=2).by_page()
    assert [[one["id"] for one in page] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


@pytest.mark.covers("Items: an id with any character that is allowed")
@pytest.mark.parametrize("item", ["é ü", "a+b", "100%", "a&b=c", "'\"", "日本", " x"])
def test_an_id_of_many_characters(container: ContainerProxy, item: str) -> None:
    container.create_item({"id": item, "pk": "a"})
    assert container.read_item(item, "a")["id"] == item
    container.delete_item(item, "a")
