"""Databases, containers and the small resources."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey, exceptions


@pytest.mark.covers("Databases: create, create if not exists, read, list, query, delete")
def test_a_database_lives(client: CosmosClient) -> None:
    client.create_database("one")
    with pytest.raises(exceptions.CosmosResourceExistsError):
        client.create_database("one")
    assert client.create_database_if_not_exists("one").read()["id"] == "one"
    assert "one" in [each["id"] for each in client.list_databases()]
    by_name = {"query": "SELECT * FROM r WHERE r.id = @id", "parameters": [{"name": "@id", "value": "one"}]}
    assert [each["id"] for each in client.query_databases(**by_name)] == ["one"]
    client.delete_database("one")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        client.get_database_client("one").read()


@pytest.mark.covers("Containers: create, create if not exists, read, list, query, delete")
def test_a_container_lives(database: DatabaseProxy) -> None:
    database.create_container("one", PartitionKey("/pk"))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        database.create_container("one", PartitionKey("/pk"))
    again = database.create_container_if_not_exists("one", PartitionKey("/pk")).read()
    assert again["partitionKey"] == {"paths": ["/pk"], "kind": "Hash", "version": 2}
    assert again["conflictResolutionPolicy"]["mode"] == "LastWriterWins"
    assert "one" in [each["id"] for each in database.list_containers()]
    assert [each["id"] for each in database.query_containers("SELECT * FROM c WHERE c.id = 'one'")] == ["one"]
    database.delete_container("one")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        database.get_container_client("one").read()


@pytest.mark.covers("Containers: replace; the key stays")
def test_a_container_is_replaced(container: ContainerProxy, database: DatabaseProxy) -> None:
    replaced = database.replace_container(container, PartitionKey("/pk"), default_ttl=60)
    assert replaced.read()["defaultTtl"] == 60
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        database.replace_container(container, PartitionKey("/other"))
    assert refused.value.status_code == 400


@pytest.mark.covers("Containers: computed properties, analytical TTL and policies are kept")
def test_what_was_sent_is_kept(database: DatabaseProxy) -> None:
    computed = [{"name": "lower", "query": "SELECT VALUE LOWER(c.name) FROM c"}]
    container = database.create_container("kept", PartitionKey("/pk"), computed_properties=computed)
    assert container.read()["computedProperties"] == computed


@pytest.mark.covers("Containers: quota and usage headers, partition statistics")
def test_quota_and_usage(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "pk": "a"})
    told = container.read(populate_quota_info=True, populate_partition_key_range_statistics=True)
    assert told["statistics"][0]["documentCount"] == 1
    headers = container.client_connection.last_response_headers
    assert "documentsCount=1;" in headers["x-ms-resource-usage"] and "x-ms-resource-quota" in headers


@pytest.mark.covers("Containers: a new one of an old name is another; the SDK finds it")
def test_a_container_is_made_again(database: DatabaseProxy) -> None:
    container = database.create_container("again", PartitionKey("/pk"))
    container.create_item({"id": "1", "pk": "a"})
    database.delete_container("again")
    database.create_container("again", PartitionKey("/other"))
    assert list(container.read_all_items()) == []
    container.create_item({"id": "1", "other": "a"})


@pytest.mark.covers("Links: resource ids in place of names")
def test_links_of_resource_ids(container: ContainerProxy, send: Callable[..., Any]) -> None:
    item = container.create_item({"id": "1", "pk": "a"})
    assert container.replace_item(item, {**item, "n": 1})["n"] == 1
    container.delete_item(item, "a")
    assert list(container.read_all_items()) == []


@pytest.mark.covers("Users and permissions: create, read, list, query, upsert, replace, delete")
def test_users_and_permissions(database: DatabaseProxy, container: ContainerProxy) -> None:
    user = database.create_user({"id": "ada"})
    with pytest.raises(exceptions.CosmosResourceExistsError):
        database.create_user({"id": "ada"})
    link = container.read()["_self"]
    user.create_permission({"id": "p", "permissionMode": "Read", "resource": link})
    assert user.get_permission("p").permission_mode == "Read"
    user.upsert_permission({"id": "p", "permissionMode": "read", "resource": link})  # as @azure/cosmos says it
    assert user.get_permission("p").permission_mode == "Read"
    user.replace_permission("p", {"id": "p", "permissionMode": "All", "resource": link})
    assert [each["permissionMode"] for each in user.list_permissions()] == ["All"]
    user.delete_permission("p")
    assert [each["id"] for each in database.query_users("SELECT * FROM u WHERE u.id = 'ada'")] == ["ada"]
    database.upsert_user({"id": "ada"})
    database.replace_user("ada", {"id": "grace"})
    assert [each["id"] for each in database.list_users()] == ["grace"]
    database.delete_user("grace")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        database.get_user_client("grace").read()


@pytest.mark.covers("Scripts: stored procedures, triggers and functions are kept; running one is 400")
def test_scripts(container: ContainerProxy) -> None:
    scripts = container.scripts
    scripts.create_stored_procedure({"id": "s", "body": "function () {}"})
    scripts.create_trigger({"id": "t", "body": "function () {}", "triggerType": "Pre", "triggerOperation": "All"})
    scripts.create_user_defined_function({"id": "f", "body": "function () {}"})
    scripts.replace_stored_procedure("s", {"id": "s", "body": "function () { return 1 }"})
    assert [each["id"] for each in scripts.list_stored_procedures()] == ["s"]
    assert [each["id"] for each in scripts.query_triggers("SELECT * FROM t")] == ["t"]
    assert scripts.get_user_defined_function("f")["body"] == "function () {}"
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        scripts.execute_stored_procedure("s", partition_key="a")
    assert refused.value.status_code == 400 and "no JavaScript engine" in refused.value.message
    scripts.delete_stored_procedure("s")
    scripts.delete_trigger("t")
    scripts.delete_user_defined_function("f")


@pytest.mark.covers("Conflicts: the feed is empty")
def test_conflicts(container: ContainerProxy) -> None:
    assert list(container.list_conflicts()) == []


@pytest.mark.covers("Account: the document, with the address that it was asked by")
def test_the_account(send: Callable[..., Any], running: Any) -> None:
    account = send("GET", "/").body
    assert account["writableLocations"][0]["databaseAccountEndpoint"] == running.url + "/"
    assert account["userConsistencyPolicy"]["defaultConsistencyLevel"] == "Session"


@pytest.mark.covers("Account: a date of another time is 403")
def test_an_old_date(send: Callable[..., Any], running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    old = "Thu, 01 Jan 2015 00:00:00 GMT"
    module = send.func.__globals__  # type: ignore[attr-defined]
    monkeypatch.setitem(module, "formatdate", lambda **_options: old)
    assert send("GET", "/dbs").status == 403
