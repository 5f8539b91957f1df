"""Blobs and tables, on a real Azurite."""

import io
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest_asyncio

if TYPE_CHECKING:
    from conftest import Portal

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PAGE = "<script>alert(1)</script>"


@pytest_asyncio.fixture(loop_scope="session")
async def container(shared: "Portal") -> str:
    name = f"c{uuid.uuid4().hex[:10]}"
    assert (await shared.post("api/storage/containers", {"container": name}))[0] == 201
    return name


@pytest_asyncio.fixture(loop_scope="session")
async def table(shared: "Portal") -> str:
    name = f"T{uuid.uuid4().hex[:10]}"
    assert (await shared.post("api/storage/tables", {"table": name}))[0] == 201
    return name


async def upload(portal: "Portal", container: str, name: str, content: Any, kind: str = "text/plain") -> int:
    async with portal.http.post(
        portal.url + "api/storage/blob/content",
        params={"container": container, "name": name},
        data=content,
        headers={"X-Camp": "1", "Content-Type": kind},
    ) as answer:
        return answer.status


async def ask(portal: "Portal", path: str, container: str, name: str) -> tuple[int, Any, Any]:
    place = {"container": container, "name": name}
    async with portal.http.get(f"{portal.url}api/storage/{path}", params=place) as answer:
        return answer.status, await answer.read(), answer.headers


async def look(portal: "Portal", container: str, name: str) -> Any:
    async with portal.http.get(
        f"{portal.url}api/storage/blob", params={"container": container, "name": name}
    ) as answer:
        return await answer.json()


async def test_a_blob_is_uploaded_looked_at_downloaded_and_deleted(shared: "Portal", container: str) -> None:
    name = "in a folder/é & ü?.html"
    assert await upload(shared, container, name, PAGE.encode(), "text/html") == 201
    listed = await shared.json(f"api/storage/blobs?container={container}")
    assert [(one["name"], one["size"], one["type"]) for one in listed["blobs"]] == [(name, len(PAGE), "text/html")]
    found = await look(shared, container, name)
    assert (found["kind"], found["text"], found["cut"]) == ("text", PAGE, False)
    status, content, headers = await ask(shared, "blob/content", container, name)
    assert (status, content.decode()) == (200, PAGE)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9%20%26%20%C3%BC%3F.html"
    assert (await shared.post("api/storage/blob/delete", {"container": container, "name": name}))[0] == 200
    assert (await ask(shared, "blob/content", container, name))[0] == 404


async def test_previews_are_bounded_and_never_pages(shared: "Portal", container: str) -> None:
    await upload(shared, container, "long.txt", "é".encode() * 200_001)
    await upload(shared, container, "data.json", b'{"a":[1]}')
    await upload(shared, container, "picture", PNG)
    await upload(shared, container, "drawing.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    await upload(shared, container, "noise", b"\x00\xff\x00")
    await upload(shared, container, "nothing", b"")
    found = await look(shared, container, "long.txt")
    assert (len(found["text"]), found["cut"], found["kind"]) == (128 * 1024, True, "text")
    assert (await look(shared, container, "data.json"))["text"] == '{\n  "a": [\n    1\n  ]\n}'
    kinds = {name: (await look(shared, container, name))["kind"] for name in ("picture", "drawing.svg", "noise")}
    assert kinds == {"picture": "image", "drawing.svg": "text", "noise": "binary"}
    assert (await look(shared, container, "nothing"))["text"] == ""
    status, content, headers = await ask(shared, "blob/image", container, "picture")
    assert (status, content, headers["Content-Type"]) == (200, PNG, "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await ask(shared, "blob/image", container, "drawing.svg"))[0] == 404
    assert (await ask(shared, "blob/content", container, "nothing"))[1] == b""


async def test_a_large_blob_passes_through(shared: "Portal", container: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 16_000
    file = tmp_path / "large"
    file.write_bytes(content)
    with file.open("rb") as opened:
        assert await upload(shared, container, "large", opened) == 201
    assert (await ask(shared, "blob/content", container, "large"))[1] == content


async def test_blobs_come_in_pages_and_by_prefix(shared: "Portal", container: str) -> None:
    for number in range(103):
        await upload(shared, container, f"{number:03}", b"x")
    first = await shared.json(f"api/storage/blobs?container={container}")
    assert (len(first["blobs"]), first["next"]) == (100, "099")
    rest = await shared.json(f"api/storage/blobs?container={container}&after={first['next']}")
    assert ([one["name"] for one in rest["blobs"]], rest["next"]) == (["100", "101", "102"], None)
    few = await shared.json(f"api/storage/blobs?container={container}&prefix=00")
    assert len(few["blobs"]) == 10


async def entities(portal: "Portal", table: str, query: str = "", after: str = "") -> tuple[int, Any]:
    params = {"table": table, "filter": query, **({"after": after} if after else {})}
    async with portal.http.get(f"{portal.url}api/storage/entities", params=params) as answer:
        return answer.status, await answer.json()


async def test_an_entity_is_added_changed_and_deleted(shared: "Portal", table: str) -> None:
    entity = {"PartitionKey": "general", "RowKey": "1'2", "count": 2**40, "text": "<b>"}
    body = {"table": table, "entity": entity}
    assert (await shared.post("api/storage/entities/add", body))[0] == 201
    status, answer = await shared.post("api/storage/entities/add", body)
    assert (status, "EntityAlreadyExists" in answer["error"]) == (409, True)
    (found,) = (await entities(shared, table))[1]["entities"]
    assert (found["entity"]["count"], found["entity"]["count@odata.type"]) == (str(2**40), "Edm.Int64")
    changed = {"table": table, "etag": found["etag"], "entity": {**found["entity"], "text": "new"}}
    assert (await shared.post("api/storage/entities/replace", changed))[0] == 200
    status, answer = await shared.post("api/storage/entities/replace", changed)
    assert (status, bool(answer["error"])) == (409, True)
    (found,) = (await entities(shared, table))[1]["entities"]
    assert found["entity"]["text"] == "new"
    keys = {"table": table, "partitionKey": "general", "rowKey": "1'2"}
    assert (await shared.post("api/storage/entities/delete", keys))[0] == 200
    assert (await entities(shared, table))[1]["entities"] == []


async def test_a_filter_selects_and_a_wrong_one_is_explained(shared: "Portal", table: str) -> None:
    for number in range(3):
        entity = {"PartitionKey": "general", "RowKey": str(number), "count": number}
        await shared.post("api/storage/entities/add", {"table": table, "entity": entity})
    status, found = await entities(shared, table, "count gt 0")
    assert (status, [one["entity"]["count"] for one in found["entities"]]) == (200, [1, 2])
    status, answer = await entities(shared, table, "count greater 0")
    assert (status, answer["error"].startswith("InvalidInput")) == (400, True)


async def test_entities_come_in_pages(shared: "Portal", table: str) -> None:
    for number in range(52):
        entity = {"PartitionKey": "general", "RowKey": f"{number:03}"}
        await shared.post("api/storage/entities/add", {"table": table, "entity": entity})
    _status, first = await entities(shared, table)
    _status, rest = await entities(shared, table, after=first["next"])
    assert (len(first["entities"]), len(rest["entities"]), rest["next"]) == (50, 2, None)
    assert (await entities(shared, table, after='{"a": 1}'))[0] == 400


REFUSED: list[tuple[str, Any, int]] = [
    ("containers", {"container": "No"}, 400),
    ("containers", {"container": "../etc"}, 400),
    ("tables", {"table": "no-dash"}, 400),
    ("tables", {"table": 7}, 400),
    ("blob/delete", {"container": "missing", "name": "x"}, 404),
    ("blob/delete", {"container": "missing", "name": ""}, 400),
    ("blob/delete", {"container": "missing", "name": "a/../b"}, 400),
    ("blob/delete", {"container": "missing", "name": "x" * 1025}, 400),
    ("entities/add", {"table": "Missing", "entity": []}, 400),
    ("entities/add", {"table": "Missing", "entity": {"PartitionKey": "a", "RowKey": "b"}}, 404),
    ("entities/replace", {"table": "Missing", "entity": {"PartitionKey": "a", "RowKey": "b"}}, 400),
]


async def test_what_cannot_be_done(shared: "Portal") -> None:
    for path, body, status in REFUSED:
        given, answer = await shared.post(f"api/storage/{path}", body)
        assert (given, bool(answer["error"])) == (status, True), (path, body)


UNSEEN = [
    ("blobs?container=missing", 404),
    ("blobs", 400),
    ("blob?container=missing&name=x", 404),
    ("blob/content?container=missing&name=x", 404),
    ("entities?table=Missing", 404),
]


async def test_the_process_stays_small_with_every_page_in_use(portal: "Portal", container: str, table: str) -> None:
    await upload(portal, container, "large", io.BytesIO(b"x" * 5_000_000))
    for path in ("queues", "storage", f"storage/blobs?container={container}", f"storage/entities?table={table}"):
        await portal.json(f"api/{path}")
    assert psutil.Process(portal.process.pid).memory_info().rss < 90 * 1024 * 1024


async def test_what_cannot_be_looked_at(shared: "Portal") -> None:
    for path, status in UNSEEN:
        assert (await shared.get(f"api/storage/{path}"))[0] == status, path
