"""Unique keys: within one partition key."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey, exceptions

POLICY = {"uniqueKeys": [{"paths": ["/email"]}, {"paths": ["/name/first", "/name/last"]}]}


@pytest.fixture
def people(database: DatabaseProxy) -> Iterator[ContainerProxy]:
    container = database.create_container("people", PartitionKey("/pk"), unique_key_policy=POLICY, default_ttl=-1)
    yield container
    database.delete_container(container)


def person(item: str, email: Any, last: str = "", pk: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": item, "pk": pk, "email": email, "name": {"first": "Ada", "last": last or item}, **more}


@pytest.mark.covers("Unique keys: a second item with the values is 409, in another partition key not")
def test_no_two_items_share_a_unique_key(people: ContainerProxy) -> None:
    people.create_item(person("1", "x"))
    people.create_item(person("1", "x", pk="b"))
    for other in (person("2", "x"), person("2", "y", last="1")):
        for write in (people.create_item, people.upsert_item):
            with pytest.raises(exceptions.CosmosResourceExistsError):
                write(other)
    people.create_item(person("2", "y"))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        people.patch_item("2", "a", [{"op": "set", "path": "/email", "value": "x"}])


@pytest.mark.covers("Unique keys: free again after a change, a delete and an expiry")
def test_a_unique_key_becomes_free(people: ContainerProxy, clock: Any) -> None:
    people.create_item(person("1", "x"))
    people.upsert_item(person("1", "y"))
    people.create_item(person("2", "x"))
    people.delete_item("2", "a")
    people.create_item(person("3", "x", ttl=5))
    clock.now += 6
    people.create_item(person("4", "x"))
    people.create_item(person("3", "z"))


@pytest.mark.covers("Unique keys: a missing value counts as one; 1 and 1.0 are one")
def test_a_missing_value_is_a_value(people: ContainerProxy) -> None:
    people.create_item({"id": "1", "pk": "a"})
    with pytest.raises(exceptions.CosmosResourceExistsError):
        people.create_item({"id": "2", "pk": "a"})
    people.create_item(person("3", None))
    people.create_item(person("4", 1))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        people.create_item(person("5", 1.0))


@pytest.mark.covers("Unique keys: cannot be changed afterwards")
def test_the_policy_stays(people: ContainerProxy, database: DatabaseProxy, send: Any) -> None:
    body = {**people.read(), "uniqueKeyPolicy": {"uniqueKeys": []}}
    assert send("PUT", "/dbs/camp/colls/people", body).status == 400
