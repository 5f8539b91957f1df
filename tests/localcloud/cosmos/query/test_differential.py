"""What the engine answers, page by page, is what the program says of all documents: whatever is indexed, however the
pages are cut, with one physical partition or several, and with a split in between."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.cosmos import query, sql
from localcloud.cosmos.account import Account
from localcloud.cosmos.container import Container
from localcloud.cosmos.containers import normalised
from localcloud.cosmos.exchange import Request
from localcloud.cosmos.partition_key import Key
from localcloud.cosmos.query import access, ordered
from localcloud.cosmos.query.scope import Scope
from localcloud.cosmos.sql.values import order_key
from localcloud.cosmos.store import Store
from localcloud.cosmos.undefined import UNDEFINED
from localcloud.cosmos.writing import Wanted, apply, put

NOW = 1_800_000_000.0
PROPERTIES = ("a", "b", "c")
LONG = "x" * 95
scalars = st.sampled_from(
    [None, False, True, 0, 1, -1, 2, 2.5, -0.0, 1e300, 2**53, 2**53 + 1, "", "a", "ab", "b", "é", LONG, LONG + "y",
     LONG + "yy", LONG + "zz"]
)  # fmt: skip
values = st.one_of(
    scalars, scalars, st.lists(scalars, max_size=2), st.dictionaries(st.sampled_from(PROPERTIES), scalars, max_size=2)
)
documents = st.lists(
    st.dictionaries(st.sampled_from(PROPERTIES), values, max_size=3).flatmap(
        lambda one: st.sampled_from(["p", "q", "r", 1]).map(lambda key: {**one, "pk": key})
    ),
    max_size=24,
)
paths = st.sampled_from(["c.a", "c.b", "c.a.b", "c.c", "c.pk", "c.id"])
literals = scalars.map(lambda value: orjson.dumps(value).decode())
terms = st.one_of(
    st.builds("{} {} {}".format, paths, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), literals),
    st.builds("{} IN ({}, {})".format, paths, literals, literals),
    st.builds("{} BETWEEN {} AND {}".format, paths, literals, literals),
    st.builds("STARTSWITH({}, {})".format, paths, st.sampled_from(['"a"', '""', f'"{LONG}"', f'"{LONG}yy"'])),
    st.builds("IS_DEFINED({})".format, paths),
    st.builds("ARRAY_CONTAINS({}, {})".format, paths, literals),
    st.builds("NOT IS_DEFINED({})".format, paths),
)
filters = st.one_of(
    st.just(""),
    st.builds(" WHERE {}".format, terms),
    st.builds(" WHERE {} {} {}".format, terms, st.sampled_from(["AND", "OR"]), terms),
    st.builds(" WHERE ({} OR {} AND {}) AND {}".format, terms, terms, terms, terms),
)
limits = st.one_of(st.just(""), st.builds(" OFFSET {} LIMIT {}".format, st.integers(0, 3), st.integers(0, 9)))
selected = st.sampled_from(["*", "VALUE c", "c.id, c.a", "VALUE c.a", "c.pk"])
orders = st.one_of(
    st.just(""),
    st.builds(" ORDER BY {} {}".format, paths, st.sampled_from(["ASC", "DESC"])),
    st.sampled_from([" ORDER BY c.a ASC, c.b DESC", " ORDER BY c.a DESC, c.b ASC"]),
)
queries = st.one_of(
    st.builds("SELECT {} FROM c{}{}{}".format, selected, filters, orders, limits),
    st.builds("SELECT DISTINCT VALUE c.{} FROM c{}".format, st.sampled_from(PROPERTIES), filters),
    st.builds("SELECT VALUE {}(c.a) FROM c{}".format, st.sampled_from(["COUNT", "SUM", "MIN", "MAX", "AVG"]), filters),
    st.builds("SELECT c.a AS k, COUNT(1) AS n FROM c{} GROUP BY c.a".format, filters),
    st.builds("SELECT TOP {} VALUE t FROM c JOIN t IN c.b{}".format, st.integers(0, 5), filters),
    st.builds("SELECT c.id, t FROM c JOIN t IN c.a{}{}".format, filters, orders),
)
policies = st.sampled_from(
    [
        None,
        {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/b/*"}]},
        {"includedPaths": [{"path": "/a/?"}], "excludedPaths": [{"path": "/*"}]},
    ]
)
COMPOSITES = [[{"path": "/a", "order": "ascending"}, {"path": "/b", "order": "descending"}]]


def fill(account: Account, container: Container, found: list[dict[str, Any]]) -> None:
    account.store.begin()
    for number, document in enumerate(found, container.last_doc):
        key: Key = (document["pk"],)
        apply(container, put(account, container, key, {"id": f"{number}", **document}, "create", Wanted()))


async def pages(account: Account, container: Container, text: str, size: int, split: int) -> list[Any]:
    """All rows, with a split of the container after the first page if `split` says into how many partitions."""
    rows: list[Any] = []
    headers: dict[str, str] = {"x-ms-max-item-count": str(size)}
    while True:
        scope = Scope(((b"", b"\xff"),), tuple(container.partitions))
        request = Request("POST", "/", headers, orjson.dumps({"query": text}))
        question = query.ask(container, request, NOW)
        page = await query.answer(
            container, query.narrowed(container, scope, question), question, request, relaxed=True
        )
        assert len(page.rows) <= size
        rows += map(orjson.loads, page.rows)
        if page.continuation is None:
            return rows
        headers = {**headers, "x-ms-continuation": page.continuation}
        if split > len(container.partitions):
            account.physics.split(container, split)


def expected(container: Container, text: str) -> list[Any]:
    rows = container.store.rows(f"SELECT body FROM docs_{container.number} ORDER BY doc")
    program = sql.compile(sql.parse(text), {}, datetime.fromtimestamp(NOW, timezone.utc))
    return list(program.evaluate([orjson.loads(body) for (body,) in rows]))


def by_order(text: str, rows: list[Any]) -> list[Any]:
    return sorted(order_key(row) for row in rows)


def unlimited(text: str) -> str:
    return text.split(" OFFSET ")[0].replace("SELECT TOP", "SELECT TOP 2147483647 --").split(" --")[0]


def order_values(container: Container, text: str, rows: list[Any]) -> list[Any]:
    """What the rows of `SELECT *` are ordered by."""
    program = sql.compile(sql.parse(text), {}, datetime.fromtimestamp(NOW, timezone.utc))
    return [[order_key(_at(row, one.path)) for one in program.order] for row in rows]


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value.get(step, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    return value


async def compare(
    found: list[dict[str, Any]], policy: Any, text: str, size: int, partitions: int, split: int
) -> None:  # fmt: skip
    store = Store(None)
    account = Account(store, lambda: NOW)
    try:
        database = await account.create_database("camp", {})
        given = {
            "id": "c", "partitionKey": {"paths": ["/pk"], "kind": "Hash", "version": 2},
            "indexingPolicy": {**(policy or {}), "compositeIndexes": COMPOSITES},
        }  # fmt: skip
        headers = {"x-camp-physical-partitions": str(partitions)}
        container = await account.create_container(database, normalised(given), headers)
        fill(account, container, found)
        try:
            rows = await pages(account, container, text, size, split)
        except query.rules.CosmosError as error:
            assert "order-by item is excluded" in error.message
            return
        wanted = expected(container, text)
        assert len(rows) == len(wanted)
        if " OFFSET " in text or " TOP " in text:
            everything = [order_key(row) for row in expected(container, text.split(" OFFSET ")[0])]
            assert " TOP " in text or all(order_key(row) in everything for row in rows)
        else:
            assert by_order(text, rows) == by_order(text, wanted)
        if " ORDER BY " in text and text.startswith("SELECT *"):
            assert order_values(container, text, rows) == order_values(container, text, wanted)
    finally:
        store.close()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    documents, policies, queries, st.integers(1, 6), st.sampled_from([1, 3]), st.sampled_from([0, 5]),
    st.booleans(),
)  # fmt: skip
def test_the_engine_answers_what_the_program_says(
    found: list[dict[str, Any]], policy: Any, text: str, size: int, partitions: int, split: int, small: bool
) -> None:
    few, selective, window = ordered.FEW, access.SELECTIVE, access.WINDOW
    if small:  # so that a handful of documents is walked to by the index, and scanned, like many
        ordered.FEW, access.SELECTIVE, access.WINDOW = 0, 2, 5
    try:
        asyncio.run(compare(found, policy, text, size, partitions, split))
    finally:
        ordered.FEW, access.SELECTIVE, access.WINDOW = few, selective, window
