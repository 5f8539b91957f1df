"""Pages: tokens that survive writes, splits and restarts; sizes; what is refused."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import ContainerProxy, CosmosClient, DatabaseProxy, PartitionKey, exceptions

from localcloud.cosmos.emulator import Emulator
from localcloud.cosmos.errors import CosmosError
from localcloud.cosmos.query import token
from localcloud.cosmos.query.question import Patience
from localcloud.cosmos.undefined import UNDEFINED


@pytest.fixture
def filled(database: DatabaseProxy) -> Iterator[ContainerProxy]:
    """Ten items in one logical partition, on an account whose clock stands still."""
    container = database.create_container("filled", PartitionKey("/pk"), offer_throughput=10_000)
    for number in range(10):
        container.create_item({"id": str(number), "pk": "k", "n": number})
    yield container
    database.delete_container(container)


@pytest.mark.covers("Query: continuation tokens survive writes between pages")
@pytest.mark.parametrize("query", ["SELECT * FROM c", "SELECT * FROM c ORDER BY c.n", "SELECT DISTINCT c.id FROM c"])
def test_writes_between_pages_lose_and_double_nothing(filled: ContainerProxy, query: str) -> None:
    pager = filled.query_items(query, partition_key="k", max_item_count=4).by_page()
    found = [one["id"] for one in next(pager)]
    filled.delete_item("1", "k")
    filled.delete_item("6", "k")
    filled.upsert_item({"id": "2", "pk": "k", "n": 2, "changed": True})
    filled.create_item({"id": "10", "pk": "k", "n": 10})
    for page in pager:
        found += [one["id"] for one in page]
    assert found == ["0", "1", "2", "3", "4", "5", "7", "8", "9", "10"]


@pytest.mark.covers("Query: continuation tokens survive a restart")
def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    async def page(continuation: str | None, fill: bool) -> tuple[list[str], str | None]:
        emulator = Emulator(tmp_path)
        await emulator.start()
        try:
            made = await emulator.create_container("camp", "c", "/pk")
            if fill:
                await asyncio.to_thread(_fill, emulator)
            return await asyncio.to_thread(_page, emulator, continuation)
        finally:
            assert made.indexed
            await emulator.stop()

    first, continuation = asyncio.run(page(None, True))
    second, end = asyncio.run(page(continuation, False))
    assert (first, second, end) == (["0", "1", "2"], ["3", "4"], None)


def _fill(emulator: Emulator) -> None:
    with CosmosClient(emulator.url, emulator.key) as client:
        container = client.get_database_client("camp").get_container_client("c")
        for number in range(5):
            container.create_item({"id": str(number), "pk": "k"})


def _page(emulator: Emulator, continuation: str | None) -> tuple[list[str], str | None]:
    with CosmosClient(emulator.url, emulator.key) as client:
        container = client.get_database_client("camp").get_container_client("c")
        pager = container.query_items("SELECT * FROM c ORDER BY c.id", partition_key="k", max_item_count=3).by_page(
            continuation
        )
        return [one["id"] for one in next(pager)], pager.continuation_token


@pytest.mark.covers("Query: a split between pages, 410/1002 for a range that is gone")
def test_a_split_between_pages_loses_and_doubles_nothing(running: Any, database: DatabaseProxy) -> None:
    container = database.create_container("splitting", PartitionKey("/pk"), offer_throughput=10_000)
    for number in range(40):
        container.create_item({"id": str(number), "pk": str(number), "n": number})
    plain = container.query_items("SELECT * FROM c", enable_cross_partition_query=True, max_item_count=9).by_page()
    ordered = container.query_items(
        "SELECT * FROM c ORDER BY c.n", enable_cross_partition_query=True, max_item_count=9
    ).by_page()
    found, in_order = [one["n"] for one in next(plain)], [one["n"] for one in next(ordered)]
    account = running.emulator.account
    running.call(account.physics.split, running.emulator.container("camp", "splitting"), 4)
    found += [one["n"] for page in plain for one in page]
    in_order += [one["n"] for page in ordered for one in page]
    again = container.query_items("SELECT VALUE c.n FROM c ORDER BY c.n", enable_cross_partition_query=True)
    assert sorted(found) == list(again) == list(range(40))
    # The SDK asks a split range's children from their beginning: what it merges itself may double, here and on Azure.
    assert set(in_order) == set(range(40))
    database.delete_container(container)


def test_a_page_holds_four_megabytes(database: DatabaseProxy) -> None:
    container = database.create_container("large", PartitionKey("/pk"), offer_throughput=10_000)
    for number in range(4):
        container.create_item({"id": str(number), "pk": "k", "text": "x" * 1_500_000})
    pages = container.query_items("SELECT * FROM c", partition_key="k", max_item_count=-1).by_page()
    assert [len(list(page)) for page in pages] == [2, 2]
    database.delete_container(container)


def test_long_values_keep_their_place_in_the_order(database: DatabaseProxy) -> None:
    container = database.create_container("long", PartitionKey("/pk"), offer_throughput=10_000)
    for number in range(6):
        container.create_item({"id": str(number), "pk": "k", "text": "x" * 3000 + str(number)})
    found = list(container.query_items("SELECT * FROM c ORDER BY c.text DESC", partition_key="k", max_item_count=1))
    assert [one["id"] for one in found] == ["5", "4", "3", "2", "1", "0"]
    database.delete_container(container)


@pytest.mark.parametrize(
    "text",
    [
        "x", "camp1.", "camp1.W10=", "camp1.!!", "camp1.eyJ2IjoxfQ==", "camp1." + "A" * 4000,
        "camp1." + base64.b64encode(b'[7,1,0,"zz","ff",0,0,"",null]').decode(),
        "camp1." + base64.b64encode(b'[7,1,-1,"","ff",0,0,"",null]').decode(),
        "camp1." + base64.b64encode(b'[7,1,0,"","ff",0,0,"",[7]]').decode(),
    ],
)  # fmt: skip
@pytest.mark.covers("Query: an invalid continuation token is 400")
def test_a_token_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CosmosError) as refused:
        token.read(text, 7)
    assert refused.value.status == 400


def test_a_token_comes_back_as_it_was() -> None:
    given = token.Token(3, 1, b"\x01", b"\xff", 5, 2, b"\x02", (1, UNDEFINED, None, "x", [1]))
    assert token.read(given.text(7), 7) == given
    with pytest.raises(CosmosError):
        token.read(given.text(7), 8)


def test_one_item_that_makes_too_many_rows_ends_the_query(
    monkeypatch: pytest.MonkeyPatch, filled: ContainerProxy
) -> None:
    monkeypatch.setattr("localcloud.cosmos.query.question.SECONDS_AT_ONCE", 0.01)
    filled.upsert_item({"id": "0", "pk": "k", "list": list(range(300))})
    query = "SELECT VALUE COUNT(1) FROM c JOIN a IN c.list JOIN b IN c.list JOIN d IN c.list"
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        list(filled.query_items(query, partition_key="k", retry_total=1))
    assert refused.value.status_code == 408


def test_patience_starts_anew_with_each_batch() -> None:
    patience = Patience()
    patience.restart()
    patience.watch()
