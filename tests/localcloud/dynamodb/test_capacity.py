"""Sizes and capacity units by the documented rules, case by case."""

import pytest

from localcloud.dynamodb.capacity import Index, Table, Units, fetched, queried, read, written
from localcloud.dynamodb.sizes import item_size, number_size, value_size

PLAIN = Table("t", ("pk", "sk"))
INDEXED = Table("t", ("pk",), (Index("all", ("g",), None), Index("few", ("g", "h"), frozenset({"x"}))))


def item(size, **further):
    """An item of `size` bytes, with `pk`."""
    rest = {"pk": {"S": "p"}, **further}
    return {**rest, "a": {"S": "x" * (size - item_size(rest) - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "é"}, 2),
        ({"S": "学"}, 3),
        ({"B": "YWJj"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + 1 + 2 + 1 + 1),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "100"]}, 4),
        ({"BS": ["YQ==", "YWI="]}, 3),
    ],
)
def test_the_size_of_a_value(value, size):
    assert value_size(value) == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1), ("0.00", 1), ("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("-1", 3), ("100", 2), ("1000", 2),
        ("0.1", 2), ("0.01", 2), ("21.5", 3), ("2.15", 3), ("-21.5", 4), ("1E+100", 2), ("1e3", 2), ("12345.678", 6),
    ],
)  # fmt: skip
def test_the_size_of_a_number(text, size):
    assert number_size(text) == size


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, {"X": 1}])
def test_what_has_no_type_has_no_size(value):
    with pytest.raises(ValueError):
        value_size(value)


@pytest.mark.parametrize(("size", "units"), [(20, 1), (1024, 1), (1025, 2), (3072, 3), (3073, 4)])
def test_a_write_costs_a_unit_for_each_started_kilobyte(size, units):
    assert written(PLAIN, None, item(size)).total == units


def test_a_write_costs_the_larger_of_before_and_after():
    assert written(PLAIN, item(5000), item(100)).total == 5
    assert written(PLAIN, item(100), item(5000)).total == 5
    assert written(PLAIN, item(5000), None).total == 5


def test_a_delete_of_nothing_costs_a_unit():
    assert written(PLAIN, None, None).total == 1


def test_a_condition_that_does_not_hold_costs_the_item_that_is_there():
    assert written(PLAIN, item(3000), item(3000)).total == 3


def test_a_transaction_costs_twice():
    assert written(PLAIN, None, item(3000), transactional=True).total == 6
    assert read(3000, transactional=True) == 2


def test_an_index_is_written_when_an_entry_comes_goes_changes_or_moves():
    g, other = {"g": {"S": "1"}}, {"g": {"S": "2"}}
    assert written(INDEXED, None, item(3000, **g)).indexes == {"all": 3}
    assert written(INDEXED, item(3000, **g), None).indexes == {"all": 3}
    assert written(INDEXED, item(3000, **g), item(3000, **other)).indexes == {"all": 6}
    assert written(INDEXED, item(3000, **g), item(3100, **g)).indexes == {"all": 4}
    assert written(INDEXED, item(3000, **g), item(3000, **g)).indexes == {}
    assert written(INDEXED, item(3000), item(3000)).indexes == {}


def test_an_index_that_holds_little_costs_little():
    keys = {"g": {"S": "1"}, "h": {"S": "1"}}
    assert written(INDEXED, None, item(3000, **keys)).indexes == {"all": 3, "few": 1}
    assert written(INDEXED, item(3000, **keys), item(2900, **keys)).indexes == {"all": 3}
    changed = written(INDEXED, item(3000, **keys, x={"N": "1"}), item(3000, **keys, x={"N": "2"}))
    assert changed.indexes == {"all": 3, "few": 1}


def test_units_add_up():
    both = Units(1, {"a": 2.0}) + Units(3, {"b": 1.0})
    assert both == Units(4, {"a": 2.0, "b": 1.0})
    assert both.total == 7


@pytest.mark.parametrize(("size", "half", "whole"), [(0, 0.5, 1), (4096, 0.5, 1), (4097, 1, 2), (9000, 1.5, 3)])
def test_a_read_costs_a_half_for_each_started_four_kilobytes(size, half, whole):
    assert read(size) == half
    assert read(size, consistent=True) == whole


def test_a_query_is_rounded_once():
    assert queried([100] * 20) == 0.5
    assert queried([3000] * 20) == 7.5
    assert queried([]) == 0.5
    assert fetched([100] * 4) == 2


def test_a_table_as_it_is_described():
    described = Table.described(
        {
            "TableName": "t",
            "KeySchema": [{"AttributeName": "s", "KeyType": "RANGE"}, {"AttributeName": "p", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "g",
                    "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["y"]},
                }
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "l",
                    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        }
    )
    assert described.keys == ("p", "s")
    assert described.index("g") == Index("g", ("x",), frozenset({"y"}))
    assert described.index("l") == Index("l", ("p",), frozenset(), local=True)
    assert described.index("none") is None
