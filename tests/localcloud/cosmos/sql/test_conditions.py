"""What an index and a router learn from a WHERE clause."""

from collections.abc import Callable
from typing import Any

import pytest

from localcloud.cosmos.sql import Condition, Order, compile, condition, key_values, parse
from localcloud.cosmos.undefined import UNDEFINED

from .conftest import NOW

PARAMETERS = {"@a": "x", "@n": 5}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("c.a = @a AND 3 < c.b.d", [Condition(("a",), "=", ("x",)), Condition(("b", "d"), ">", (3,))]),
        ("c.a IN (1, @n)", [Condition(("a",), "in", (1, 5))]),
        ("c.a BETWEEN 1 AND @n", [Condition(("a",), "between", (1, 5))]),
        ("STARTSWITH(c.a, 'p') AND IS_DEFINED(c['x y'])",
         [Condition(("a",), "startswith", ("p",)), Condition(("x y",), "defined", ())]),
        ("STARTSWITH(c.a, 'p', true) OR c.a = 1", []),
        ("c.a != 1 AND NOT c.b = 2 AND c.a NOT IN (1) AND c.a = c.b AND ABS(c.a) = 1", []),
        ("c.a = @nobody", [Condition(("a",), "=", (UNDEFINED,))]),
    ],
)  # fmt: skip
def test_conditions(where: str, expected: list[Condition]) -> None:
    assert list(compile(parse(f"SELECT * FROM c WHERE {where}"), PARAMETERS, NOW).conditions) == expected


def test_conditions_are_of_the_document_alone() -> None:
    joined = compile(parse("SELECT c.id FROM c JOIN t IN c.tags WHERE t.a = 1 AND c.b = 2"), {}, NOW)
    assert joined.conditions == (Condition(("b",), "=", (2,)),)
    inside = compile(parse("SELECT * FROM c.address a WHERE a.zip = 1"), {}, NOW)
    assert inside.conditions == (Condition(("address", "zip"), "=", (1,)),)
    assert compile(parse("SELECT * FROM t IN c.tags WHERE t.a = 1"), {}, NOW).conditions == ()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("c.pk = @a", [("x",)]),
        ("c.pk = @a AND c.sub = 2", [("x", 2)]),
        ("c.pk IN ('a', 'b') AND c.n > 1", [("a",), ("b",)]),
        ("( ( c.id = 'i' AND c.pk = 'a' ) OR ( c.id = 'j' AND c.pk = 'b' ) )", [("a",), ("b",)]),
        ("c.sub = 1", None),
        ("c.pk = 1 OR c.n = 2", None),
        ("c.n = 1", None),
        ("c.pk > 1", None),
        ("c.pk = undefined", []),
    ],
)
def test_partition_keys(where: str, expected: Any) -> None:
    query = parse(f"SELECT * FROM c WHERE {where}")
    assert key_values(query, [("pk",), ("sub",)], PARAMETERS) == expected


def test_the_facts_of_a_program() -> None:
    text = "SELECT DISTINCT c.a.b FROM c JOIN t IN c.tags WHERE c.n = 1 AND (t > 2 OR c.m) ORDER BY c.n DESC, c.a.b"
    program = compile(parse(text), {}, NOW)
    assert program.order == (Order(("n",), True), Order(("a", "b"), False))
    assert (program.alias, program.distinct, program.aggregated, program.streaming) == ("c", True, False, False)
    assert program.predicates == 3
    assert program.paths == {("a", "b"), ("tags",), ("n",), ("m",)}
    assert program.rows({"a": {"b": 1}, "tags": [3], "n": 1}) == [{"b": 1}]
    assert program.keyed_rows({"a": {"b": 1}, "tags": [3], "n": 1}) == [((1, 1), {"b": 1})]
    assert program.matches({"tags": [3], "n": 1})
    assert not program.matches({"tags": [], "n": 1})


@pytest.mark.covers("SQL clause: the condition of a patch")
def test_the_condition_of_a_patch() -> None:
    test: Callable[[Any], bool] = condition("from c where c.n > @n", {"@n": 1})
    assert (test({"n": 2}), test({"n": 1}), test({})) == (True, False, False)
    assert condition("FROM root r WHERE IS_DEFINED(r.a)", {})({"a": 1})
    assert condition("select * from c where c.a", {})({"a": True})
