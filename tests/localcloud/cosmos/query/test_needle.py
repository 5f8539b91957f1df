"""Bytes that every match holds, however its numbers were written."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.query.needle import needle
from localcloud.cosmos.sql import Condition

VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=4)


@given(st.text(max_size=3), VALUES, st.booleans())
def test_a_match_holds_the_needle(name: str, value: object, as_double: bool) -> None:
    found = needle([Condition((name,), "=", (value,))])
    stored = float(value) if as_double and type(value) is int else value
    assert found is None or found in orjson.dumps({"x": 1, name: stored})


@pytest.mark.parametrize("op", ["<", "in", "defined", "between", "startswith"])
def test_only_equality_has_one(op: str) -> None:
    assert needle([Condition(("a",), op, ("x",))]) is None


def test_the_longest_is_looked_for() -> None:
    assert needle([Condition(("a",), "=", (7,)), Condition(("b", "c"), "=", ("word",))]) == b'"c":"word"'
