"""Effective partition keys: as the SDK computes them."""

from typing import Any

import pytest
from azure.cosmos.partition_key import PartitionKey, _Undefined
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.hashing import effective_key
from localcloud.cosmos.undefined import UNDEFINED

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=120),
    st.floats(allow_nan=False, allow_infinity=False).filter(bool),  # the SDK tells -0.0 from 0.0
    st.just(UNDEFINED),
)
# Of null the SDK forgets the mark behind the hash, so that other SDKs would not find its keys.
SMALL = VALUES.filter(lambda value: value is not None and (not isinstance(value, str) or len(value.encode()) <= 100))


def sdk(values: list[Any], kind: str, version: int) -> str:
    """What the SDK says, in upper-case hex."""
    told = [_Undefined() if value is UNDEFINED else value for value in values]
    return str(PartitionKey._get_hashed_partition_key_string(told, kind, version)).upper()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "3A5381E1114EB8D3FCC90795045B49B7"),
        (None, "378867E4430E67857ACE5C908374FE16"),
        (UNDEFINED, "11622DAA78F835834610ABE56EFF5CB5"),
        (1, "20CD98B339BA78A5D0CF6953B87070B0"),
    ],
)
@pytest.mark.covers("Partition keys: hash version 2")
def test_the_published_vectors(value: Any, expected: str) -> None:
    assert effective_key((value,), "Hash", 2).hex().upper() == expected


@given(VALUES)
def test_version_2_is_the_sdks(value: Any) -> None:
    assert effective_key((value,), "Hash", 2).hex().upper() == sdk([value], "Hash", 2)


@given(SMALL)
@pytest.mark.covers("Partition keys: hash version 1")
def test_version_1_is_the_sdks(value: Any) -> None:
    assert effective_key((value,), "Hash", 1).hex().upper() == sdk([value], "Hash", 1)


@given(st.lists(VALUES, min_size=1, max_size=3))
@pytest.mark.covers("Partition keys: the hash of hierarchical keys")
def test_a_hierarchical_key_is_the_sdks(values: list[Any]) -> None:
    assert effective_key(values, "MultiHash", 2).hex().upper() == sdk(values, "MultiHash", 2)


def test_true_and_1_are_two_keys() -> None:
    assert effective_key((True,), "Hash", 2) != effective_key((1,), "Hash", 2)
    assert effective_key((1,), "Hash", 2) == effective_key((1.0,), "Hash", 2)
