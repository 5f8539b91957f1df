"""Whole queries: each clause and operator with the answer that Cosmos DB gives over three families.

The keys of CASES are what the coverage page lists.
"""

from collections.abc import Callable
from typing import Any

import pytest

Answers = Callable[..., list[Any]]

FAMILIES: list[dict[str, Any]] = [
    {
        "id": "andersen", "_rid": "r1", "city": "Seattle", "registered": True, "income": 70, "tags": ["a", "b"],
        "children": [{"name": "Henriette", "grade": 5, "pets": [{"name": "Fluffy"}]}], "address": {"zip": 98101},
    },
    {
        "id": "wakefield", "_rid": "r2", "city": "New York", "registered": False, "income": 90, "tags": ["b"],
        "children": [
            {"name": "Jesse", "grade": 1, "pets": [{"name": "Goofy"}, {"name": "Shadow"}]},
            {"name": "Lisa", "grade": 8},
        ],
        "address": {"zip": "10001"},
    },
    {"id": "smith", "_rid": "r3", "city": "Seattle", "income": None, "tags": [], "address": None},
]  # fmt: skip

CASES: dict[str, list[tuple[str, Any]]] = {
    "SELECT *": [
        ("SELECT * FROM c WHERE c.id = 'smith'", [FAMILIES[2]]),
        ("SELECT * FROM c.address", [{"zip": 98101}, {"zip": "10001"}, None]),
    ],
    "SELECT list and aliases": [
        ("SELECT c.id, c.address.zip AS code FROM c WHERE c.income > 80", [{"id": "wakefield", "code": "10001"}]),
        ("SELECT c.id, c.registered FROM c WHERE c.id = 'smith'", [{"id": "smith"}]),
        ("SELECT c['city'] FROM c WHERE c.id = 'smith'", [{"city": "Seattle"}]),
        ("SELECT c.tags[0], 1 + 1, c.id FROM c WHERE c.id = 'andersen'", [{"$1": "a", "$2": 2, "id": "andersen"}]),
        ("SELECT c FROM c WHERE c.id = 'smith'", [{"c": FAMILIES[2]}]),
    ],
    "SELECT VALUE": [
        ("SELECT VALUE c.city FROM c WHERE c.income = null", ["Seattle"]),
        ("SELECT VALUE c.registered FROM c", [True, False]),
        ("SELECT VALUE {name: c.id, 'n': [c.income, c.nope]} FROM c WHERE c.income = 70",
         [{"name": "andersen", "n": [70, None]}]),
    ],
    "SELECT without FROM": [
        ("SELECT 1 + 2 AS three, 'a'", [{"three": 3, "$1": "a"}]), ("SELECT VALUE undefined", []),
        ("SELECT VALUE COUNT(1)", [1]),
    ],
    "SELECT DISTINCT": [
        ("SELECT DISTINCT VALUE c.city FROM c", ["Seattle", "New York"]),
        ("SELECT DISTINCT c.city FROM c ORDER BY c.city", [{"city": "New York"}, {"city": "Seattle"}]),
        ("SELECT DISTINCT VALUE t FROM c JOIN t IN c.tags", ["a", "b"]),
        ("SELECT DISTINCT VALUE c.city FROM c ORDER BY c.id", ["Seattle", "New York"]),
    ],
    "SELECT TOP": [
        ("SELECT TOP 1 VALUE c.id FROM c", ["andersen"]), ("SELECT TOP 0 * FROM c", []),
        ("SELECT TOP @n VALUE c.id FROM c ORDER BY c.id DESC", ["wakefield", "smith"]),
    ],
    "FROM aliases": [
        ("SELECT VALUE f.id FROM families f WHERE f.income = 70", ["andersen"]),
        ("SELECT VALUE f.id FROM families AS f WHERE f.income = 70", ["andersen"]),
        ("SELECT VALUE root.id FROM root WHERE root.income = 70", ["andersen"]),
        ("select value Food.id from Food where Food.income = 70", ["andersen"]),
    ],
    "FROM a path": [
        ("SELECT VALUE address.zip FROM c.address", [98101, "10001"]),
        ("SELECT VALUE a.zip FROM c.address AS a WHERE IS_NUMBER(a.zip)", [98101]),
        ("SELECT VALUE x FROM c.children[0].pets AS x",
         [[{"name": "Fluffy"}], [{"name": "Goofy"}, {"name": "Shadow"}]]),
        ("SELECT VALUE x FROM c['address']['zip'] x", [98101, "10001"]),
    ],
    "FROM ... IN": [
        ("SELECT VALUE c.name FROM c IN c.children", ["Henriette", "Jesse", "Lisa"]),
        ("SELECT VALUE COUNT(1) FROM t IN c.tags", [3]),
    ],
    "FROM a sub-query": [
        ("SELECT VALUE s.id FROM (SELECT c.id, c.income FROM c WHERE c.city = 'Seattle') AS s WHERE s.income > 1",
         ["andersen"]),
    ],
    "JOIN": [
        ("SELECT c.id, t FROM c JOIN t IN c.tags WHERE t = 'b'",
         [{"id": "andersen", "t": "b"}, {"id": "wakefield", "t": "b"}]),
        ("SELECT VALUE p.name FROM f JOIN k IN f.children JOIN p IN k.pets", ["Fluffy", "Goofy", "Shadow"]),
        ("SELECT VALUE [a, b] FROM c JOIN a IN c.tags JOIN b IN c.tags WHERE c.id = 'andersen' AND a < b",
         [["a", "b"]]),
        ("SELECT VALUE c.id FROM c JOIN c.children", ["andersen", "wakefield"]),
    ],
    "JOIN a sub-query": [
        ("SELECT VALUE k.name FROM c JOIN (SELECT VALUE k FROM k IN c.children WHERE k.grade > 4) AS k",
         ["Henriette", "Lisa"]),
        ("SELECT VALUE n FROM c JOIN (SELECT VALUE COUNT(1) FROM k IN c.children) AS n", [1, 2, 0]),
    ],
    "WHERE": [
        ("SELECT VALUE c.id FROM c WHERE c.registered", ["andersen"]),
        ("SELECT VALUE c.id FROM c WHERE c.income", []), ("SELECT VALUE c.id FROM c WHERE c.nope = c.nope", []),
    ],
    "GROUP BY": [
        ("SELECT c.city, COUNT(1) AS n FROM c GROUP BY c.city",
         [{"city": "Seattle", "n": 2}, {"city": "New York", "n": 1}]),
        ("SELECT COUNT(1) AS n, c.registered FROM c GROUP BY c.registered",
         [{"n": 1, "registered": True}, {"n": 1, "registered": False}, {"n": 1}]),
        ("SELECT VALUE COUNT(1) FROM c WHERE false GROUP BY c.city", []),
        ("SELECT UPPER(c.city) AS up, MAX(c.income) AS most FROM c GROUP BY UPPER(c.city) OFFSET 1 LIMIT 1",
         [{"up": "NEW YORK", "most": 90}]),
    ],
    "ORDER BY": [
        ("SELECT VALUE c.id FROM c ORDER BY c.income", ["smith", "andersen", "wakefield"]),
        ("SELECT VALUE c.id FROM c ORDER BY c.city DESC, c.id ASC", ["andersen", "smith", "wakefield"]),
        ("SELECT VALUE c.id FROM c ORDER BY c.registered", ["smith", "wakefield", "andersen"]),
        ("SELECT VALUE c.id FROM c ORDER BY c.address.zip DESC", ["wakefield", "andersen", "smith"]),
    ],
    "OFFSET LIMIT": [
        ("SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 1", ["smith"]),
        ("SELECT VALUE c.id FROM c OFFSET @n LIMIT 10", ["smith"]),
    ],
    "Scalar sub-queries": [
        ("SELECT c.id, (SELECT VALUE COUNT(1) FROM k IN c.children) AS n FROM c",
         [{"id": "andersen", "n": 1}, {"id": "wakefield", "n": 2}, {"id": "smith", "n": 0}]),
        ("SELECT VALUE (SELECT VALUE k.name FROM k IN c.children WHERE k.grade = 8) FROM c", ["Lisa"]),
        ("SELECT VALUE c.id FROM c WHERE (SELECT VALUE SUM(k.grade) FROM k IN c.children) > 5", ["wakefield"]),
    ],
    "EXISTS": [
        ("SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE k FROM k IN c.children WHERE k.grade = 8)", ["wakefield"]),
        ("SELECT VALUE EXISTS(SELECT VALUE t FROM t IN c.tags) FROM c", [True, True, False]),
        ("SELECT VALUE c.id FROM c WHERE NOT EXISTS(SELECT VALUE t FROM t IN c.tags)", ["smith"]),
    ],
    "ARRAY()": [
        ("SELECT VALUE ARRAY(SELECT VALUE k.name FROM k IN c.children) FROM c", [["Henriette"], ["Jesse", "Lisa"], []]),
        ("SELECT VALUE ARRAY(SELECT DISTINCT VALUE 1 FROM t IN c.tags) FROM c", [[1], [1], []]),
    ],
    "COUNT": [("SELECT VALUE COUNT(1) FROM c", [3]), ("SELECT VALUE COUNT(c.registered) FROM c", [2]),
              ("SELECT VALUE COUNT(c.income) FROM c", [3]), ("SELECT COUNT(1) FROM c", [{"$1": 3}])],
    "COUNTIF": [("SELECT VALUE COUNTIF(c.income > 80) FROM c", [1]), ("SELECT VALUE COUNTIF(1) FROM c", [0])],
    "SUM": [("SELECT VALUE SUM(c.children[0].grade) FROM c", [6]), ("SELECT VALUE SUM(c.income) FROM c", []),
            ("SELECT VALUE SUM(c.nope) FROM c", [0])],
    "AVG": [("SELECT VALUE AVG(c.children[0].grade) FROM c", [3]), ("SELECT VALUE AVG(c.city) FROM c", []),
            ("SELECT VALUE AVG(c.nope) FROM c", [])],
    "MIN": [("SELECT VALUE MIN(c.income) FROM c", [None]), ("SELECT VALUE MIN(c.tags) FROM c", []),
            ("SELECT VALUE MIN(c.nope) FROM c", [])],
    "MAX": [("SELECT VALUE MAX(c.address.zip) FROM c", ["10001"]),
            ("SELECT MIN(c.id) AS a, MAX(c.id) AS z FROM c", [{"a": "andersen", "z": "wakefield"}])],
    "= and !=": [
        ("SELECT VALUE [1 = 1.0, 1 = true, '1' = 1, null = null, [1, {a: 2}] = [1, {a: 2}]]",
         [[True, False, False, True, True]]),
        ("SELECT VALUE c.id FROM c WHERE c.income != null", ["andersen", "wakefield"]),
        ("SELECT VALUE c.id FROM c WHERE c.registered <> true", ["wakefield"]),
        ("SELECT VALUE c.id FROM c WHERE 'smith' = c.id", ["smith"]),
        ("SELECT VALUE c.id FROM c WHERE c.address = {zip: 98101}", ["andersen"]),
    ],
    "< <= > >=": [
        ("SELECT VALUE [1 < 2, 'a' <= 'b', true > false, null >= null, 1 < 'a', [1] < [2]]",
         [[True, True, True, True, None, None]]),
        ("SELECT VALUE c.id FROM c WHERE c.address.zip > 1", ["andersen"]),
        ("SELECT VALUE c.id FROM c WHERE 80 < c.income", ["wakefield"]),
    ],
    "AND, OR, NOT": [
        ("SELECT VALUE [true AND undefined, false AND undefined, true OR undefined, false OR undefined, NOT undefined]",
         [[None, False, True, None, None]]),
        ("SELECT VALUE [NOT 1 = 2, true OR false AND false, (true OR false) AND false, 1 AND true]",
         [[True, True, False, None]]),
        ("SELECT VALUE c.id FROM c WHERE NOT (c.income > 80)", ["andersen"]),
        ("SELECT VALUE c.id FROM c WHERE c.income > 80 OR c.id = 'smith' OR c.nope", ["wakefield", "smith"]),
        ("SELECT VALUE c.id FROM c WHERE c.income > 1 AND c.registered = true AND c.city = 'Seattle'", ["andersen"]),
    ],
    "IN": [
        ("SELECT VALUE c.id FROM c WHERE c.id IN ('smith', 'jones')", ["smith"]),
        ("SELECT VALUE c.id FROM c WHERE c.income NOT IN (70, null)", ["wakefield"]),
        ("SELECT VALUE c.id FROM c WHERE c.city IN (c.city, 1)", ["andersen", "wakefield", "smith"]),
        ("SELECT VALUE [1 IN (true, '1'), 1.0 IN (1), undefined IN (1)]", [[False, True, None]]),
    ],
    "BETWEEN": [
        ("SELECT VALUE c.id FROM c WHERE c.income BETWEEN 70 AND 80", ["andersen"]),
        ("SELECT VALUE c.id FROM c WHERE c.income NOT BETWEEN 70 AND 80", ["wakefield"]),
        ("SELECT VALUE ['b' BETWEEN 'a' AND 'c', 5 BETWEEN 1 AND 'x']", [[True, None]]),
    ],
    "LIKE": [
        ("SELECT VALUE c.id FROM c WHERE c.id LIKE '%e%'", ["andersen", "wakefield"]),
        ("SELECT VALUE c.id FROM c WHERE c.id LIKE 'sm_th'", ["smith"]),
        ("SELECT VALUE c.id FROM c WHERE c.id NOT LIKE '%e%'", ["smith"]),
        ("SELECT VALUE ['aXb' LIKE 'a[A-Z]b', 'a-b' LIKE 'a[^A-Z]b', 'aab' LIKE 'a%ab', 'A' LIKE 'a', 1 LIKE '1']",
         [[True, True, True, False, None]]),
        ("SELECT VALUE ['a\\nb' LIKE 'a%b', '' LIKE '%', '' LIKE '_', 'a.c' LIKE 'a.c', 'abc' LIKE 'a.c']",
         [[True, True, False, True, False]]),
    ],
    "LIKE ... ESCAPE": [("SELECT VALUE ['20%' LIKE '20!%' ESCAPE '!', '20x' LIKE '20!%' ESCAPE '!']", [[True, False]])],
    "?? (coalesce)": [("SELECT VALUE [undefined ?? 1, null ?? 1, c.a ?? c.b ?? 'x'] FROM c WHERE c.income = 70",
                       [[1, None, "x"]])],
    "? : (conditional)": [
        ("SELECT VALUE c.income > 80 ? 'rich' : c.income > 60 ? 'fine' : 'poor' FROM c", ["fine", "rich", "poor"]),
    ],
    "|| (concatenation)": [("SELECT VALUE c.id || '@' || c.city FROM c WHERE c.id = 'smith'", ["smith@Seattle"]),
                           ("SELECT VALUE 'a' || 1", [])],
    "Arithmetic": [
        ("SELECT VALUE [1 + 2 * 3, (1 + 2) * 3, 7 / 2, 6 / 2, 7 % 3, -7 % 3, 5.5 % 2, -(2), +3, 1 - -1]",
         [[7, 9, 3.5, 3, 1, -1, 1.5, -2, 3, 2]]),
        ("SELECT VALUE [1 + '1', 'a' + 'b', -'1', true + 1]", [[None, None, None, None]]),
        ("SELECT VALUE 9007199254740993 + 1", [9007199254740994]),
    ],
    "Bit operators": [
        ("SELECT VALUE [6 & 3, 6 | 3, 6 ^ 3, ~6, 1 << 4, -8 >> 1, -1 >>> 28, 2147483648 | 0]",
         [[2, 7, 5, -7, 16, -4, 15, -2147483648]]),
    ],
    "Literals": [
        ("SELECT VALUE [null, true, FALSE, undefined, 1.5e2, .5, 'it\\'s', \"\\u0041\\n\"]",
         [[None, True, False, None, 150, 0.5, "it's", "A\n"]]),
        ("SELECT VALUE {a: undefined, 'b': {}, \"c\": []}", [{"b": {}, "c": []}]),
    ],
    "Property access": [
        ("SELECT VALUE c['address']['zip'] FROM c", [98101, "10001"]),
        ("SELECT VALUE c.children[1].name FROM c", ["Lisa"]),
        ("SELECT VALUE c[@key] FROM c", ["Seattle", "New York", "Seattle"]),
        ("SELECT VALUE [c.tags[0], c.tags['0'], c.id.x, c.tags[9], {a: 1}.a, [7, 8][1]] FROM c WHERE c.income = 70",
         [["a", None, None, None, 1, 8]]),
    ],
    "Parameters": [
        ("SELECT VALUE c.id FROM c WHERE c.city = @city", ["wakefield"]),
        ("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)", ["andersen", "smith"]),
        ("SELECT VALUE IS_DEFINED(@nobody)", [False]),
    ],
    "Comments": [("SELECT VALUE 1 -- one\n + /* and */ 1", [2])],
    "Keywords and functions in any case": [
        ("sElEcT vAlUe UpPeR(c.id) fRoM c wHeRe c.id LiKe 's%' oRdEr By c.id dEsC", ["SMITH"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(text, expected, id=text, marks=pytest.mark.covers(f"SQL clause: {name}"))
        for name, cases in CASES.items()
        for text, expected in cases
    ],
)
def test_query(answers: Answers, text: str, expected: list[Any]) -> None:
    parameters = {"n": 2, "city": "New York", "ids": ["smith", "andersen"], "key": "city"}
    found = answers(text, FAMILIES, **parameters)
    assert repr(found) == repr(expected)


def test_ordering_is_by_type_then_by_value(answers: Answers) -> None:
    values: list[Any] = [{"b": 1}, {"a": 2}, [2], [1, 1], "b", "a", "", 2, -1.5, True, False, None]
    documents = [{"v": value} for value in values] + [{}]
    found = answers("SELECT c.v FROM c ORDER BY c.v", documents)
    ordered = [{}, *({"v": value} for value in (None, False, True, -1.5, 2, "", "a", "b", [1, 1], [2]))]
    assert found[: len(ordered)] == ordered
    assert answers("SELECT c.v FROM c ORDER BY c.v DESC", documents) == found[::-1]
