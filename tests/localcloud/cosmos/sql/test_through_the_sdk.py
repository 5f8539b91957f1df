"""Whole queries through the unmodified azure-cosmos SDK over four physical partitions: the client's plan, fan-out and
merge give what evaluating all documents at once gives.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosHttpResponseError

Answers = Callable[..., list[Any]]

ORDERED = [
    "SELECT * FROM c ORDER BY c.n", "SELECT c.id, c.n FROM c ORDER BY c.n DESC",
    "SELECT VALUE c.id FROM c ORDER BY c.s",
    "SELECT VALUE c.id FROM c WHERE c.n > 20 ORDER BY c.n", "SELECT TOP 7 VALUE c.id FROM c ORDER BY c.n DESC",
    "SELECT VALUE c.id FROM c ORDER BY c.n OFFSET 11 LIMIT 13",
    "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 55 LIMIT 99",
    "SELECT DISTINCT VALUE c['group'] FROM c ORDER BY c['group']",
    "SELECT DISTINCT c.s FROM c ORDER BY c.s OFFSET 1 LIMIT 1", "SELECT VALUE COUNT(1) FROM c",
    "SELECT VALUE COUNT(1) FROM c WHERE c.n > 1000", "SELECT VALUE SUM(c.n) FROM c", "SELECT VALUE MIN(c.n) FROM c",
    "SELECT VALUE MAX(c.s) FROM c", "SELECT VALUE AVG(c.n) FROM c", "SELECT VALUE COUNTIF(c.n > 30) FROM c",
    "SELECT VALUE COUNT(1) FROM c JOIN t IN c.tags WHERE t = 'x'", "SELECT VALUE c.o.p FROM c ORDER BY c.n",
    "SELECT VALUE c.id FROM c WHERE c.pk = 'k3' ORDER BY c.n",
    "SELECT VALUE c.id FROM c WHERE c.pk IN ('k1', 'k5') ORDER BY c.n",
    "SELECT VALUE COUNT(1) FROM c WHERE c.pk = 'nowhere'", "SELECT {a: c.n, b: [c.id]} AS o FROM c ORDER BY c.n",
    "SELECT VALUE c.n FROM c WHERE c.n BETWEEN 5 AND 9 ORDER BY c.n DESC", "SELECT 1 + 1 AS two",
]  # fmt: skip
ANY_ORDER = [
    "SELECT * FROM c", "SELECT VALUE c.id FROM c WHERE c.s = 's1' AND c.n < 30", "SELECT DISTINCT VALUE c.s FROM c",
    "SELECT DISTINCT c.s, c.o FROM c", "SELECT c.id, t FROM c JOIN t IN c.tags", "SELECT VALUE t FROM t IN c.tags",
    "SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 'y')",
    "SELECT c.id, ARRAY(SELECT VALUE UPPER(t) FROM t IN c.tags) AS up FROM c WHERE c.id LIKE '%5'",
    "SELECT VALUE c.id FROM c WHERE STARTSWITH(c.id, '1') OR IS_DEFINED(c.o)",
    "SELECT VALUE c.id FROM c WHERE c.o != null",
    "SELECT VALUE c.id FROM c WHERE c.n IN (1, 2, 3) OR c.pk = 'k4'", "SELECT c.id FROM c WHERE NOT (c.n > 3)",
    "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, 'x') AND c.n >= 10",
    "SELECT VALUE c.id FROM c WHERE c.n = c.m",
]  # fmt: skip
WITHIN_A_KEY = [
    "SELECT c.s, COUNT(1) AS n, SUM(c.n) AS sum FROM c GROUP BY c.s", "SELECT COUNT(1), MAX(c.n) FROM c",
    "SELECT VALUE COUNT(1) + 1 FROM c", "SELECT DISTINCT VALUE c.s FROM c ORDER BY c.n", "SELECT TOP 2 c.id FROM c",
]  # fmt: skip


def document(number: int) -> dict[str, Any]:
    """No two have one `n`; one in ten has an object, none the same type of `o` and `n`."""
    made: dict[str, Any] = {
        "id": str(number), "pk": f"k{number % 8}", "n": number * 37 % 60, "s": f"s{number % 3}", "group": number % 5,
        "tags": ["x", "y"][: number % 3],
    }  # fmt: skip
    return made | ({"o": {"p": number}} if number % 10 == 0 else {}) | ({"m": 3} if number % 7 == 0 else {})


@pytest.fixture(scope="module")
def stored(database: DatabaseProxy) -> Iterator[ContainerProxy]:
    """Sixty documents with eight keys in four physical partitions."""
    container = database.create_container(
        "sql", PartitionKey("/pk"), offer_throughput=24_000, initial_headers={"x-camp-physical-partitions": "4"}
    )
    for number in range(60):
        container.create_item(document(number))
    yield container
    database.delete_container(container)


@pytest.fixture(scope="module")
def documents(stored: ContainerProxy) -> list[dict[str, Any]]:
    """What is stored, system properties included."""
    found = list(stored.read_all_items())
    assert len(found) == 60
    assert len(list(stored.read_feed_ranges())) == 4
    return found


@pytest.fixture(autouse=True)
def new_second(clock: Any) -> None:
    """A new second's request units."""
    clock.now += 1


def across(container: ContainerProxy, text: str, size: int) -> list[Any]:
    return list(container.query_items(text, enable_cross_partition_query=True, max_item_count=size))


@pytest.mark.covers("SQL through the SDK: ORDER BY, TOP, OFFSET LIMIT, DISTINCT, aggregates across partitions")
@pytest.mark.parametrize("size", [3, 1000])
def test_ordered_across_partitions(stored: ContainerProxy, documents: list[Any], answers: Answers, size: int) -> None:
    for text in ORDERED:
        ties = "c.s" in text.split("ORDER BY")[-1]
        found, expected = across(stored, text, size), answers(text, documents)
        assert (sorted(found) == sorted(expected)) if ties and "DISTINCT" not in text else found == expected, text


@pytest.mark.covers("SQL through the SDK: filters, joins and sub-queries across partitions")
@pytest.mark.parametrize("size", [3, 1000])
def test_in_any_order_across_partitions(
    stored: ContainerProxy, documents: list[Any], answers: Answers, size: int
) -> None:
    for text in ANY_ORDER:
        found, expected = across(stored, text, size), answers(text, documents)
        assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected)), text


@pytest.mark.covers("SQL through the SDK: everything within one partition key, GROUP BY included")
def test_within_a_partition_key(stored: ContainerProxy, documents: list[Any], answers: Answers) -> None:
    own = [one for one in documents if one["pk"] == "k3"]
    for text in (*WITHIN_A_KEY, *ORDERED, *ANY_ORDER):
        found, expected = list(stored.query_items(text, partition_key="k3")), answers(text, own)
        if "ORDER BY" in text and "c.s" not in text.split("ORDER BY")[-1]:
            assert found == expected, text
        elif "TOP" in text:
            assert len(found) == len(expected), text
        else:
            assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected)), text


@pytest.mark.covers("SQL through the SDK: what Azure refuses across partitions")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT c.s, COUNT(1) FROM c GROUP BY c.s", "only supports 'VALUE <AggregateFunc>'"),
        ("SELECT COUNT(1) FROM c", "only supports 'VALUE <AggregateFunc>'"),
        ("SELECT c.s FROM c GROUP BY c.s", "GroupBy"),
        ("SELECT VALUE COUNT(1) + 1 FROM c", "Compositions of aggregates"),
        ("SELECT * FORM c", "incorrect syntax near 'FORM'"),
        ("SELECT d.id FROM c", "Identifier 'd' could not be resolved."),
        ("SELECT VALUE 1 / 0 FROM c", "4001"),
    ],
)
def test_refused(stored: ContainerProxy, text: str, said: str) -> None:
    with pytest.raises(CosmosHttpResponseError) as refusal:
        across(stored, text, 10)
    assert refusal.value.status_code == 400
    assert said in str(refusal.value.http_error_message or refusal.value)
    assert refusal.value.sub_status == (4001 if said == "4001" else None)


@pytest.mark.covers("SQL through the SDK: a missing parameter is undefined, a repeated one refused")
def test_parameters(stored: ContainerProxy) -> None:
    def asked(*parameters: dict[str, Any]) -> list[Any]:
        text = "SELECT TOP 1 IS_DEFINED(@a) AS a, IS_NULL(@b) AS b FROM c"
        return list(stored.query_items(text, parameters=list(parameters), partition_key="k3"))

    assert asked() == [{"a": False, "b": False}]
    assert asked({"name": "@a"}, {"name": "@b", "value": None}) == [{"a": False, "b": True}]
    for wrong in ([{"name": "a", "value": 1}], [{"name": "@", "value": 1}], [{"name": "@a", "value": 1}] * 2):
        with pytest.raises(CosmosHttpResponseError, match="arameter name"):
            asked(*wrong)


VALUES: list[Any] = [
    None, False, True, -1, 0, 0.5, 1, 1.0, 2, 10**15, -1e300, "", "a", "A", "aa", "b", "é", "z" * 300, [], [1],
    ["a", None], [[1]], {}, {"a": 1}, {"a": [1, "x"]}, {"b": {"c": 2}},
]  # fmt: skip


def random_condition(rng: random.Random) -> tuple[str, dict[str, Any]]:
    """A condition on `c.v` and the values of its parameters."""
    first, second = rng.choice(VALUES), rng.choice(VALUES)
    text = rng.choice([
        "c.v = @a", "c.v != @a", "c.v < @a", "c.v <= @a", "c.v > @a", "c.v >= @a", "@a < c.v", "c.v IN (@a, @b)",
        "c.v NOT IN (@a, @b)", "c.v BETWEEN @a AND @b", "c.v >= @a AND c.v <= @b", "c.v = @a OR c.v = @b",
        "STARTSWITH(c.v, @a)", "CONTAINS(c.v, @a)", "ARRAY_CONTAINS(c.v, @a)", "c.v.a = @a", "IS_DEFINED(c.v)",
        "NOT IS_DEFINED(c.v)", "IS_NULL(c.v) OR c.v[0] = @a", "NOT (c.v = @a)", "c.v LIKE 'a%'",
        "IS_STRING(c.v) AND c.w",
        "IS_DEFINED(c.v.a) AND c.w = true", "c.v > @a AND c.w = false", "ARRAY_LENGTH(c.v) >= 1", "c.v ?? 1 = 1",
    ])  # fmt: skip
    return text, {"a": first, "b": second}


@pytest.mark.covers("SQL through the SDK: filters and orders served by an index agree with a scan, over all types")
def test_random_filters_and_orders(database: DatabaseProxy, answers: Answers) -> None:
    container = database.create_container("random", PartitionKey("/pk"), offer_throughput=10_000)
    documents = [{"id": str(n), "pk": "k", "v": value, "w": n % 2 == 0} for n, value in enumerate(VALUES * 2)]
    documents += [{"id": f"none{n}", "pk": "k", "w": True} for n in range(3)]
    for one in documents:
        container.create_item(one)
    rng = random.Random(20260314)
    for _ in range(60):
        condition, values = random_condition(rng)
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        text = f"SELECT VALUE c.id FROM c WHERE {condition}"
        found = list(container.query_items(text, parameters=parameters, partition_key="k"))
        assert sorted(found) == sorted(answers(text, documents, **values)), (text, values)
        text = f"SELECT c.v FROM c WHERE {condition} ORDER BY c.v {rng.choice(['ASC', 'DESC'])}"
        found = list(container.query_items(text, parameters=parameters, partition_key="k", max_item_count=20))
        assert found == answers(text, documents, **values), (text, values)
    database.delete_container(container)
