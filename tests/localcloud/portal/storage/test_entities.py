import math
from datetime import datetime, timezone
from uuid import UUID

import pytest
from azure.data.tables import EdmType, EntityProperty

from localcloud.portal.guard import Refused
from localcloud.portal.storage.entities import entity_of, json_of

KEYS = {"PartitionKey": "p", "RowKey": "r"}
ENTITY = {
    **KEYS,
    "text": "é",
    "count": 3,
    "half": 0.5,
    "whole": 2.0,
    "yes": True,
    "large": EntityProperty(2**40, EdmType.INT64),
    "at": datetime(2026, 11, 24, 10, tzinfo=timezone.utc),
    "id": UUID(int=5),
    "bytes": b"\x00\xff",
    "endless": math.inf,
}


def test_an_entity_comes_back_as_it_was() -> None:
    shown = json_of(ENTITY)
    assert (shown["large"], shown["large@odata.type"]) == (str(2**40), "Edm.Int64")
    assert "count@odata.type" not in shown
    back = entity_of(shown)
    assert back == ENTITY
    assert type(back["whole"]) is float


def test_a_number_too_large_for_int32_is_an_int64() -> None:
    assert entity_of({**KEYS, "n": 2**31})["n"] == EntityProperty(2**31, EdmType.INT64)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"PartitionKey": "p"},
        {**KEYS, "RowKey": 1},
        {**KEYS, "list": []},
        {**KEYS, "none": None},
        {**KEYS, "huge": 2**63},
        {**KEYS, "n": "x", "n@odata.type": "Edm.Int64"},
        {**KEYS, "n": 1, "n@odata.type": "Edm.Guid"},
        {**KEYS, "n": "1", "n@odata.type": "Edm.Colour"},
        {**KEYS, "n": "yesterday", "n@odata.type": "Edm.DateTime"},
        {**KEYS, "n": "???", "n@odata.type": "Edm.Binary"},
        {**KEYS, "n": 2**31, "n@odata.type": "Edm.Int32"},
        {**KEYS, "n": "true", "n@odata.type": "Edm.Boolean"},
        {**KEYS, "n": "1", "n@odata.type": ["Edm.Int32"]},
    ],
)
def test_what_is_no_entity_is_refused_with_a_sentence(given: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        entity_of(given)
    assert refused.value.status == 400
