"""What the SDK's requests for a query tell, and what the service says of a wrong one."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.portal.data.queryrequests import Requests, indexes_in, metrics_in
from localcloud.portal.data.sqlerror import sql_error

INDEXES = {
    "UtilizedSingleIndexes": [{"IndexSpec": "/channel/?", "IndexImpactScore": "High"}],
    "PotentialCompositeIndexes": [{"IndexSpecs": ["/a ASC", "/b ASC"]}],
}
QUERY = {"x-ms-documentdb-isquery": "True"}


def answer(asked: dict[str, str], status: int, **headers: str) -> Any:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return SimpleNamespace(
        http_request=SimpleNamespace(headers=asked),
        http_response=SimpleNamespace(status_code=status, headers=given),
    )


def test_the_fan_out_is_told_by_partition() -> None:
    requests = Requests()
    requests.begin()
    requests(answer(QUERY, 400, x_ms_substatus="1004"))
    requests(answer({"x-ms-cosmos-is-query-plan-request": "True"}, 200))
    requests(answer({}, 200, x_ms_request_charge="9"))
    for partition, charge, status in (("10", "2.5", 200), ("2", "0.38", 429), ("2", "3.1", 200)):
        asked = {**QUERY, "x-ms-documentdb-partitionkeyrangeid": partition}
        requests(answer(asked, status, x_ms_request_charge=charge, x_ms_item_count="7"))
    told = requests.told()
    assert (told["planned"], told["refused"], told["charge"]) == (True, 1, 5.98)
    assert [(one["partition"], one["requests"], one["refused"], one["charge"]) for one in told["partitions"]] == [
        ("2", 2, 1, 3.48),
        ("10", 1, 0, 2.5),
    ]
    assert [one["kind"] for one in told["requests"]] == ["gateway", "plan", "query", "query", "query"]
    requests.begin()
    assert requests.told()["requests"] == []


def test_metrics_are_added_up() -> None:
    header = "totalExecutionTimeInMs=1.25;retrievedDocumentCount=100;indexHitRatio=0.5;broken;outputDocumentCount=x"
    assert metrics_in(header) == {
        "totalExecutionTimeInMs": 1.25,
        "retrievedDocumentCount": 100,
        "outputDocumentCount": 0,
    }
    requests = Requests()
    for _page in range(2):
        requests(answer(QUERY, 200, x_ms_documentdb_query_metrics="retrievedDocumentCount=100"))
    assert requests.told()["metrics"] == {"retrievedDocumentCount": 200}


@pytest.mark.parametrize("encoded", [base64.b64encode(json.dumps(INDEXES).encode()).decode(), json.dumps(INDEXES)])
def test_index_metrics_in_both_writings(encoded: str) -> None:
    assert indexes_in(encoded) == {
        "UtilizedSingleIndexes": ["/channel/?"],
        "PotentialCompositeIndexes": ["/a ASC, /b ASC"],
    }


def test_broken_index_metrics_are_none() -> None:
    assert [indexes_in(text) for text in ("", "!", "W10=", "e30", '{"UtilizedSingleIndexes":7}')] == [{}] * 5


def test_the_place_of_a_syntax_error() -> None:
    told = {"severity": "Error", "location": {"start": 9, "end": 13}, "code": "SC1001", "message": "near 'FORM'."}
    found = sql_error(f"Message: {json.dumps({'errors': [told]})}\r\nActivityId: 1")
    assert found is not None
    assert (found.sentence, found.at) == ("SC1001: near 'FORM'.", (9, 13))


@pytest.mark.parametrize("message", ["", "Message: {", "{}", '{"errors":[]}', '{"errors":[7]}', "[" * 5_000 + "{}"])
def test_what_is_no_syntax_error(message: str) -> None:
    assert sql_error(message) is None


def test_a_place_that_makes_no_sense_is_none() -> None:
    for location in ({}, {"start": 5, "end": 2}, {"start": -1, "end": 2}, {"start": "a", "end": 2}, None):
        found = sql_error(json.dumps({"errors": [{"location": location, "message": "wrong"}]}))
        assert found is not None and found.at is None
