"""The gateway's plan: when it is needed, what it says, and that merging its rows as azure-cosmos does is right."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from azure.cosmos._execution_context import document_producer, endpoint_component

from localcloud.cosmos.sql import SqlError, compile, needs_plan, parse, plan

from .conftest import NOW

Answers = Callable[..., list[Any]]

# What azure-cosmos 4.17 sends in x-ms-cosmos-supported-query-features.
FEATURES = (
    "Aggregate", "CompositeAggregate", "Distinct", "MultipleOrderBy", "OffsetAndLimit", "OrderBy", "Top",
    "NonStreamingOrderBy", "HybridSearch", "CountIf", "WeightedRankFusion",
)  # fmt: skip

DOCUMENTS = [
    {"id": str(number), "_rid": f"r{number}", "n": number * 7 % 10, "s": "abc"[number % 3], "pk": number % 4}
    for number in range(40)
]  # fmt: skip
RANGES = [[one for one in DOCUMENTS if one["pk"] == pk] for pk in (0, 1, 2)] + [[]]
STORED = [document for range_ in RANGES for document in range_]


def plan_of(text: str, **parameters: Any) -> dict[str, Any]:
    program = compile(parse(text), {f"@{name}": value for name, value in parameters.items()}, NOW)
    return plan(program, FEATURES)


def merged(text: str, answers: Answers, **parameters: Any) -> list[Any]:
    """The answer that azure-cosmos makes of the plan and of each range's rows, by its own components."""
    info = plan_of(text, **parameters)["queryInfo"]
    asked = info["rewrittenQuery"].replace("{documentdb-formattableorderbyquery-filter}", "true") or text
    rows = [json.loads(json.dumps(answers(asked, documents, **parameters))) for documents in RANGES]
    stage: Any = _ordered(rows, info["orderBy"]) if info["orderBy"] else itertools.chain.from_iterable(rows)
    if info["orderBy"]:
        stage = endpoint_component._QueryExecutionOrderByEndpointComponent(stage)
    if info["aggregates"]:
        stage = endpoint_component._QueryExecutionAggregateEndpointComponent(iter(stage), info["aggregates"])
    if info["distinctType"] == "Ordered":
        stage = endpoint_component._QueryExecutionDistinctOrderedEndpointComponent(iter(stage))
    elif info["distinctType"] != "None":
        stage = endpoint_component._QueryExecutionDistinctUnorderedEndpointComponent(iter(stage))
    if info["offset"] is not None:
        stage = endpoint_component._QueryExecutionOffsetEndpointComponent(iter(stage), info["offset"])
    for count in (info["top"], info["limit"]):
        if count is not None:
            stage = endpoint_component._QueryExecutionTopEndpointComponent(iter(stage), count)
    return list(stage)


def _ordered(ranges: list[list[Any]], directions: list[str]) -> Any:
    """A k-way merge of the ranges' rows by the SDK's own comparison of order keys."""
    heads = [list(rows) for rows in ranges]
    while any(heads):
        best = None
        for place, rows in enumerate(heads):
            if rows and (best is None or _before(rows[0], heads[best][0], directions)):
                best = place
        assert best is not None
        yield heads[best].pop(0)


def _before(left: Any, right: Any, directions: list[str]) -> bool:
    for one, other, direction in zip(left["orderByItems"], right["orderByItems"], directions, strict=True):
        found = document_producer._OrderByHelper.compare(one, other)
        if found:
            return bool(found < 0) == (direction == "Ascending")
    return False


@pytest.mark.covers("SQL plan: ORDER BY, TOP, OFFSET LIMIT, DISTINCT and aggregates need a plan")
def test_what_the_gateway_cannot_answer() -> None:
    for tail in ("ORDER BY c.a", "OFFSET 0 LIMIT 1", "GROUP BY c"):
        assert needs_plan(parse(f"SELECT * FROM c {tail}"))
    for head in ("TOP 1 *", "DISTINCT c.a", "VALUE COUNT(1)"):
        assert needs_plan(parse(f"SELECT {head} FROM c"))
    for text in ("SELECT * FROM c", "SELECT 1", "SELECT c.a, (SELECT VALUE COUNT(1) FROM t IN c.t) AS n FROM c"):
        assert not needs_plan(parse(text))


@pytest.mark.covers("SQL plan: an aggregate without VALUE, and GROUP BY with one, are refused by the gateway")
@pytest.mark.parametrize("text", ["SELECT COUNT(1) FROM c", "SELECT c.a, COUNT(1) FROM c GROUP BY c.a"])
def test_aggregates_without_value_are_refused(text: str) -> None:
    with pytest.raises(SqlError, match="Cross partition query only supports 'VALUE <AggregateFunc>' for aggregates"):
        needs_plan(parse(text))


@pytest.mark.covers("SQL plan: features that the client does not support are refused")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT c.a FROM c GROUP BY c.a", "does not support: GroupBy"),
        ("SELECT COUNT(1), SUM(c.a) FROM c", "does not support: MultipleAggregates NonValueAggregate"),
        ("SELECT VALUE COUNT(1) + 1 FROM c", "Compositions of aggregates and other expressions are not allowed."),
    ],
)
def test_features(text: str, message: str) -> None:
    with pytest.raises(SqlError, match=message.replace("+", r"\+")):
        plan_of(text)


@pytest.mark.covers("SQL plan: the rewritten queries and the members of the plan")
@pytest.mark.parametrize(
    ("text", "rewritten", "members"),
    [
        ("SELECT VALUE COUNT(1) FROM c", 'SELECT VALUE [{"item": COUNT(1)}] FROM c', {"aggregates": ["Count"]}),
        (
            "SELECT VALUE AVG(c.n) FROM c",
            'SELECT VALUE [{"item": {"sum": SUM(c.n), "count": COUNT(c.n)}}] FROM c',
            {"aggregates": ["Average"], "hasSelectValue": True},
        ),
        (
            "SELECT TOP 2 * FROM c WHERE c.n > @n ORDER BY c.n DESC, c.s",
            'SELECT TOP 2 c._rid AS _rid, [{"item": c.n}, {"item": c.s}] AS orderByItems, c AS payload FROM c '
            "WHERE (c.n > @n) AND {documentdb-formattableorderbyquery-filter} ORDER BY c.n DESC, c.s",
            {"top": 2, "orderBy": ["Descending", "Ascending"], "orderByExpressions": ["c.n", "c.s"]},
        ),
        (
            "SELECT c.id, c.n AS x FROM food c ORDER BY c.n OFFSET 3 LIMIT @n",
            'SELECT c._rid AS _rid, [{"item": c.n}] AS orderByItems, {"id": c.id, "x": c.n} AS payload FROM food AS c '
            "WHERE {documentdb-formattableorderbyquery-filter} ORDER BY c.n OFFSET 0 LIMIT 4",
            {"offset": 3, "limit": 1},
        ),
        (
            "SELECT VALUE MIN(c.n) FROM c",
            'SELECT VALUE [{"item": MIN(c.n), "item2": {"min": MIN(c.n), "count": COUNT(c.n)}}] FROM c',
            {"aggregates": ["Min"]},
        ),
        ("SELECT DISTINCT VALUE c.n FROM c", "", {"distinctType": "Unordered"}),
        ("SELECT TOP 3 * FROM c", "", {"top": 3, "distinctType": "None"}),
    ],
)
def test_rewritten(text: str, rewritten: str, members: dict[str, Any]) -> None:
    found = plan_of(text, n=1)
    assert found["queryInfo"]["rewrittenQuery"] == rewritten
    assert {name: found["queryInfo"][name] for name in members} == members
    assert found["queryRanges"] == [{"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}]


@pytest.mark.covers("SQL plan: groups and several aggregates, for clients that merge them")
@pytest.mark.parametrize(
    ("text", "rewritten", "members"),
    [
        (
            "SELECT c.n, COUNT(1) AS times, AVG(c.pk) FROM c GROUP BY c.n",
            'SELECT [{"item": c.n}] AS groupByItems, {"n": c.n, "times": {"item": COUNT(1)}, '
            '"$1": {"item": {"sum": SUM(c.pk), "count": COUNT(c.pk)}}} AS payload FROM c GROUP BY c.n',
            {
                "aggregates": [], "groupByExpressions": ["c.n"], "groupByAliases": ["n", "times", "$1"],
                "groupByAliasToAggregateType": {"n": None, "times": "Count", "$1": "Average"}, "hasSelectValue": False,
            },
        ),
        (
            "SELECT VALUE SUM(c.n) FROM c GROUP BY c.s OFFSET 1 LIMIT 2",
            'SELECT [{"item": c.s}] AS groupByItems, [{"item": SUM(c.n)}] AS payload FROM c GROUP BY c.s',
            {"aggregates": ["Sum"], "groupByAliasToAggregateType": {}, "hasSelectValue": True, "offset": 1, "limit": 2},
        ),
        (
            "SELECT COUNT(1) AS n, SUM(c.n) AS sum FROM c WHERE c.n > 1",
            'SELECT {"n": {"item": COUNT(1)}, "sum": {"item": SUM(c.n)}} AS payload FROM c WHERE c.n > 1',
            {"aggregates": [], "groupByAliasToAggregateType": {"n": "Count", "sum": "Sum"}},
        ),
    ],
)  # fmt: skip
def test_groups(answers: Answers, text: str, rewritten: str, members: dict[str, Any]) -> None:
    features = (*FEATURES, "GroupBy", "MultipleAggregates", "NonValueAggregate")
    info = plan(compile(parse(text), {}, NOW), features)["queryInfo"]
    assert info["rewrittenQuery"] == rewritten
    assert {name: info[name] for name in members} == members
    assert answers(rewritten, STORED)


@pytest.mark.covers("SQL plan: azure-cosmos merges the ranges' rows to the right answer")
@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM c ORDER BY c.n, c.id", "SELECT VALUE c.id FROM c ORDER BY c.n DESC, c.id",
        "SELECT TOP 7 c.id, c.n FROM c ORDER BY c.n, c.id", "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 9",
        "SELECT DISTINCT VALUE c.n FROM c ORDER BY c.n",
        "SELECT DISTINCT VALUE c.n FROM c ORDER BY c.n OFFSET 2 LIMIT 3",
        "SELECT DISTINCT TOP 4 VALUE c.s FROM c ORDER BY c.n",
        "SELECT DISTINCT c.s FROM c ORDER BY c.n OFFSET 1 LIMIT 1",
        "SELECT VALUE COUNT(1) FROM c", "SELECT VALUE SUM(c.n) FROM c", "SELECT VALUE AVG(c.n) FROM c",
        "SELECT VALUE MIN(c.s) FROM c", "SELECT VALUE MAX(c.n) FROM c WHERE c.n < 9",
        "SELECT VALUE COUNTIF(c.n > 3) FROM c",
        "SELECT VALUE c.m FROM c ORDER BY c.n", "SELECT VALUE COUNT(1) FROM c ORDER BY c.n",
        "SELECT TOP 1 VALUE COUNT(1) FROM c", "SELECT VALUE {a: c.n} FROM c WHERE c.n > 7 ORDER BY c.n, c.id",
    ],
)  # fmt: skip
def test_merged(answers: Answers, text: str) -> None:
    assert merged(text, answers) == answers(text, STORED)


@pytest.mark.parametrize("text", ["SELECT DISTINCT VALUE c.s FROM c", "SELECT DISTINCT c.n, c.s FROM c"])
def test_merged_in_any_order(answers: Answers, text: str) -> None:
    assert sorted(map(json.dumps, merged(text, answers))) == sorted(map(json.dumps, answers(text, STORED)))


@pytest.mark.parametrize("text", ["SELECT TOP 7 * FROM c", "SELECT DISTINCT TOP 4 VALUE c.n FROM c OFFSET 0 LIMIT 4"])
def test_counts_without_an_order(answers: Answers, text: str) -> None:
    if "OFFSET" in text:
        text = text.replace("TOP 4 ", "")
    assert len(merged(text, answers)) == len(answers(text, STORED))
