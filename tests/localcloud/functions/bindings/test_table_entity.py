import json
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.bindings.table_entity import (
    TableError,
    check_table,
    entities_of,
    filter_of,
    json_of,
    taken,
)
from localcloud.functions.worker.values import Value


@pytest.mark.parametrize("name", ["", "ab", "a-b", "1abc", "tables", "Tables", "a" * 64, "å" * 4])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(TableError):
        check_table(name)


@pytest.mark.parametrize(
    ("binding", "query"),
    [
        ({}, ""),
        ({"partitionKey": "p"}, "PartitionKey eq 'p'"),
        ({"partitionKey": "it's"}, "PartitionKey eq 'it''s'"),
        ({"filter": "a eq 1"}, "a eq 1"),
        ({"partitionKey": "p", "filter": "a eq 1", "rowKey": "r"}, "PartitionKey eq 'p' and a eq 1"),
    ],
)
def test_a_query_is_of_the_partition_and_the_filter(binding: dict[str, Any], query: str) -> None:
    assert filter_of(binding) == query


@pytest.mark.parametrize(("take", "most"), [(None, None), (0, None), (-1, None), (2, 2), ("3", 3)])
def test_take_is_how_many(take: Any, most: int | None) -> None:
    assert taken({"take": take}) == most


def test_every_type_has_its_json() -> None:
    row = {
        "PartitionKey": "p",
        "Big": (2**40, "Edm.Int64"),
        "At": datetime(2026, 1, 31, tzinfo=timezone.utc),
        "Data": b"\x00\xff",
        "Id": UUID(int=7),
        "Share": 0.5,
        "Ok": True,
    }
    assert json.loads(json_of([row])) == [
        {
            "PartitionKey": "p",
            "Big": 2**40,
            "At": "2026-01-31T00:00:00+00:00",
            "Data": "AP8=",
            "Id": "00000000-0000-0000-0000-000000000007",
            "Share": 0.5,
            "Ok": True,
        }
    ]


def test_keys_are_found_in_any_case_and_an_etag_is_no_property() -> None:
    text = '{"partitionkey": "p", "ROWKEY": "r", "etag": "*", "Text": "é"}'
    assert entities_of(Value("bytes", text.encode()), {}) == [({"PartitionKey": "p", "RowKey": "r", "Text": "é"}, True)]
    [(_entity, replaces)] = entities_of(Value("string", '{"RowKey": "r", "ETag": "x"}'), {"partitionKey": "p"})
    assert not replaces


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_output_is_entities_or_is_refused(given_back: str | bytes) -> None:
    try:
        entities_of(Value("string", given_back), {"partitionKey": "p", "rowKey": "r"})
    except TableError as error:
        assert str(error)
