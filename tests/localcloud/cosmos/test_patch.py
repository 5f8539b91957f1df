"""The patch engine, on documents in memory."""

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.patch import patched

CORPUS = Path(__file__).parent / "corpus" / "patch"
KEYS = [("pk",), ("a", "b")]


def after(document: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    return patched(copy.deepcopy(document), list(operations), [("pk",)])


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({}, {"op": "add", "path": "/n", "value": 1}, {"n": 1}),
        ({"n": 1}, {"op": "add", "path": "/n", "value": None}, {"n": None}),
        ({"t": [1, 3]}, {"op": "add", "path": "/t/1", "value": 2}, {"t": [1, 2, 3]}),
        ({"t": [1]}, {"op": "add", "path": "/t/-", "value": 2}, {"t": [1, 2]}),
        ({"t": [1]}, {"op": "add", "path": "/t/1", "value": 2}, {"t": [1, 2]}),
        ({"t": [1, 3]}, {"op": "set", "path": "/t/1", "value": 2}, {"t": [1, 2]}),
        ({}, {"op": "set", "path": "/o", "value": {"x": 1}}, {"o": {"x": 1}}),
        ({"o": {"x": 1}}, {"op": "replace", "path": "/o/x", "value": 2}, {"o": {"x": 2}}),
        ({"o": {"x": 1}}, {"op": "remove", "path": "/o/x"}, {"o": {}}),
        ({"t": [1, 2]}, {"op": "remove", "path": "/t/0"}, {"t": [2]}),
        ({"n": 1}, {"op": "incr", "path": "/n", "value": 2}, {"n": 3}),
        ({"n": 1}, {"op": "incr", "path": "/n", "value": -0.5}, {"n": 0.5}),
        ({}, {"op": "increment", "path": "/n", "value": 2}, {"n": 2}),
        ({"n": 2**64 - 1}, {"op": "incr", "path": "/n", "value": 1}, {"n": float(2**64)}),
        ({"x": 1, "o": {}}, {"op": "move", "from": "/x", "path": "/o/y"}, {"o": {"y": 1}}),
        ({"t": [1, 2]}, {"op": "move", "from": "/t/0", "path": "/t/1"}, {"t": [2, 1]}),
        ({"a/b": 1, "~": 2}, {"op": "set", "path": "/a~1b", "value": 3}, {"a/b": 3, "~": 2}),
    ],
)
@pytest.mark.covers("Patch: add, set, replace, remove, incr and move")
def test_an_operation(document: dict[str, Any], operation: dict[str, Any], expected: dict[str, Any]) -> None:
    assert after(document, operation) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "remove", "path": "/missing"},
        {"op": "add", "path": "/missing/x", "value": 1},
        {"op": "add", "path": "/t/5", "value": 1},
        {"op": "set", "path": "/t/2", "value": 1},
        {"op": "set", "path": "/t/01", "value": 1},
        {"op": "set", "path": "/t/²", "value": 1},
        {"op": "set", "path": "/s/x", "value": 1},
        {"op": "incr", "path": "/s", "value": 1},
        {"op": "incr", "path": "/n", "value": "1"},
        {"op": "incr", "path": "/n", "value": True},
        {"op": "move", "from": "/o", "path": "/o/x"},
        {"op": "move", "from": "/missing", "path": "/x"},
        {"op": "move", "path": "/x"},
        {"op": "set", "path": "/n"},
        {"op": "set", "path": "n", "value": 1},
        {"op": "set", "path": "", "value": 1},
        {"op": "set", "path": ["n"], "value": 1},
        {"op": "no", "path": "/n", "value": 1},
        {"op": ["add"], "path": "/n", "value": 1},
        {"path": "/n", "value": 1},
        "add",
        None,
    ],
)
@pytest.mark.covers("Patch: an operation that cannot be done is 400")
def test_an_operation_that_cannot_be_done(operation: Any) -> None:
    with pytest.raises(CosmosError) as refused:
        after({"n": 1, "s": "x", "t": [1, 2], "o": {"x": {}}}, operation)
    assert refused.value.status == 400 and "For Operation(1)" in refused.value.message


@pytest.mark.parametrize("path", ["/id", "/pk", "/pk/x", "/a", "/a/b", "/a/b/c", "/_ts", "/_etag", "/_rid"])
@pytest.mark.covers("Patch: id, partition key and system properties are protected")
def test_a_protected_path(path: str) -> None:
    for operation in (
        {"op": "set", "path": path, "value": 1},
        {"op": "remove", "path": path},
        {"op": "move", "from": path, "path": "/x"},
        {"op": "move", "from": "/x", "path": path},
    ):
        with pytest.raises(CosmosError):
            patched({"id": "1", "pk": 1, "a": {"b": 1}, "x": 1}, [operation], KEYS)


@pytest.mark.parametrize("operations", [[], None, {}, [{"op": "incr", "path": "/n", "value": 1}] * 11])
@pytest.mark.covers("Patch: one to ten operations")
def test_too_few_or_too_many_operations(operations: Any) -> None:
    with pytest.raises(CosmosError):
        patched({"n": 0}, operations, KEYS)


PATHS = st.sampled_from(
    ["/n", "/t/0", "/t/-", "/o/x", "/o", "/o/x/y", "/id", "", "/", "//", "/t/99", "/~", "/~2", "/é"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
OPERATION = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "set", "replace", "remove", "incr", "move", "x"]) | JSON, "path": PATHS | JSON},
    optional={"value": JSON, "from": PATHS | JSON},
)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.json")), ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    tried(orjson.loads(path.read_bytes()))


@given(st.lists(OPERATION | JSON, min_size=1, max_size=4))
@pytest.mark.covers("Patch: any operations end in a document or in 400")
def test_any_operations_give_json_or_a_refusal(operations: list[Any]) -> None:
    tried(operations)


def tried(operations: list[Any]) -> None:
    document = {"id": "1", "pk": "a", "n": 1, "t": [1, "x", {}], "o": {"x": {"y": None}}}
    try:
        result = patched(document, operations, [("pk",)])
    except CosmosError as refused:
        assert refused.status == 400
    else:
        assert result["id"] == "1" and result["pk"] == "a"
        orjson.dumps(result)
