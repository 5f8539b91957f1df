import json
from typing import Any

import pytest

from localcloud.functions.bindings.cosmos_error import CosmosBindingError
from localcloud.functions.bindings.cosmos_value import documents_of, key_text, value_of, with_id
from localcloud.functions.worker.values import Value


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (Value("json", '[{"id": "a"}, {"id": "b"}]'), ["a", "b"]),
        (Value("string", '{"id": "a"}'), ["a"]),
        (Value("string", '["{\\"id\\": \\"a\\"}"]'), ["a"]),
        (Value("bytes", b'{"id": "\xc3\xa9"}'), ["é"]),
        (Value("json", "[]"), []),
    ],
)
def test_an_object_is_a_document_and_an_array_several(value: Value, ids: list[str]) -> None:
    assert [one["id"] for one in documents_of(value)] == ids


@pytest.mark.parametrize(
    ("text", "words"),
    [("rubbish", "The output is not JSON"), ("3", "must be a JSON object"), ('[{"id": "a"}, null]', "this is null")],
)
def test_what_is_no_document_says_so(text: str, words: str) -> None:
    with pytest.raises(CosmosBindingError, match=words):
        documents_of(Value("string", text))


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    with pytest.raises(CosmosBindingError):
        documents_of(Value("string", "[" * 200_000))


def test_extension_v3_makes_an_id_where_there_is_none() -> None:
    assert with_id({"id": "a"}) == {"id": "a"} and len(with_id({})["id"]) == 36


def test_what_a_function_gets_is_json_or_nothing() -> None:
    assert value_of(None) == Value(None, None)
    assert json.loads(value_of([{"id": "é"}]).value) == [{"id": "é"}]


@pytest.mark.parametrize(
    ("paths", "text"),
    [
        (["/channel"], "general"),
        (["/address/zip"], "7"),
        (['/"address"/"zip"'], "7"),
        (["/no/where"], "null"),
        (["/channel", "/address/zip"], '["general", 7]'),
        ([], "[]"),
    ],
)
def test_a_partition_key_is_shown_as_text(paths: list[str], text: str) -> None:
    document: dict[str, Any] = {"channel": "general", "address": {"zip": 7}}
    assert key_text(document, paths) == text
