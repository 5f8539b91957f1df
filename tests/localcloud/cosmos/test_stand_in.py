import asyncio
from collections.abc import AsyncIterator

import pytest

from localcloud.cloud import StandInUnusable
from localcloud.cosmos.emulator import EMULATOR_KEY, Emulator
from localcloud.cosmos.prepared import DATABASE, Prepared
from localcloud.cosmos.stand_in import CosmosAccount, account_of
from localcloud.loopback import free_port

PREPARED = Prepared({"messages": "/channel", "counters": "/id"})


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An account that is not the camp's, empty."""
    account = Emulator(None, management=False)
    await account.start()
    yield account
    await account.stop()


def test_an_account_is_named_by_endpoint_or_connection_string() -> None:
    text = "AccountEndpoint=https://a.documents.azure.com:443/;AccountKey=a2V5;"
    assert account_of(text, None) == CosmosAccount("https://a.documents.azure.com:443/", "a2V5")
    assert account_of(text, "b3RoZXI=").key == "b3RoZXI="
    own = account_of("http://localhost:8081", None)
    assert own.connection_string == f"AccountEndpoint=http://localhost:8081/;AccountKey={EMULATOR_KEY};"
    with pytest.raises(StandInUnusable, match="neither an endpoint"):
        account_of("localhost:8081", None)
    with pytest.raises(StandInUnusable, match="is not base64"):
        account_of("http://localhost:8081", "#")


async def test_the_contracts_containers_are_made_once(emulator: Emulator) -> None:
    account = account_of(emulator.url, None)
    assert await asyncio.to_thread(account.prepare, PREPARED) == ["camp/messages", "camp/counters"]
    assert await asyncio.to_thread(account.prepare, PREPARED) == []
    for name, key in PREPARED.containers.items():
        assert emulator.container(DATABASE, name).definition["partitionKey"]["paths"] == [key]


async def test_a_container_with_another_partition_key_is_told(emulator: Emulator) -> None:
    await emulator.create_container(DATABASE, "messages", "/user")
    with pytest.raises(StandInUnusable, match=r"camp/messages on http.* has the partition key /user.* need /channel"):
        await asyncio.to_thread(account_of(emulator.url, None).prepare, PREPARED)


async def test_a_wrong_key_is_told(emulator: Emulator) -> None:
    with pytest.raises(StandInUnusable, match=r"refuses the key.*--cosmos-key"):
        await asyncio.to_thread(account_of(emulator.url, "a2V5").prepare, PREPARED)


def test_an_account_that_does_not_answer_is_told() -> None:
    with pytest.raises(StandInUnusable, match="No Cosmos DB account answers at"):
        account_of(f"http://127.0.0.1:{free_port()}", None).prepare(PREPARED)
