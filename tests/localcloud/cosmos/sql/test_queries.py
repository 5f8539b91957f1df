"""Whole queries over a few documents: each clause with the answer that Cosmos DB gives."""

from datetime import datetime, timezone
from typing import Any

import pytest

from localcloud.cosmos.sql import compile, parse

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=timezone.utc)


def answers(text: str, documents: list[Any], **parameters: Any) -> list[Any]:
    """The complete answer of a query; parameters without their `@`."""
    program = compile(parse(text), {f"@{name}": value for name, value in parameters.items()}, NOW)
    return list(program.evaluate(documents))


@pytest.mark.covers("SQL clause: SELECT, FROM and WHERE")
def test_a_filter_keeps_the_documents_that_meet_it() -> None:
    documents = [{"id": "1", "n": 1}, {"id": "2", "n": 2}, {"id": "3"}]
    assert answers("SELECT * FROM c WHERE c.n >= @least", documents, least=2) == [{"id": "2", "n": 2}]
