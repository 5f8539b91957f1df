"""The Data Explorer's API, on the camp's own emulator."""

import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psutil
import pytest_asyncio

if TYPE_CHECKING:
    from conftest import Cosmos, Portal


@pytest_asyncio.fixture(loop_scope="session")
async def place(shared: "Portal") -> dict[str, str]:
    """A container with the key /channel."""
    names = {"database": "camp", "container": f"c{uuid.uuid4().hex[:10]}"}
    status, _answer = await shared.post("api/data/containers", {**names, "keys": ["/channel"], "manual": 400})
    assert status == 201
    return names


async def ask(portal: "Portal", path: str, **query: str) -> tuple[int, Any]:
    status, content, _headers = await portal.get(f"api/{path}?{urlencode(query)}")
    return status, json.loads(content)


async def add(portal: "Portal", place: dict[str, str], **document: Any) -> Any:
    status, made = await portal.post("api/data/documents/add", {**place, "text": json.dumps(document)})
    assert status == 201, made
    return made


async def query(portal: "Portal", place: dict[str, str], text: str, **more: str) -> tuple[int, Any]:
    return await portal.post("api/data/query", {**place, "query": text, **more})


async def test_containers_are_made_listed_and_deleted(shared: "Portal") -> None:
    database = f"d{uuid.uuid4().hex[:10]}"
    team = {"database": database, "container": "team", "keys": ["/team", "/name"], "autoscale": 1000}
    assert (await shared.post("api/data/containers", team))[0] == 201
    status, answer = await shared.post("api/data/containers", team)
    assert (status, answer["error"].startswith("Conflict: Resource with specified id")) == (409, True)
    laid_out = {"database": database, "container": "laid-out", "keys": ["/k"], "manual": 400, "partitions": 4}
    assert (await shared.post("api/data/containers", laid_out))[0] == 201

    async def found() -> Any:
        databases = (await shared.json("api/data"))["databases"]
        return {one["name"]: one["keys"] for db in databases if db["name"] == database for one in db["containers"]}

    assert await found() == {"team": ["/team", "/name"], "laid-out": ["/k"]}
    assert (await ask(shared, "data/scale", database=database, container="laid-out"))[1]["physics"]["partitions"] == 4
    assert (await ask(shared, "data/scale", database=database, container="team"))[1]["autoscale"] == 1000
    body = {"database": database, "container": "team"}
    assert (await shared.post("api/data/containers/delete", body))[0] == 200
    assert await found() == {"laid-out": ["/k"]}
    assert (await shared.post("api/data/containers/delete", {"database": database}))[0] == 200
    assert await found() == {}


async def test_a_document_is_added_read_replaced_and_deleted(shared: "Portal", place: dict[str, str]) -> None:
    made = await add(shared, place, id="a", channel="general", number=12345678901234567890)
    assert made == {"id": "a", "key": ["general"], "charge": made["charge"]}
    assert made["charge"] >= 5
    where = {**place, "id": "a", "key": ["general"]}
    status, read = await ask(shared, "data/document", **place, id="a", key='["general"]')
    assert (status, json.loads(read["text"])["number"]) == (200, 12345678901234567890)
    changed = {**where, "text": read["text"].replace("12345678901234567890", "1e400"), "etag": read["etag"]}
    status, answer = await shared.post("api/data/documents/replace", changed)
    assert (status, bool(answer["error"])) == (400, True)
    changed["text"] = json.dumps({"id": "a", "channel": "general", "number": 2})
    assert (await shared.post("api/data/documents/replace", changed))[0] == 200
    status, answer = await shared.post("api/data/documents/replace", changed)
    assert (status, answer["conflict"]) == (409, True)
    assert (await shared.post("api/data/documents/delete", where))[0] == 200
    assert (await ask(shared, "data/document", **place, id="a", key='["general"]'))[0] == 404


async def test_documents_with_every_kind_of_key(shared: "Portal", place: dict[str, str]) -> None:
    keys: list[Any] = ["a/ü", 1.5, True, None]
    for number, key in enumerate(keys):
        await add(shared, place, id=str(number), channel=key)
    await add(shared, place, id="none")
    found = (await ask(shared, "data/documents", **place))[1]["documents"]
    assert {one["id"]: one["key"][0] for one in found} == {**{str(n): key for n, key in enumerate(keys)}, "none": {}}
    for one in found:
        status, read = await ask(shared, "data/document", **place, id=one["id"], key=json.dumps(one["key"]))
        assert (status, json.loads(read["text"])["id"]) == (200, one["id"])


async def test_documents_come_in_pages(shared: "Portal", place: dict[str, str]) -> None:
    for number in range(53):
        await add(shared, place, id=f"{number:03}", channel=f"c{number % 3}")
    first = (await ask(shared, "data/documents", **place))[1]
    assert (len(first["documents"]), first["keys"], first["charge"] > 0) == (50, ["/channel"], True)
    rest = (await ask(shared, "data/documents", **place, after=first["next"]))[1]
    assert (len(rest["documents"]), rest["next"]) == (3, None)


async def test_a_query_tells_rows_charge_and_fan_out(shared: "Portal", place: dict[str, str]) -> None:
    await shared.post("api/data/partitions", {**place, "count": 2})
    for number in range(6):
        await add(shared, place, id=str(number), channel=f"c{number}", n=number)
    status, found = await query(
        shared, place, "SELECT VALUE c.n FROM c WHERE c.n >= @n ORDER BY c.n DESC", parameters='{"@n": 2}'
    )
    assert (status, found["rows"], found["more"], found["planned"]) == (200, ["5", "4", "3", "2"], None, True)
    assert [one["partition"] for one in found["partitions"]] == sorted(one["partition"] for one in found["partitions"])
    assert len(found["partitions"]) == 2
    assert found["charge"] >= sum(one["charge"] for one in found["partitions"]) > 4
    assert found["metrics"]["outputDocumentCount"] == 4
    status, found = await query(shared, place, "SELECT * FROM c", key='"c3"')
    assert (status, [json.loads(one)["id"] for one in found["rows"]], found["planned"]) == (200, ["3"], False)


async def test_rows_come_in_pages(shared: "Portal", place: dict[str, str]) -> None:
    for number in range(105):
        await add(shared, place, id=str(number), channel="c", n=number)
    status, first = await query(shared, place, "SELECT VALUE c.n FROM c ORDER BY c.n")
    assert (status, len(first["rows"]), bool(first["more"])) == (200, 100, True)
    status, rest = await shared.post("api/data/query/more", {"more": first["more"]})
    assert (status, rest["rows"], rest["more"]) == (200, ["100", "101", "102", "103", "104"], None)
    status, answer = await shared.post("api/data/query/more", {"more": first["more"]})
    assert (status, answer["error"]) == (404, "This query is no longer open. Run it again.")


async def test_the_place_of_an_error_in_a_query(shared: "Portal", place: dict[str, str]) -> None:
    status, answer = await query(shared, place, "SELECT * FORM c")
    assert (status, answer["at"]) == (400, [9, 13])
    assert "FORM" in answer["error"]


async def test_throughput_and_the_emulators_switches(shared: "Portal", place: dict[str, str]) -> None:
    async def now() -> Any:
        return (await ask(shared, "data/scale", **place))[1]

    assert (await shared.post("api/data/scale", {**place, "manual": 1000}))[0] == 200
    assert (await shared.post("api/data/partitions", {**place, "count": 4}))[0] == 200
    found = await now()
    assert (found["manual"], found["physics"]["partitions"]) == (1000, 4)
    for wanted in ({"autoscale": 2000}, {"autoscale": 3000}, {"manual": 500}):
        assert (await shared.post("api/data/scale", {**place, **wanted}))[0] == 200
        assert await now() == {
            "manual": None,
            "autoscale": None,
            "shared": False,
            "physics": found["physics"],
            **wanted,
        }
    for path, field in (("burst", "on"), ("fidelity", "relaxed")):
        assert (await shared.post(f"api/data/{path}", {field: True}))[0] == 200
    assert {name: (await now())["physics"][name] for name in ("burst", "relaxed")} == {"burst": True, "relaxed": True}
    for path, field in (("burst", "on"), ("fidelity", "relaxed")):
        assert (await shared.post(f"api/data/{path}", {field: False}))[0] == 200
    await add(shared, place, id="a", channel="general")
    requests = (await ask(shared, "data/requests", **place))[1]["requests"]
    assert (requests[-1]["key"], requests[-1]["status"]) == (["general"], 201)
    assert (await ask(shared, "data/requests", **place, since=str(requests[-1]["sequence"])))[1]["requests"] == []
    shown = (await ask(shared, "heat", **place))[1]["shown"]
    assert (shown["container"], len(shown["columns"])) == (place["container"], 4)
    assert shown["keys"][0]["key"] == ["general"]


LONG = "x" * 600_000
REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("containers", {"container": "a/b", "keys": ["/k"]}, 400),
    ("containers", {"container": "x", "keys": []}, 400),
    ("containers", {"container": "x", "keys": ["k"]}, 400),
    ("containers", {"container": "x", "keys": ["/k", 7]}, 400),
    ("containers", {"container": "x", "keys": ["/k"], "manual": 400, "autoscale": 1000}, 400),
    ("containers", {"container": "x", "keys": ["/k"], "manual": "many"}, 400),
    ("containers", {"container": "x", "keys": ["/k"], "partitions": 0}, 400),
    ("containers/delete", {"container": "missing"}, 404),
    ("containers/delete", {"container": 7}, 400),
    ("documents/add", {"text": "{"}, 400),
    ("documents/add", {"text": "[]"}, 400),
    ("documents/add", {"text": '{"id": "a", "n": NaN}'}, 400),
    ("documents/add", {"text": "[" * 100_000}, 400),
    ("documents/add", {"text": '{"id": 7}'}, 400),
    ("documents/add", {"text": '{"id": "a/b"}'}, 400),
    ("documents/add", {"text": json.dumps({"id": "a", "text": LONG * 4})}, 413),
    ("documents/add", {"text": '{"id": "a"}', "container": "missing"}, 404),
    ("documents/replace", {"id": "a", "key": [], "text": "{}", "etag": "x"}, 400),
    ("documents/replace", {"id": "a", "key": [[1]], "text": "{}", "etag": "x"}, 400),
    ("documents/delete", {"id": "missing", "key": ["a"]}, 404),
    ("documents/delete", {"id": "missing", "key": ["a", "b"]}, 400),
    ("query", {"query": " "}, 400),
    ("query", {"query": LONG}, 400),
    ("query", {"query": "SELECT"}, 400),
    ("query", {"query": "SELECT * FROM c", "parameters": "{"}, 400),
    ("query", {"query": "SELECT * FROM c", "parameters": '{"n": 1}'}, 400),
    ("query", {"query": "SELECT * FROM c", "key": "general"}, 400),
    ("query/more", {"more": "missing"}, 404),
    ("scale", {}, 400),
    ("scale", {"manual": 10**9}, 400),
    ("scale", {"manual": 450}, 400),
    ("partitions", {"count": 0}, 400),
    ("partitions", {"count": 2, "container": "missing"}, 404),
    ("burst", {"on": "yes"}, 400),
    ("fidelity", {}, 400),
]


async def test_what_cannot_be_done(shared: "Portal", place: dict[str, str]) -> None:
    for path, body, status in REFUSED:
        given, answer = await shared.post(f"api/data/{path}", {**place, **body})
        assert (given, bool(answer["error"])) == (status, True), (path, str(body)[:80], answer)


UNSEEN = [
    ("data/documents", {"container": "missing"}, 404),
    ("data/documents", {"after": "nonsense"}, 400),
    ("data/document", {"id": "a", "key": "general"}, 400),
    ("data/document", {"key": '["a"]', "id": ""}, 400),
    ("data/scale", {"container": "missing"}, 404),
    ("data/requests", {"container": "missing"}, 404),
    ("data/requests", {"since": "-1"}, 400),
    ("heat", {"step": "0"}, 400),
    ("heat", {"step": "x"}, 400),
]


async def test_what_cannot_be_looked_at(shared: "Portal", place: dict[str, str]) -> None:
    for path, query_, status in UNSEEN:
        given, answer = await ask(shared, path, **{**place, **query_})
        assert (given, bool(answer["error"])) == (status, True), (path, query_, answer)


async def test_without_an_account_or_with_one_that_is_away(portal: "Portal", cosmos: "Cosmos") -> None:
    portal.cosmos = cosmos.connection.replace(str(cosmos.port), "1")
    await portal.restart()
    for path in ("data", "heat"):
        status, answer = await ask(portal, path)
        assert (status, answer["error"].startswith("Cosmos DB does not answer")) == (503, True)
    portal.cosmos = ""
    await portal.restart()
    status, answer = await ask(portal, "data")
    assert (status, answer["error"].startswith("This camp runs without Cosmos DB")) == (503, True)
    assert (await ask(portal, "heat"))[1]["missing"] == answer["error"]


async def test_a_wrong_key_is_told(portal: "Portal", cosmos: "Cosmos") -> None:
    portal.cosmos = f"AccountEndpoint={cosmos.endpoint};AccountKey=AAAA;"
    await portal.restart()
    status, answer = await ask(portal, "data")
    assert (status, answer["error"].startswith("Cosmos DB does not take the portal's key")) == (502, True)


async def test_the_process_stays_small(portal: "Portal", place: dict[str, str]) -> None:
    process = psutil.Process(portal.process.pid)
    idle = process.memory_info().rss
    await portal.json("api/data")
    await ask(portal, "heat", **place)
    assert process.memory_info().rss - idle < 45 * 1024 * 1024
