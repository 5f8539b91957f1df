"""Items and containers that the service refuses: its status, its sub-status, and nothing stored."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from azure.cosmos import ContainerProxy
from hypothesis import given
from hypothesis import strategies as st

KEY = {"x_ms_documentdb_partitionkey": '["a"]'}
Send = Callable[..., Any]


def nested(depth: int) -> Any:
    value: Any = 1
    for _level in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("body", "status", "substatus"),
    [
        (b"{", 400, "0"),
        (b"", 400, "0"),
        (b"[]", 400, "0"),
        (b'"x"', 400, "0"),
        (b'{"id": "1", "pk": "a", "n": NaN}', 400, "0"),
        (b'{"id": "1", "pk": "a", "s": "\xff"}', 400, "0"),
        (b"[" * 100_000, 400, "0"),
        ({"pk": "a"}, 400, "0"),
        ({"id": 1, "pk": "a"}, 400, "0"),
        ({"id": "", "pk": "a"}, 400, "0"),
        ({"id": "a/b", "pk": "a"}, 400, "0"),
        ({"id": "a\\b", "pk": "a"}, 400, "0"),
        ({"id": "é" * 600, "pk": "a"}, 400, "0"),
        ({"id": "1", "pk": "b"}, 400, "1001"),
        ({"id": "1"}, 400, "1001"),
        ({"id": "1", "pk": "a", "deep": nested(128)}, 400, "0"),
        ({"id": "1", "pk": "a", "big": "x" * (2 * 1024 * 1024)}, 413, "0"),
        ({"id": "1", "pk": "a", "big": "x" * (3 * 1024 * 1024)}, 413, "0"),
    ],
)
@pytest.mark.covers("Items: malformed, forbidden, mismatched, deep and large items are refused")
def test_an_item_that_is_refused(container: ContainerProxy, send: Send, body: Any, status: int, substatus: str) -> None:
    answer = send("POST", f"/dbs/camp/colls/{container.id}/docs", body, **KEY)
    assert (answer.status, answer.substatus) == (status, substatus)
    assert set(answer.body) == {"code", "message"}
    assert list(container.read_all_items()) == []


def test_an_item_at_the_limits_is_taken(container: ContainerProxy, send: Send) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs"
    for body in (
        {"id": "é" * 500, "pk": "a"},
        {"id": "?#", "pk": "a", "deep": nested(127)},
        {"id": "big", "pk": "a", "big": "x" * (2 * 1024 * 1024 - 40)},
    ):
        assert send("POST", path, body, **KEY).status == 201


@pytest.mark.parametrize("key", ["", "a", "{", '{"a":1}', '["a","b"]', '[["a"]]', '[{"a":1}]', "[NaN]"])
def test_a_partition_key_header_that_is_none(container: ContainerProxy, send: Send, key: str) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs"
    assert send("POST", path, {"id": "1", "pk": "a"}, x_ms_documentdb_partitionkey=key).status == 400
    assert send("GET", path + "/1", x_ms_documentdb_partitionkey=key).status == 400


@pytest.mark.covers("Items: a key value of more than 2048 bytes is refused")
def test_a_key_value_that_is_too_long(container: ContainerProxy, send: Send) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs"
    for length, status in ((2048, 201), (2049, 400)):
        key = "x" * length
        headers = {"x_ms_documentdb_partitionkey": json.dumps([key])}
        assert send("POST", path, {"id": str(length), "pk": key}, **headers).status == status


def test_an_item_without_a_key_header_is_refused(container: ContainerProxy, send: Send) -> None:
    assert send("POST", f"/dbs/camp/colls/{container.id}/docs", {"id": "1", "pk": "a"}).status == 400


@pytest.mark.covers("Items: another container's resource id in the header is 400/1024")
def test_a_stale_container_id(container: ContainerProxy, send: Send) -> None:
    stale = {"x_ms_cosmos_intended_collection_rid": "AAAAAIAAAAA="}
    answer = send("GET", f"/dbs/camp/colls/{container.id}/docs/1", **KEY, **stale)
    assert (answer.status, answer.substatus) == (400, "1024")


@pytest.mark.covers("Sessions: a token ahead of the container is 404/1002, a malformed one 400")
def test_a_session_of_the_future(container: ContainerProxy, send: Send) -> None:
    path = f"/dbs/camp/colls/{container.id}/docs/1"
    answer = send("GET", path, **KEY, x_ms_session_token="0:-1#99")
    assert (answer.status, answer.substatus) == (404, "1002")
    assert send("GET", path, **KEY, x_ms_session_token="0:x#y").status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/dbs/none", 404),
        ("GET", "/dbs/camp/colls/none/docs/1", 404),
        ("PATCH", "/dbs", 405),
        ("DELETE", "/", 405),
        ("POST", "/dbs/camp/colls/x/operations/format", 404),
        ("GET", "/dbs/camp/colls/x/docs/1/attachments/2/3/4", 404),
    ],
)
@pytest.mark.covers("HTTP: unknown paths are 404, unknown methods 405")
def test_an_unknown_place(send: Send, database: Any, method: str, path: str, status: int) -> None:
    assert send(method, path).status == status
    assert send(method, path, key="d3Jvbmc=").status == 401


@pytest.mark.parametrize(
    "body",
    [
        {"id": "c"},
        {"id": "c", "partitionKey": "/pk"},
        {"id": "c", "partitionKey": {"paths": []}},
        {"id": "c", "partitionKey": {"paths": ["pk"]}},
        {"id": "c", "partitionKey": {"paths": ["/pk/"]}},
        {"id": "c", "partitionKey": {"paths": ["/pk/*"]}},
        {"id": "c", "partitionKey": {"paths": ["/a", "/b"]}},
        {"id": "c", "partitionKey": {"paths": ["/a", "/b", "/c", "/d"], "kind": "MultiHash", "version": 2}},
        {"id": "c", "partitionKey": {"paths": ["/a"], "kind": "Range"}},
        {"id": "c", "partitionKey": {"paths": ["/a"], "version": 3}},
        {"id": "c", "partitionKey": {"paths": ["/a"]}, "defaultTtl": 0},
        {"id": "c", "partitionKey": {"paths": ["/a"]}, "defaultTtl": "1"},
        {"id": "c", "partitionKey": {"paths": ["/a"]}, "uniqueKeyPolicy": {"uniqueKeys": [{"paths": []}]}},
        {"id": "c", "partitionKey": {"paths": ["/a"]}, "uniqueKeyPolicy": []},
        {"id": "c", "partitionKey": {"paths": ["/a"]}, "indexingPolicy": 1},
        {"id": "a/b", "partitionKey": {"paths": ["/a"]}},
        {"id": "a?", "partitionKey": {"paths": ["/a"]}},
        {"id": "a ", "partitionKey": {"paths": ["/a"]}},
        {"id": "a\r\nx: y", "partitionKey": {"paths": ["/a"]}},
        {"id": "x" * 256, "partitionKey": {"paths": ["/a"]}},
        {"id": 1, "partitionKey": {"paths": ["/a"]}},
    ],
)
@pytest.mark.covers("Containers: a wrong definition is 400")
def test_a_container_that_is_refused(send: Send, database: Any, body: Any) -> None:
    assert send("POST", "/dbs/camp/colls", body).status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BATCH = st.fixed_dictionaries(
    {"operationType": st.sampled_from(["Create", "Upsert", "Read", "Replace", "Delete", "Patch", "X"]) | JSON},
    optional={"id": st.just("1") | JSON, "ifMatch": JSON, "resourceBody": st.just({"id": "1", "pk": "a"}) | JSON},
)


@pytest.fixture(scope="module")
def fuzzed(database: Any) -> None:
    database.create_container("fuzz", {"paths": ["/pk"], "kind": "Hash", "version": 2}, offer_throughput=10_000)


@given(
    st.sampled_from(["", "?", "/1"]),
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    st.sampled_from(
        [
            {},
            KEY,
            {"x_ms_documentdb_isquery": "True", "x_ms_documentdb_query_enablecrosspartition": "True"},
            {**KEY, "x_ms_cosmos_is_batch_request": "True"},
            {"a_im": "Incremental Feed", "if_none_match": "x"},
            {"x_ms_max_item_count": "x", "x_ms_continuation": "x"},
        ]
    ),
    st.binary(max_size=20) | st.builds(json.dumps, JSON | st.lists(BATCH, max_size=3)).map(str.encode),
)
@pytest.mark.covers("HTTP: no request on items ends in a 500")
def test_no_request_breaks_the_server(
    fuzzed: None, send: Send, path: str, method: str, headers: dict[str, str], body: bytes
) -> None:
    answer = send(method, f"/dbs/camp/colls/fuzz/docs{path}", body, **headers)
    assert answer.status < 500, answer
