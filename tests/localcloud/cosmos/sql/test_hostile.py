"""Hostile queries: a clean refusal or the right answer, in bounded time; never a RecursionError."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud.cosmos.sql import SqlError, compile, parse

from .conftest import NOW

Answers = Callable[..., list[Any]]
MANY = 1_500
SECONDS = 5.0


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Every test here takes seconds of the processor at most."""
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


@pytest.mark.covers("SQL limits: 10,000 nested brackets and operators are refused")
@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "1" + ")" * 10_000, "[" * 10_000, '{"a":' * 10_000, "NOT " * 2_000 + "true", "ABS(" * 10_000,
        "1, " * 60_000 + "1", "1" + "+1" * 2_000, "c" + ".a" * 2_000, "c" + "[0]" * 2_000, "(SELECT VALUE " * 10_000,
        "true ? 1 : " * 2_000 + "1", "EXISTS(SELECT 1 WHERE " * 150, "~" * 2_000 + "1", "1 = " * 2_000 + "1",
        "1 IN (" * 10_000, "'a' LIKE " * 2_000,
    ],
    ids=lambda text: f"{text[:12]}...",
)  # fmt: skip
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(SqlError):
        compile(parse(f"SELECT VALUE {text} FROM c"), {}, NOW)


@pytest.mark.covers("SQL limits: chains of thousands of terms are answered")
def test_long_chains_are_answered(answers: Answers) -> None:
    document = {"a": 7, "s": "x"}
    terms = " OR ".join(f"c.a = {number}" for number in range(MANY, 0, -1))
    assert answers(f"SELECT VALUE 1 FROM c WHERE {terms}", [document]) == [1]
    terms = " AND ".join(f"c.a != {number}" for number in range(10, MANY))
    assert answers(f"SELECT VALUE 1 FROM c WHERE {terms}", [document]) == [1]
    options = ", ".join(map(str, range(MANY)))
    assert answers(f"SELECT VALUE c.a IN ({options}) FROM c", [document]) == [True]
    assert answers("SELECT VALUE " + " || ".join(["c.s"] * MANY) + " FROM c", [document]) == ["x" * MANY]
    assert answers("SELECT VALUE " + " ?? ".join(["c.n"] * MANY) + " ?? 1 FROM c", [document]) == [1]
    assert answers(f"SELECT VALUE ARRAY_LENGTH([{options}])", []) == [MANY]


@pytest.mark.covers("SQL limits: a catastrophic LIKE pattern takes linear time")
def test_a_catastrophic_like_pattern(answers: Answers) -> None:
    text = "a" * 20_000
    assert answers("SELECT VALUE c.t LIKE @p FROM c", [{"t": text}], p="%a" * 500 + "%b") == [False]
    assert answers("SELECT VALUE c.t LIKE @p FROM c", [{"t": text}], p="%a_" * 200 + "%") == [True]
    with pytest.raises(SqlError, match="LIKE pattern"):
        answers("SELECT VALUE c.t LIKE @p FROM c", [{"t": text}], p="_" * 20_000)
    with pytest.raises(SqlError, match="LIKE pattern"):
        answers("SELECT VALUE c.t LIKE @p FROM c", [{"t": text * 100}], p="%" + "_a" * 500 + "b%")


@pytest.mark.covers("SQL limits: a catastrophic RegexMatch pattern takes linear time or is refused")
def test_catastrophic_regular_expressions(answers: Answers) -> None:
    text = "a" * 20_000
    for pattern in ("(a+)+b", "(a|a)*b", "(a|aa)+$b", "(.*)*x", "a?" * 100 + "b", "(a*)*(a*)*(a*)*c"):
        assert answers("SELECT VALUE RegexMatch(c.t, @p) FROM c", [{"t": text}], p=pattern) == [False], pattern
    for pattern in (r"(a)\1", "(?=a)a", "(?<!a)b", "(?>a)", "a++", "(", "a)", "[", "a{2}{3}", "*", r"\q", "(" * 100):
        with pytest.raises(SqlError):
            answers("SELECT VALUE RegexMatch(c.t, @p) FROM c", [{"t": text}], p=pattern)
    for pattern in ("a" * 3_000, "((a{900}){900}){900}", "(a|b|c){1000}" * 100):
        with pytest.raises(SqlError):
            answers("SELECT VALUE RegexMatch('a', @p)", p=pattern)
    with pytest.raises(SqlError, match="modifiers"):
        answers("SELECT VALUE RegexMatch('a', 'a', 'g')")


@pytest.mark.covers("SQL limits: texts that grow without end are undefined")
def test_texts_do_not_grow_without_end(answers: Answers) -> None:
    big = "x" * 1_000_000
    for expression in (
        "REPLACE(@t, 'x', @t)", "CONCAT(@t, @t, @t, @t, @t)", "@t || @t || @t || @t || @t", "REPLICATE(@t, 2)",
        "StringJoin([@t, @t, @t, @t, @t], '')",
    ):  # fmt: skip
        assert answers(f"SELECT VALUE {expression}", t=big) == [], expression


@pytest.mark.covers("SQL limits: a JOIN product is counted and can be stopped")
def test_a_join_product_is_counted() -> None:
    looks = []

    def watch() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise TimeoutError

    query = parse("SELECT VALUE COUNT(1) FROM c JOIN a IN c.n JOIN b IN c.n JOIN d IN c.n JOIN e IN c.n")
    program = compile(query, {}, NOW, watch)
    with pytest.raises(TimeoutError):
        list(program.evaluate([{"n": list(range(1_000))}]))
    assert len(looks) == 3


def test_a_join_product_without_a_watch_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.cosmos.sql.scope.MAX_ROWS", 10_000)
    program = compile(parse("SELECT VALUE 1 FROM c JOIN a IN c.n JOIN b IN c.n WHERE a > b"), {}, NOW)
    with pytest.raises(SqlError, match="10000 rows"):
        list(program.evaluate([{"n": list(range(1_000))}]))


def test_membership_of_many_is_looked_up(answers: Answers) -> None:
    many = list(range(30_000))
    listed = ", ".join(map(str, many[:1_000]))
    assert answers(f"SELECT VALUE COUNT(1) FROM c JOIN t IN c.t WHERE t IN ({listed})", [{"t": many}]) == [1_000]
    assert answers("SELECT VALUE ARRAY_LENGTH(SetIntersect(c.t, SetUnion(c.t, c.t))) FROM c", [{"t": many}]) == [30_000]
    values = ", ".join(f"c.t[{number}]" for number in range(1_000))
    assert answers(f"SELECT VALUE ARRAY_CONTAINS_ALL(c.t, {values}) FROM c", [{"t": many}]) == [True]


@pytest.mark.covers("SQL limits: deep values of parameters and of StringToArray are refused")
def test_deep_values(answers: Answers) -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(SqlError):
        answers("SELECT DISTINCT VALUE @v", v=deep)
    assert answers("SELECT VALUE StringToArray(@t)", t="[" * 500 + "]" * 500) == []
