"""What the SDKs of .NET and Java send and read otherwise than Python's, request by request.

Their names for it: HttpConstants.java and BatchResponseParser.java of Azure/azure-sdk-for-java (azure-cosmos), and
BatchExecutor.cs, BatchAsyncContainerExecutor.cs and TransactionalBatchResponse.cs of Azure/azure-cosmos-dotnet-v3.
"""

from collections.abc import Callable
from typing import Any

import pytest
from azure.cosmos import ContainerProxy

BATCH = {
    "x_ms_documentdb_partitionkey": '["a"]',
    "x_ms_cosmos_is_batch_request": "True",
    "x_ms_cosmos_batch_atomic": "True",
    "x_ms_cosmos_batch_ordered": "True",
}
QUERY = {
    "x_ms_documentdb_isquery": "True",
    "Content_Type": "application/query+json",
    "x_ms_documentdb_query_enablecrosspartition": "True",
    "x_ms_documentdb_query_parallelizecrosspartitionquery": "True",
    "x_ms_cosmos_query_version": "1.0",
}
FORMATS = "x_ms_cosmos_supported_serialization_formats"
COSMOS_BINARY, HYBRID_ROW = b"\x80\xea\x01\x42", b"\x81\x01\x00\x00"


def documents(container: ContainerProxy) -> str:
    return f"/dbs/camp/colls/{container.id}/docs"


@pytest.mark.covers("HTTP: a client that takes binary answers (.NET) gets JSON, which it takes as well")
def test_answers_are_json_whatever_formats_a_client_takes(container: ContainerProxy, send: Callable[..., Any]) -> None:
    container.create_item({"id": "1", "pk": "a"})
    path, key = f"{documents(container)}/1", {"x_ms_documentdb_partitionkey": '["a"]'}
    read = send("GET", path, **key, **{FORMATS: "CosmosBinary"})
    assert (read.status, read.body["id"], read.headers["content-type"]) == (200, "1", "application/json")
    text = {"query": "SELECT * FROM c"}
    found = send("POST", documents(container), text, **QUERY, **{FORMATS: "JsonText,CosmosBinary"})
    assert (found.status, found.body["_count"]) == (200, 1)


@pytest.mark.covers("HTTP: a binary body (CosmosBinary, HybridRow) is 400")
@pytest.mark.parametrize(("body", "headers"), [(COSMOS_BINARY, {}), (HYBRID_ROW, BATCH)], ids=["item", "batch"])
def test_binary_bodies_are_refused(
    container: ContainerProxy, send: Callable[..., Any], body: bytes, headers: dict[str, str]
) -> None:
    answer = send("POST", documents(container), body, **{"x_ms_documentdb_partitionkey": '["a"]', **headers})
    assert (answer.status, answer.body["code"]) == (400, "BadRequest")
    assert list(container.read_all_items()) == []


@pytest.mark.covers("Batch: of the Java SDK: ordered, atomic, and the substatus under either spelling")
def test_a_batch_of_the_java_sdk(container: ContainerProxy, send: Callable[..., Any]) -> None:
    create = {"operationType": "Create", "resourceBody": {"id": "1", "pk": "a"}}
    made = send("POST", documents(container), [create], **BATCH, x_ms_version="2018-12-31")
    assert (made.status, made.body[0]["statusCode"], set(made.body[0])) == (
        200, 201, {"statusCode", "requestCharge", "eTag", "resourceBody"},
    )  # fmt: skip
    other = {"operationType": "Create", "resourceBody": {"id": "2", "pk": "b"}}
    failed = send("POST", documents(container), [other, create], **BATCH)
    assert [one["statusCode"] for one in failed.body] == [400, 424]
    assert failed.body[0]["subStatusCode"] == failed.body[0]["substatusCode"] == 1001
