"""Queries that are refused: the code, the place and the words of the service."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.cosmos.sql import SqlError, parse

Answers = Callable[..., list[Any]]

REFUSED: dict[str, list[tuple[str, str, tuple[int, int] | None, str]]] = {
    "Syntax errors with their place": [
        ("SELECT * FORM c", "SC1001", (9, 13), "Syntax error, incorrect syntax near 'FORM'."),
        ("SELECT c.value FROM c", "SC1001", (9, 14), "Syntax error, incorrect syntax near 'value'."),
        ("SELECT c. FROM c", "SC1001", (10, 14), "Syntax error, incorrect syntax near 'FROM'."),
        ("SELECT * FROM c;", "SC1010", (15, 16), "Syntax error, invalid token ';'."),
        ("SELECT", "SC1002", (6, 6), "Syntax error, unexpected end-of-file."),
        ("", "SC1002", (0, 0), "Syntax error, unexpected end-of-file."),
        ("SELECT # FROM c", "SC1010", (7, 8), "Syntax error, invalid token '#'."),
        ("SELECT 'a", "SC1012", (7, 9), "Syntax error, invalid string literal token."),
        ("SELECT '\\q'", "SC1012", (7, 11), "Syntax error, invalid string literal token ''\\q''."),
        ("SELECT 1e999", "SC1011", (7, 12), "Syntax error, invalid numeric value token '1e999'."),
        ("INSERT INTO c", "SC1001", (0, 6), "Syntax error, incorrect syntax near 'INSERT'."),
    ],
    "Unknown identifiers": [
        ("SELECT x.y FROM c", "SC2001", (7, 8), "Identifier 'x' could not be resolved."),
        ("SELECT food.id FROM food f", "SC2001", (7, 11), "Identifier 'food' could not be resolved."),
        ("SELECT VALUE EXISTS(SELECT 1 FROM root)", "SC2001", (34, 38), "Identifier 'root' could not be resolved."),
        ("SELECT FOO(c.a) FROM c", "SC2005", (7, 15), "'FOO' is not a recognized built-in function name."),
        ("SELECT udf.f(1) FROM c", "SC2003", (11, 15), "User-defined function 'udf.f' could not be resolved."),
    ],
    "Numbers of arguments": [
        ("SELECT * FROM r WHERE ABS()", "SC2050", (22, 27), "The ABS function requires 1 argument(s)."),
        ("SELECT CONTAINS(c.a) FROM c", "SC2050", (7, 20), "The CONTAINS function requires 2 to 3 argument(s)."),
        ("SELECT CONCAT('a')", "SC2050", (7, 18), "The CONCAT function requires at least 2 argument(s)."),
        ("SELECT COUNT() FROM c", "SC2050", (7, 14), "The COUNT function requires 1 argument(s)."),
    ],
    "SELECT * in its place": [
        ("SELECT *", "SC1021", (0, 6), "'SELECT *' is not valid if FROM clause is omitted."),
        ("SELECT * FROM c JOIN t IN c.t", "SC2040", (0, 6), "'SELECT *' is only valid with a single input set."),
        ("SELECT * FROM c GROUP BY c.a", "SC2040", (0, 6), "'SELECT *' is not allowed with GROUP BY."),
    ],
    "Aggregates in their place": [
        ("SELECT AVG(SUM(c.a)) FROM c", "SC2101", (7, 20),
         "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."),
        ("SELECT c.a, COUNT(1) FROM c", "SC2102", (9, 10),
         "Property reference 'c.a' is invalid in the select list because it is not contained in either an aggregate "
         "function or the GROUP BY clause."),
        ("SELECT * FROM c WHERE COUNT(1) > 1", "SC2103", (22, 30), "An aggregate may not appear in the WHERE clause."),
        ("SELECT c.id FROM c ORDER BY COUNT(1)", "SC2104", (28, 36),
         "An aggregate may not appear in the ORDER BY clause."),
        ("SELECT COUNT(1) FROM c GROUP BY SUM(c.a)", "SC2111", (0, 6),
         "GROUP BY may not contain an aggregate or a subquery."),
        ("SELECT c.a FROM c GROUP BY c.a ORDER BY c.a", "SC2120", (0, 6),
         "'ORDER BY' is not supported in presence of GROUP BY."),
    ],
    "ORDER BY needs a path of the document": [
        ("SELECT * FROM c ORDER BY LOWER(c.a)", "SC2206", (25, 35),
         "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path."),
        ("SELECT t FROM c JOIN t IN c.tags ORDER BY t.a", "SC2206", (44, 45),
         "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path."),
    ],
    "Counts": [
        ("SELECT TOP 1.5 * FROM c", "SC2060", None, "Invalid TOP count: it must be a non-negative 32-bit integer."),
        ("SELECT * FROM c OFFSET 0 LIMIT @n", "SC2061", (31, 33),
         "Invalid LIMIT count: it must be a non-negative 32-bit integer."),
        ("SELECT * FROM c OFFSET @n LIMIT 1", "SC2062", (23, 25),
         "Invalid OFFSET count: it must be a non-negative 32-bit integer."),
        ("SELECT TOP 1 * FROM c OFFSET 0 LIMIT 1", "SC2205", (0, 6),
         "'TOP' cannot be used together with 'OFFSET LIMIT'."),
    ],
    "Sub-queries": [
        ("SELECT (SELECT VALUE t FROM t IN c.tags) FROM c", "SC2201", (8, 14),
         "The cardinality of a scalar subquery result set cannot be greater than one."),
        ("SELECT ARRAY(SELECT t FROM t IN c.tags ORDER BY t) FROM c", "SC2202", (13, 19),
         "'ORDER BY' is not supported in subqueries."),
        ("SELECT ARRAY(SELECT TOP 1 t FROM t IN c.tags) FROM c", "SC2203", (13, 19),
         "'TOP' is not supported in subqueries."),
        ("SELECT ARRAY(SELECT t FROM t IN c.tags OFFSET 0 LIMIT 1) FROM c", "SC2204", (13, 19),
         "'OFFSET LIMIT' is not supported in subqueries."),
    ],
    "Names given twice": [
        ("SELECT c.a, c.b AS a FROM c", "SC2022", None, "The property name 'a' is specified more than once."),
        ("SELECT c.a FROM c JOIN c IN c.tags", "SC2021", (23, 24),
         "The input alias 'c' is specified more than once in the FROM clause."),
    ],
    "Limits": [
        ("SELECT c.id FROM c" + "".join(f" JOIN t{n} IN c.tags" for n in range(11)), "SC3002", (0, 6),
         "The SQL query exceeded the maximum number of joins. The allowed limit is 10."),
        ("SELECT 1" + " " * 524_288, "SC3020", None,
         "The SQL query text exceeded the maximum limit of 524288 characters."),
        ("SELECT " + "(" * 10_000, "SC1030", (207, 208), "The SQL query is nested too deeply."),
    ],
    "Division by zero": [
        ("SELECT VALUE c.n / 0 FROM c", "4001", None, "An arithmetic operation has no finite result."),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "position", "message"),
    [
        pytest.param(*case, id=case[0][:60], marks=pytest.mark.covers(f"SQL errors: {name}"))
        for name, cases in REFUSED.items()
        for case in cases
    ],
)
def test_refusal(answers: Answers, text: str, code: str, position: tuple[int, int] | None, message: str) -> None:
    with pytest.raises(SqlError) as refusal:
        answers(text, [{"n": 1, "tags": ["a", "b"]}], n=-1)
    assert (refusal.value.code, refusal.value.position, refusal.value.message) == (code, position, message)


def test_the_body_is_the_services() -> None:
    with pytest.raises(SqlError) as refusal:
        parse("SELECT * FORM c")
    body = refusal.value.body
    assert body["code"] == "BadRequest"
    assert body["message"] == (
        'Message: {"errors":[{"severity":"Error","location":{"start":9,"end":13},"code":"SC1001",'
        '"message":"Syntax error, incorrect syntax near \'FORM\'."}]}'
    )
    assert json.loads(SqlError("No code.").details) == {"Errors": ["No code."]}
    assert (SqlError("x", "4001").substatus, refusal.value.substatus) == (4001, 0)
