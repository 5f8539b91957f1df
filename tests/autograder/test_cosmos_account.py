import asyncio
from collections.abc import AsyncIterator

import pytest

from autograder import contract
from autograder.cosmos_account import AccountUnusable, CosmosAccount, account_of
from localcloud.cosmos.emulator import Emulator
from localcloud.loopback import free_port


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
    assert own.connection_string == f"AccountEndpoint=http://localhost:8081/;AccountKey={contract.EMULATOR_KEY};"
    with pytest.raises(AccountUnusable, match="neither an endpoint"):
        account_of("localhost:8081", None)
    with pytest.raises(AccountUnusable, match="is not base64"):
        account_of("http://localhost:8081", "#")


async def test_the_contracts_containers_are_made_once(emulator: Emulator) -> None:
    account = account_of(emulator.url, None)
    assert await asyncio.to_thread(account.prepare) == list(contract.CONTAINERS)
    assert await asyncio.to_thread(account.prepare) == []
    for name, key in contract.CONTAINERS.items():
        assert emulator.container(contract.DATABASE, name).definition["partitionKey"]["paths"] == [key]


async def test_a_container_with_another_partition_key_is_told(emulator: Emulator) -> None:
    await emulator.create_container(contract.DATABASE, "messages", "/user")
    with pytest.raises(AccountUnusable, match=r"camp/messages on http.* has the partition key /user.* need /channel"):
        await asyncio.to_thread(account_of(emulator.url, None).prepare)


async def test_a_wrong_key_is_told(emulator: Emulator) -> None:
    with pytest.raises(AccountUnusable, match=r"refuses the key.*--cosmos-key"):
        await asyncio.to_thread(account_of(emulator.url, "a2V5").prepare)


def test_an_account_that_does_not_answer_is_told() -> None:
    with pytest.raises(AccountUnusable, match="No Cosmos DB account answers at"):
        account_of(f"http://127.0.0.1:{free_port()}", None).prepare()
