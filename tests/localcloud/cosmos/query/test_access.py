"""What a query loads: the documents that all its indexes lead to, whichever way it takes to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey

from localcloud.cosmos import query
from localcloud.cosmos.exchange import Request
from localcloud.cosmos.query import access, ordered

ITEMS = [
    {
        "id": f"{number:03}", "pk": f"k{number % 5}", "channel": "loud" if number % 4 else "quiet",
        "at": f"{number:03}", "plain": number % 10, "tags": ["even"] if number % 2 == 0 else ["odd", "few"],
    }
    for number in range(300)
]  # fmt: skip
POLICY = {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/plain/?"}]}
HOUR = "c.at >= '100' AND c.at < '140'"


@pytest.fixture(scope="module")
def messages(database: DatabaseProxy) -> Iterator[ContainerProxy]:
    container = database.create_container(
        "messages", PartitionKey("/pk"), indexing_policy=POLICY, offer_throughput=10_000,
        initial_headers={"x-camp-physical-partitions": "3"},
    )  # fmt: skip
    for item in ITEMS:
        container.create_item(item)
    yield container
    database.delete_container(container)


@pytest.fixture(params=["small", "large"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the container is taken for one of many documents, which are walked to and not listed."""
    if request.param == "large":
        monkeypatch.setattr(ordered, "FEW", 0)
        monkeypatch.setattr(access, "SELECTIVE", 2)


def loaded(container: ContainerProxy, text: str, **options: Any) -> tuple[int, int, float]:
    """How many documents the query loads and returns, and its request units."""
    counts, charge = [0, 0], 0.0

    def seen(headers: Any, _rows: Any) -> None:
        nonlocal charge
        told = dict(part.split("=") for part in headers["x-ms-documentdb-query-metrics"].split(";"))
        counts[0] += int(told["retrievedDocumentCount"])
        counts[1] += int(told["outputDocumentCount"])
        charge += float(headers["x-ms-request-charge"])

    options = options or {"enable_cross_partition_query": True}
    list(container.query_items(text, populate_query_metrics=True, response_hook=seen, max_item_count=500, **options))
    return counts[0], counts[1], round(charge, 2)


@pytest.mark.covers("Query: indexes are intersected for AND and united for OR, and only what is left is loaded")
@pytest.mark.parametrize(
    "terms",
    [
        f"c.channel = 'loud' AND {HOUR}", f"{HOUR} AND ARRAY_CONTAINS(c.tags, 'few')",
        f"c.channel IN ('quiet', 'none') AND {HOUR} AND c.id > '110'",
        "STARTSWITH(c.id, '1') AND c.channel = 'quiet'", "c.at BETWEEN '100' AND '120' AND c.channel = 'loud'",
        "c.channel = 'loud' AND IS_DEFINED(c.at) AND c.at < '050'",
        "c.id = '007' OR c.id = '290'", "c.channel = 'quiet' AND (c.at < '010' OR c.at > '290')",
        "(c.channel = 'quiet' AND c.at < '020') OR (ARRAY_CONTAINS(c.tags, 'few') AND c.at > '280') OR c.id IN ('100')",
    ],
)  # fmt: skip
def test_documents_that_one_of_the_indexes_rules_out_are_not_loaded(messages: ContainerProxy, terms: str) -> None:
    found, answered, _charge = loaded(messages, f"SELECT * FROM c WHERE {terms}")
    assert found == answered > 0


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_nor_when_an_index_gives_the_order(messages: ContainerProxy, direction: str) -> None:
    text = f"SELECT * FROM c WHERE c.channel = 'quiet' AND {HOUR} ORDER BY c.id {direction}"
    assert loaded(messages, text, partition_key="k1")[:2] == (2, 2)


def test_two_terms_of_one_property_are_one_range(messages: ContainerProxy, running: Any) -> None:
    def sought(terms: str) -> list[Any]:
        body = json.dumps({"query": f"SELECT * FROM c WHERE {terms}"}).encode()
        container = running.emulator.container("camp", "messages")
        found = access.finders(container, query.ask(container, Request("POST", "/", {}, body), 0.0))
        return [(one.path, len(one.bounds)) for one in found if isinstance(one, access.Seek)]

    assert sought(HOUR) == [(("at",), 1)]
    assert sought("c.at IN ('100', '101', '200') AND c.at < '150'") == [(("at",), 2)]
    assert sought("c.at > '2' AND c.at < '1'") == [(("at",), 0)]
    assert len(sought("ARRAY_CONTAINS(c.tags, 'odd') AND ARRAY_CONTAINS(c.tags, 'few')")) == 2
    found, answered, _charge = loaded(messages, "SELECT * FROM c WHERE c.at > '2' AND c.at < '1'")
    assert (found, answered) == (0, 0)


def test_nor_within_a_partition_key(messages: ContainerProxy) -> None:
    text = f"SELECT * FROM c WHERE c.channel = 'loud' AND {HOUR}"
    assert loaded(messages, text, partition_key="k1")[:2] == (6, 6)


def test_what_no_index_serves_is_loaded_from_what_the_others_leave(messages: ContainerProxy) -> None:
    for term in ("c.plain = 3", "c.tags[0] = 'odd'", "UPPER(c.channel) = 'LOUD'", "(c.plain = -1 OR c.pk = 'k1')"):
        found, answered, _charge = loaded(messages, f"SELECT * FROM c WHERE {term} AND {HOUR}")
        assert (found, answered) == (40, {"c.plain": 4, "c.tags[": 20, "(c.plai": 8}.get(term[:7], 30))


@pytest.mark.covers("Query: a page or TOP loads about as many documents as it returns")
def test_a_page_loads_about_what_it_returns(messages: ContainerProxy) -> None:
    pages: list[int] = []

    def seen(headers: Any, _rows: Any) -> None:
        told = dict(part.split("=") for part in headers["x-ms-documentdb-query-metrics"].split(";"))
        pages.append(int(told["retrievedDocumentCount"]))

    options = {"populate_query_metrics": True, "response_hook": seen, "partition_key": "k1"}
    list(messages.query_items("SELECT * FROM c WHERE c.at < '200'", max_item_count=10, **options))
    assert len(pages) == 4 and all(10 <= one < 20 for one in pages)
    pages.clear()
    list(messages.query_items("SELECT TOP 3 * FROM c", **options))
    assert len(pages) == 1 and 3 <= pages[0] < 6


def test_an_index_more_never_makes_a_query_dearer_by_more_than_its_lookup(messages: ContainerProxy) -> None:
    *_counts, one = loaded(messages, f"SELECT VALUE c.id FROM c WHERE {HOUR}")
    *_counts, two = loaded(messages, f"SELECT VALUE c.id FROM c WHERE {HOUR} AND c.channel = 'quiet'")
    assert two < one + 3 * 0.3
