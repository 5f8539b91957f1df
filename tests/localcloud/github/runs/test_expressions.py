"""Expressions that are evaluated before a job starts."""

from typing import Any

import pytest

from localcloud.github.runs.expressions import ExpressionError, Results, condition, evaluate, literal, value_of

CONTEXTS: dict[str, Any] = {
    "github": {"ref": "refs/heads/main", "event_name": "push", "event": {"commits": [{"id": 1}, {"id": 2}], "x": None}},
    "vars": {"APP": "bot"},
    "matrix": {"py": "3.12", "flag": True},
    "needs": {"a": {"result": "success", "outputs": {"list": "[1,2]"}}},
}
GOOD, BAD = Results(["success"]), Results(["failure"], failed=True)


@pytest.mark.parametrize(
    "text, value",
    [
        ("'it''s'", "it's"),
        ("0x10", 16),
        ("-1.5", -1.5),
        ("true && 'a' || 'b'", "a"),
        ("false && 'a' || 'b'", "b"),
        ("'A' == 'a'", True),
        ("1 == '1'", True),
        ("null == 0", True),
        ("'' == 0", True),
        ("'x' == 0", False),
        ("1 < 2", True),
        ("'b' > 'A'", True),
        ("!''", True),
        ("!!'x'", True),
        ("(1 == 2) || 3", 3),
        ("github.REF", "refs/heads/main"),
        ("github['ref']", "refs/heads/main"),
        ("github.event.commits[1].id", 2),
        ("github.event.commits.*.id", [1, 2]),
        ("join(github.event.commits.*.id, '-')", "1-2"),
        ("github.event.none.of.it", None),
        ("contains('Hello', 'ELL')", True),
        ("contains(fromJSON('[1,2]'), 2)", True),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith('abc', 'BC')", True),
        ("format('{0}-{1} {{}}', 'a', 2)", "a-2 {}"),
        ("fromJSON(needs.a.outputs.list)[1]", 2),
        ("toJSON('ü')", '"ü"'),
        ("case(false, 1, true, 2, 3)", 2),
        ("vars.NONE || 'usual'", "usual"),
    ],
)
def test_expressions_have_githubs_values(text: str, value: Any) -> None:
    assert evaluate(text, CONTEXTS) == value


@pytest.mark.parametrize(
    "text, results, expected",
    [
        (None, GOOD, True),
        (None, BAD, False),
        (None, Results(["skipped"]), False),
        ("github.event_name == 'push'", GOOD, True),
        ("github.event_name == 'push'", BAD, False),
        ("always()", BAD, True),
        ("always() && github.ref == 'refs/heads/main'", BAD, True),
        ("${{ failure() }}", BAD, True),
        ("${{ failure() }}", GOOD, False),
        ("failure()", Results(["skipped"], failed=True), True),
        ("!cancelled()", BAD, True),
        ("cancelled()", Results([], cancelled=True), True),
        ("always()", Results([], cancelled=True), True),
        ("success() || failure()", BAD, True),
        ("${{ false }} or so", GOOD, True),  # a text, and not an empty one
        ("'success()'", BAD, False),
        (False, GOOD, False),
        ("", GOOD, True),
    ],
)
def test_if_asks_for_success_unless_it_asks_for_a_status(text: Any, results: Results, expected: bool) -> None:
    assert condition(text, CONTEXTS, results) is expected


@pytest.mark.parametrize(
    "text, words",
    [
        ("foo", "no 'foo' here; there are: github, matrix, needs, vars"),
        ("'a", "Unexpected"),
        ("1 +", "Unexpected"),
        ("1 ==", "too early"),
        ("1 2", "Unexpected '2'"),
        ("hashFiles('x')", "no function hashFiles"),
        ("success()", "no function success"),
        ("contains('a')", "number of arguments"),
        ("fromJSON('{')", "not JSON"),
        ("format('{1}', 1)", "number of arguments"),
        ("(" * 60 + "1" + ")" * 60, "nested"),
        ("1" * 30_000, "longer than"),
    ],
)
def test_what_cannot_be_evaluated_is_explained(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        evaluate(text, CONTEXTS)


def test_values_keep_their_type_alone_and_become_text_within_a_text() -> None:
    assert value_of("${{ matrix.flag }}", CONTEXTS) is True
    assert value_of("py-${{ matrix.py }}-${{ matrix.flag }}", CONTEXTS) == "py-3.12-true"
    assert value_of({"a": ["${{ vars.APP }}"], "b": 1}, CONTEXTS) == {"a": ["bot"], "b": 1}
    assert value_of("${{ '}}' }}", CONTEXTS) == "}}"


def test_a_literal_is_what_it_was_once_evaluated() -> None:
    text = "a ${{ secrets.X }} ${{"
    assert value_of(literal(text), CONTEXTS) == text
