"""Properties: any text is a query or a refusal, trees survive being written, comparisons agree with naive oracles."""

import functools
import json
import operator
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos.sql import Query, SqlError, compile, parse
from localcloud.cosmos.sql.like import matcher
from localcloud.cosmos.sql.operators import BINARY
from localcloud.cosmos.sql.regex import search
from localcloud.cosmos.sql.syntax import (
    Array,
    Between,
    Binary,
    Call,
    Chain,
    Conditional,
    Expression,
    In,
    Item,
    Like,
    Literal,
    Member,
    Name,
    Object,
    Ordered,
    Parameter,
    Selected,
    Source,
    Subquery,
    Unary,
)
from localcloud.cosmos.sql.text import query_text
from localcloud.cosmos.sql.values import compare, equal, number, order_key
from localcloud.cosmos.undefined import UNDEFINED

from .conftest import NOW

CORPUS = Path(__file__).with_name("corpus")

WORDS = """
    SELECT VALUE DISTINCT TOP FROM WHERE JOIN IN ORDER GROUP BY OFFSET LIMIT AS ASC DESC AND OR NOT BETWEEN LIKE ESCAPE
    EXISTS ARRAY NULL TRUE UNDEFINED UDF c t root * ( ) [ ] { } , . : ? ?? || | & ^ ~ << >>> = != <> < >= + - / % 1 2.5
    'a' "b" @p COUNT SUM ABS CONTAINS -- /* */ ' " ; 1e9 \\
"""
words = st.sampled_from(WORDS.split())
any_text = st.text(max_size=60) | st.lists(words, max_size=40).map(" ".join)


def tried(text: str) -> None:
    """Parses, compiles and runs a text; only SqlError may come of it."""
    try:
        query = parse(text)
        program = compile(query, {"@p": 1}, NOW)
        list(program.evaluate([{"id": "1", "t": [1, 2], "a": {"b": 2}}]))
    except SqlError as error:
        assert json.loads(error.details)
        assert error.position is None or 0 <= error.position[0] <= error.position[1] <= len(text)
    else:
        assert isinstance(query, Query)


@pytest.mark.covers("SQL errors: any text is a query or a refusal (fuzzed)")
@given(any_text)
def test_any_text_is_a_query_or_a_refusal(text: str) -> None:
    tried(text)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.sql")), ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    tried(path.read_text("utf-8"))


OPERATORS = list(BINARY)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(0, 1e6, width=32).map(number)
    | st.text(max_size=6)
)
names = st.sampled_from(["c", "d", "name", "Zebra", "offset_", "x1"])
keys = st.sampled_from(["a", "b c", "order", "value", "é", '"', "limit"])
literals = scalars.map(Literal) | st.just(Literal(UNDEFINED))
leaves = literals | names.map(Name) | st.just(Parameter("@p"))


def _compound(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Member, inner, keys | st.integers(0, 3)),
        st.builds(Item, inner, names.map(Name)),
        st.builds(Unary, st.sampled_from(["NOT", "~", "+"]), inner),
        st.builds(Unary, st.just("-"), names.map(Name)),
        st.builds(Binary, st.sampled_from(OPERATORS), inner, inner),
        st.builds(
            Chain, st.sampled_from(["AND", "OR", "||", "??"]), st.lists(inner, min_size=2, max_size=3).map(tuple)
        ),
        st.builds(Conditional, inner, inner, inner),
        st.builds(In, inner, several, st.booleans()),
        st.builds(Between, inner, inner, inner, st.booleans()),
        st.builds(Like, inner, inner, st.none() | st.sampled_from("!\\'"), st.booleans()),
        st.builds(Call, st.sampled_from(["ABS", "COUNT", "udf.f"]), several),
        st.builds(Array, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Object, st.lists(st.tuples(keys, inner), max_size=2).map(tuple)),
        st.builds(Subquery, st.builds(Query, st.lists(st.builds(Selected, inner), min_size=1, max_size=1).map(tuple),
                                      st.booleans()), st.sampled_from(["scalar", "EXISTS", "ARRAY"])),
    )  # fmt: skip


expressions = st.recursive(leaves, _compound, max_leaves=8)
sources = st.lists(
    st.builds(Source, names.map(Name) | st.builds(Member, names.map(Name), keys), names, st.booleans()), max_size=2
)
queries = st.builds(
    Query,
    st.lists(st.builds(Selected, expressions, st.none() | names), max_size=3).map(tuple),
    st.just(False), st.booleans(), st.none() | st.integers(0, 9).map(Literal), sources.map(tuple),
    st.none() | expressions, st.lists(expressions, max_size=2).map(tuple),
    st.lists(st.builds(Ordered, expressions, st.booleans()), max_size=2).map(tuple),
)  # fmt: skip


@given(queries)
def test_a_tree_survives_being_written(query: Query) -> None:
    assert repr(parse(query_text(query))) == repr(query)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, -0.0])
    | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
maybe = values | st.just(UNDEFINED)


def kind(value: Any) -> int:
    """The place of a value's type in the order of types, told the long way."""
    if value is UNDEFINED:
        return 0
    if value is None:
        return 1
    if isinstance(value, bool):
        return 2
    if isinstance(value, (int, float)):
        return 3
    return {str: 4, list: 5, dict: 6}[type(value)]


def ordering(left: Any, right: Any) -> int:
    """The total order, told the long way."""
    if kind(left) != kind(right):
        return -1 if kind(left) < kind(right) else 1
    if kind(left) in (0, 1):
        return 0
    if kind(left) == 5:
        for one, other in zip(left, right, strict=False):
            if found := ordering(one, other):
                return found
        return (len(left) > len(right)) - (len(left) < len(right))
    if kind(left) == 6:
        pairs = [[[name, held[name]] for name in sorted(held)] for held in (left, right)]
        return ordering(*pairs)
    return (left > right) - (left < right)


@given(maybe, maybe, maybe)
def test_comparisons_agree_with_the_oracle(left: Any, right: Any, third: Any) -> None:
    expected = ordering(left, right)
    keys_ = order_key(left), order_key(right)
    assert (keys_[0] > keys_[1]) - (keys_[0] < keys_[1]) == expected
    comparable = kind(left) == kind(right) and kind(left) in (1, 2, 3, 4)
    assert compare(left, right) == (expected if comparable else None)
    if UNDEFINED not in (left, right):
        assert equal(left, right) == (expected == 0)
    three = [left, right, third]
    assert sorted(three, key=order_key) == sorted(three, key=functools.cmp_to_key(ordering))


SIGNS = ["=", "!=", "<", "<=", ">", ">="]


@given(maybe, maybe, st.sampled_from(SIGNS))
def test_filters_agree_with_values(left: Any, right: Any, sign: str) -> None:
    """The fast test of a constant, its mirror, two properties and the value of the expression are one."""
    document = {name: value for name, value in (("l", left), ("r", right)) if value is not UNDEFINED}
    parameters = {"@r": right, "@l": left}
    expected: Any = UNDEFINED
    if sign in ("=", "!=") and UNDEFINED not in (left, right):
        expected = (ordering(left, right) == 0) == (sign == "=")
    elif kind(left) == kind(right) and kind(left) in (1, 2, 3, 4):
        found = ordering(left, right)
        expected = {"<": found < 0, "<=": found <= 0, ">": found > 0, ">=": found >= 0}.get(sign, UNDEFINED)
    for text in (f"c.l {sign} @r", f"@l {sign} c.r", f"c.l {sign} c.r", f"c['l'] {sign} @r AND true"):
        program = compile(parse(f"SELECT * FROM c WHERE {text}"), parameters, NOW)
        assert program.matches(document) is (expected is True), text
    program = compile(parse(f"SELECT VALUE c.l {sign} c.r FROM c"), {}, NOW)
    assert program.rows(document) == ([] if expected is UNDEFINED else [expected])


@given(st.text("ab%_!", max_size=8), st.text("ab", max_size=10))
def test_like_agrees_with_a_backtracking_oracle(pattern: str, text: str) -> None:
    oracle = re.compile("".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL)
    assert matcher(pattern)(text) == bool(oracle.fullmatch(text))


REPEATS = ["*", "+", "?", "{2}", "{1,2}", "*?"]
patterns = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "^", "$", r"\b", r"\w", r"\s", "\n"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=5,
)


@given(patterns, st.text("ab \n", max_size=6), st.sampled_from(["", "i", "m", "s", "ms"]))
def test_regular_expressions_agree_with_pythons(pattern: str, text: str, modifiers: str) -> None:
    flags = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
    oracle = re.compile(pattern, functools.reduce(operator.or_, (flags[one] for one in modifiers), 0))
    assert search(pattern, modifiers)(text) == bool(oracle.search(text))
