import json
import math
from collections import Counter, OrderedDict, namedtuple
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.answers.inside.values import Other, TooMuch, decoded, encoded

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
HASHABLE = st.recursive(
    PLAIN | st.binary() | st.complex_numbers(allow_nan=False),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.lists(inner) | st.dictionaries(HASHABLE, inner) | st.sets(HASHABLE, max_size=4),
    max_leaves=20,
)
KINDS = st.sampled_from(["tuple", "set", "frozenset", "dict", "float", "bytes", "complex", "other", "x"])
DATA = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KINDS, inner))


@given(VALUES)
def test_a_value_comes_out_as_it_went_in(value: Any) -> None:
    back = decoded(json.loads(json.dumps(encoded(value))))
    assert back == value and type(back) is type(value)


@given(DATA)
def test_any_data_is_a_value_or_refused(data: Any) -> None:
    try:
        decoded(data)
    except ValueError as error:
        assert str(error)


class Liar(int):
    __eq__ = __lt__ = __gt__ = lambda self, other: True  # type: ignore[assignment]
    __hash__ = int.__hash__
    __index__ = __int__ = lambda self: 7  # type: ignore[assignment]


class Shifty(str):
    __str__ = __repr__ = lambda self: "right"  # type: ignore[assignment]


class Imaginary(complex):
    real = imag = 7.0  # type: ignore[assignment]


class Colour(IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Liar(3), 3),
        (Shifty("wrong"), "wrong"),
        (Colour.RED, 1),
        (Imaginary(1, 2), 1 + 2j),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(a=1), {"a": 1}),
        (namedtuple("Point", "x y")(1, 2), (1, 2)),
        (-math.inf, -math.inf),
        (2**4000, 2**4000),
        (bytearray(b"x"), bytearray(b"x")),
    ],
)
def test_a_subclass_is_what_it_is_made_of(value: Any, plain: Any) -> None:
    back = decoded(json.loads(json.dumps(encoded(value))))
    assert type(back) is type(plain) and back == plain


def test_not_a_number_stays_none() -> None:
    assert math.isnan(decoded(encoded(math.nan)))


def test_what_is_no_plain_value_is_shown_and_equals_nothing() -> None:
    class Equal:
        __eq__ = lambda self, other: True  # type: ignore[assignment]  # noqa: E731
        __hash__ = object.__hash__
        __repr__ = lambda self: "7"  # noqa: E731

    back = decoded(encoded(Equal()))
    assert isinstance(back, Other) and (back.type, back.text) == ("Equal", "7")
    assert back != 7 and back != "7" and back != Equal.__new__
    assert isinstance(decoded(encoded(range(3))), Other)


def test_what_is_too_large_is_told() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    for value in (cycle, [0] * 200_000, 1 << 100_000, "x" * 2_000_000, b"x" * 2_000_000, bytearray(2_000_000)):
        with pytest.raises(TooMuch):
            encoded(value)
