"""Transactional batch: all or nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey, exceptions

HEADERS = {"x_ms_documentdb_partitionkey": '["a"]', "x_ms_cosmos_is_batch_request": "True"}


@pytest.mark.covers("Batch: create, upsert, read, patch, replace, delete")
def test_all_operations_of_a_batch(container: ContainerProxy) -> None:
    results = container.execute_item_batch(
        [
            ("create", ({"id": "1", "pk": "a", "n": 1},)),
            ("upsert", ({"id": "2", "pk": "a"},)),
            ("read", ("1",)),
            ("patch", ("1", [{"op": "incr", "path": "/n", "value": 1}]), {"filter_predicate": "from c where c.n = 1"}),
            ("replace", ("2", {"id": "2", "pk": "a", "n": 5})),
            ("create", ({"id": "3", "pk": "a"},)),
            ("delete", ("3",)),
        ],
        "a",
    )
    assert [one["statusCode"] for one in results] == [201, 201, 200, 200, 200, 201, 204]
    assert results[2]["resourceBody"]["n"] == 1 and results[3]["resourceBody"]["n"] == 2
    assert sorted(one["id"] for one in container.read_all_items()) == ["1", "2"]


@pytest.mark.covers("Batch: a failure rolls everything back, the others are 424")
def test_a_failed_operation_undoes_the_batch(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "pk": "a", "n": 1})
    with pytest.raises(exceptions.CosmosBatchOperationError) as failed:
        container.execute_item_batch(
            [
                ("create", ({"id": "2", "pk": "a"},)),
                ("patch", ("1", [{"op": "set", "path": "/n", "value": 2}])),
                ("create", ({"id": "1", "pk": "a"},)),
                ("delete", ("2",)),
            ],
            "a",
        )
    assert failed.value.error_index == 2
    assert [one["statusCode"] for one in failed.value.operation_responses] == [424, 424, 409, 424]
    assert [one["n"] for one in container.read_all_items()] == [1]


@pytest.mark.covers("Batch: If-Match of an operation")
def test_an_operation_insists_on_a_version(container: ContainerProxy) -> None:
    container.create_item({"id": "1", "pk": "a"})
    with pytest.raises(exceptions.CosmosBatchOperationError) as failed:
        container.execute_item_batch([("delete", ("1",), {"if_match_etag": '"other"'})], "a")
    assert failed.value.operation_responses[0]["statusCode"] == 412


BULK = {"x_ms_cosmos_is_batch_request": "True", "x_ms_cosmos_batch_atomic": "false"}


def operation(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {"operationType": kind, "partitionKey": f'["{key}"]', **more}


@pytest.mark.covers("Batch: bulk, each operation for itself, by physical partition")
def test_operations_of_a_bulk_request_fail_alone(container: ContainerProxy, send: Callable[..., Any]) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs"
    operations = [
        operation("Create", "a", resourceBody={"id": "1", "pk": "a"}),
        operation("Create", "a", resourceBody={"id": "1", "pk": "a"}),
        operation("Create", "a", resourceBody={"id": "1", "pk": "b"}),
        operation("Upsert", "b", resourceBody={"id": "1", "pk": "b"}),
        operation("Patch", "b", id="1", resourceBody=[{"op": "add", "path": "/n", "value": 1}]),
        operation("Read", "b", id="none"),
        {"operationType": "Read", "id": "1"},
    ]
    answer = send("POST", path, operations, x_ms_documentdb_partitionkeyrangeid="0", **BULK)
    assert answer.status == 207
    assert [one["statusCode"] for one in answer.body] == [201, 409, 400, 201, 200, 404, 400]
    assert answer.body[4]["resourceBody"]["n"] == 1
    assert float(answer.headers["x-ms-request-charge"]) > 15
    minimal = operation("Upsert", "c", resourceBody={"id": "1", "pk": "c"}, minimalReturnPreference=True)  # of Java
    short = send("POST", path, [minimal], x_ms_documentdb_partitionkeyrangeid="0", **BULK)
    assert set(short.body[0]) == {"statusCode", "requestCharge", "eTag"}
    stopping = {**BULK, "x_ms_cosmos_batch_continue_on_error": "False"}
    answer = send("POST", path, operations[3::-1], x_ms_documentdb_partitionkeyrangeid="0", **stopping)
    assert [one["statusCode"] for one in answer.body] == [200, 400, 424, 424]


def test_a_bulk_request_for_a_partition_that_is_gone(container: ContainerProxy, send: Callable[..., Any]) -> None:
    path, operations = f"/dbs/camp/colls/{container.id}/docs", [operation("Read", "a", id="1")]
    gone = send("POST", path, operations, x_ms_documentdb_partitionkeyrangeid="7", **BULK)
    assert (gone.status, gone.substatus) == (410, "1002")
    assert send("POST", path, operations, **BULK).status == 400


def test_operations_of_a_bulk_request_that_the_budget_does_not_admit(
    database: DatabaseProxy, send: Callable[..., Any], clock: Any
) -> None:
    database.create_container("small", PartitionKey("/pk"), offer_throughput=400)
    clock.now = float(int(clock.now) + 1)
    creates = [operation("Create", "a", resourceBody={"id": str(n), "pk": "a", "x": "x" * 9000}) for n in range(90)]
    path = "/dbs/camp/colls/small/docs"
    answer = send("POST", path, creates, x_ms_documentdb_partitionkeyrangeid="0", **BULK)
    statuses = [one["statusCode"] for one in answer.body]
    admitted = statuses.count(201)
    assert 30 < admitted < 60
    assert statuses == [201] * admitted + [429] * (90 - admitted)
    assert (answer.body[-1]["substatusCode"], answer.body[-1]["retryAfterMilliseconds"] > 0) == (3200, True)
    clock.now += 5
    assert len(list(database.get_container_client("small").read_all_items())) == admitted
    database.delete_container("small")


@pytest.mark.covers("Patch: a bare array of operations")
def test_a_patch_may_be_the_operations_alone(container: ContainerProxy, send: Callable[..., Any]) -> None:
    container.create_item({"id": "1", "pk": "a"})
    operations = [{"op": "set", "path": "/n", "value": 1}]
    answer = send("PATCH", f"/dbs/camp/colls/{container.id}/docs/1", operations, x_ms_documentdb_partitionkey='["a"]')
    assert (answer.status, answer.body["n"]) == (200, 1)


@pytest.mark.covers("Batch: at most 100 operations and 2 MB")
def test_a_batch_that_is_too_large(container: ContainerProxy, send: Callable[..., Any]) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs"
    reads = [{"operationType": "Read", "id": "1"}]
    assert send("POST", path, reads * 100, **HEADERS).status == 207
    assert send("POST", path, reads * 101, **HEADERS).status == 400
    large = [{"operationType": "Upsert", "resourceBody": {"id": "1", "pk": "a", "x": "x" * 2**21}}]
    assert send("POST", path, large, **HEADERS).status == 413


@pytest.mark.parametrize(
    "operation",
    [
        None,
        {},
        {"operationType": "Drop", "id": "1"},
        {"operationType": ["Read"], "id": "1"},
        {"operationType": "Create"},
        {"operationType": "Create", "resourceBody": []},
        {"operationType": "Create", "resourceBody": {"id": "1", "pk": "b"}},
        {"operationType": "Patch", "id": "1", "resourceBody": {"operations": 5}},
        {"operationType": "Read"},
        {"operationType": "Upsert", "resourceBody": {"id": "2", "pk": "a"}, "ifMatch": 5},
    ],
)
def test_an_operation_that_makes_no_sense(container: ContainerProxy, send: Callable[..., Any], operation: Any) -> None:
    container.create_item({"id": "1", "pk": "a"})
    good = {"operationType": "Create", "resourceBody": {"id": "9", "pk": "a"}}
    answer = send("POST", f"/dbs/camp/colls/{container.id}/docs", [good, operation], **HEADERS)
    assert answer.status == 207
    assert [one["statusCode"] for one in answer.body] == [424, 400]
    assert len(list(container.read_all_items())) == 1
