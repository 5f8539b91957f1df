"""Index terms: in the order of the values, and one for each that a document has."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.indexing import ELEMENT, Index, leaf_count, normalised, number
from localcloud.cosmos.indexing.encoding import STRING_BYTES, bounds, encode, is_exact
from localcloud.cosmos.sql.operators import BINARY, between, is_in
from localcloud.cosmos.sql.values import equal, order_key

numbers = st.one_of(
    st.integers(-(2**64), 2**64), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0, -0.0, 2**53])
)
texts = st.one_of(
    st.text(max_size=5),
    st.builds(lambda tail: "é" * (STRING_BYTES // 2 - 1) + tail, st.text(max_size=4)),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.text(max_size=2), scalars, max_size=2))


@given(values, values)
def test_terms_never_contradict_the_order_of_values(left: Any, right: Any) -> None:
    if order_key(left) < order_key(right):
        assert encode(left) <= encode(right)
    if encode(left) == encode(right) and is_exact(encode(left)):
        assert equal(left, right)
    if equal(left, right):
        assert encode(left) == encode(right)


@given(scalars, scalars, scalars, st.sampled_from(["=", "<", "<=", ">", ">=", "between", "in", "startswith"]))
def test_no_matching_value_is_out_of_bounds(value: Any, first: Any, second: Any, op: str) -> None:
    operands = (first, second) if op in ("between", "in") else (first,)
    if op == "between":
        matches = between(value, first, second)
    elif op == "in":
        matches = is_in(value, [first, second])
    elif op == "startswith":
        matches = isinstance(value, str) and isinstance(first, str) and value.startswith(first)
    else:
        matches = BINARY[op](value, first)
    term = encode(value)
    if matches is True:
        assert any(one.low <= term <= one.high for one in bounds(op, operands) or ())


@given(scalars, st.sampled_from("<>"))
def test_a_strict_comparison_leaves_out_the_value_itself(value: Any, op: str) -> None:
    term = encode(value)
    if is_exact(term):
        assert not any(one.low <= term <= one.high for one in bounds(op, (value,)) or ())


def everything() -> Index:
    return Index(normalised(None))


def test_every_value_has_a_term() -> None:
    document = {"id": "1", "a": {"b": [1, "x", {"c": True}], "d": None}, "_rid": "r", "_etag": "e", "_ts": 5}
    found = everything().terms(document)
    assert found == {
        (number(("id",)), encode("1")), (number(("a",)), encode({})), (number(("a", "b")), encode([])),
        (number(("a", "b", ELEMENT)), encode(1)), (number(("a", "b", ELEMENT)), encode("x")),
        (number(("a", "b", ELEMENT)), encode({})), (number(("a", "b", ELEMENT, "c")), encode(True)),
        (number(("a", "d")), encode(None)), (number(("_ts",)), encode(5)),
    }  # fmt: skip


@pytest.mark.covers("Indexing: a write is charged for the values that the policy indexes")
def test_leaves_are_the_documents_own_indexed_values() -> None:
    document = {"id": "1", "a": {"b": [1, 2, 2]}, "c": "x", "_ts": 5}
    assert leaf_count(everything().terms(document)) == 4
    without = Index(normalised({"includedPaths": [{"path": "/id/?"}], "excludedPaths": [{"path": "/*"}]}))
    assert leaf_count(without.terms(document)) == 1
    assert Index(normalised({"indexingMode": "none"})).terms(document) == frozenset()


def test_a_value_included_under_an_excluded_path_is_found() -> None:
    index = Index(normalised({"includedPaths": [{"path": "/a/b/[]/c/?"}], "excludedPaths": [{"path": "/*"}]}))
    assert index.terms({"a": {"b": [{"c": 1, "d": 2}], "x": 3}}) == {(number(("a", "b", ELEMENT, "c")), encode(1))}
