import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError
from azure.storage.queue import QueueServiceClient

from localcloud.resources.local import LocalEffects, running
from localcloud.resources.model import Model
from localcloud.resources.references import connection_string
from localcloud.resources.roles import by_name
from localcloud.resources.server import ResourceServer


class Client:
    def __init__(self, server: ResourceServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session
        self.token = server.token

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        async with self.session.request(method, self.server.url + path, json=body, headers=sent) as answer:
            return (
                answer.status,
                await answer.json() if answer.content_type == "application/json" else await answer.text(),
            )


@pytest.fixture
async def client(model: Model) -> AsyncIterator[Client]:
    server = ResourceServer(model)
    await server.start()
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)
    await server.stop()


async def test_resources_are_put_read_listed_and_deleted(client: Client, camp: Any) -> None:
    status, _body = await client.call("PUT", f"{camp.identity}2?api-version=2023-01-31", {"location": "japaneast"})
    assert status == 201
    _status, listed = await client.call("GET", camp.identity.rpartition("/")[0])
    assert [one["name"] for one in listed["value"]] == ["id-campdev", "id-campdev2"]
    _status, listed = await client.call("GET", f"{camp.group}/resources")
    assert "func-campdev" in {one["name"] for one in listed["value"]}
    _status, listed = await client.call("GET", camp.queue.rpartition("/")[0])
    assert [one["name"] for one in listed["value"]] == ["reports"]
    assert (await client.call("DELETE", f"{camp.identity}2"))[0] == 200
    assert (await client.call("DELETE", f"{camp.identity}2"))[0] == 204
    status, body = await client.call("GET", f"{camp.identity}2")
    assert (status, body["error"]["code"]) == (404, "ResourceNotFound")


async def test_keys_are_listed_by_post(client: Client, camp: Any) -> None:
    _status, keys = await client.call("POST", f"{camp.storage}/listKeys")
    assert len(keys["keys"]) == 2 and keys["keys"][0]["value"] != keys["keys"][1]["value"]


async def test_nobody_is_answered_without_the_token(client: Client, camp: Any) -> None:
    client.token = "wrong"
    status, body = await client.call("GET", camp.group)
    assert (status, body["error"]["code"]) == (401, "AuthenticationFailed")


async def test_a_foreign_host_name_is_refused(client: Client) -> None:
    assert (await client.call("GET", "/me", Host="evil.example"))[0] == 403


@pytest.mark.parametrize(
    "path", ["/subscriptions", "/subscriptions/x/providers", "/subscriptions/x/y/z/w", "/vaults/none/secrets/x"]
)
async def test_a_path_that_names_nothing_gets_a_clear_refusal(client: Client, path: str) -> None:
    status, _body = await client.call("GET", path)
    assert status in (400, 404)


@pytest.mark.parametrize(
    "text", ["{", "[]", "1", "[" * 100_000, '{"properties": []}', '{"location": 1}', '{"tags": {"a": 1}}']
)
async def test_a_body_that_is_none_gets_a_clear_refusal(client: Client, camp: Any, text: str) -> None:
    sent = {"Authorization": f"Bearer {client.token}"}
    url = f"{client.server.url}{camp.identity}2"
    async with client.session.put(url, data=text, headers=sent) as answer:
        assert answer.status == 400 and (await answer.json())["error"]["message"]


async def test_a_secret_needs_the_role_on_data(client: Client, camp: Any, model: Model) -> None:
    path = "/vaults/kv-campdev/secrets/other"
    status, body = await client.call("PUT", path, {"value": "one"})
    assert (status, body["error"]["code"]) == (403, "ForbiddenByRbac")
    officer = by_name("Key Vault Secrets Officer")
    assert officer
    await camp.give(officer.id, model.deployer, camp.vault)
    status, first = await client.call("PUT", path, {"value": "one", "contentType": "text"})
    assert status == 200 and first["id"].startswith("https://kv-campdev.vault.azure.net/secrets/other/")
    await client.call("PUT", path, {"value": "two"})
    assert (await client.call("GET", path))[1]["value"] == "two"
    assert (await client.call("GET", f"{path}/{first['id'].rpartition('/')[2]}"))[1]["value"] == "one"
    await client.call("DELETE", path)
    assert (await client.call("GET", path))[0] == 404
    assert (await client.call("PUT", path, {"value": "three"}))[1]["error"]["code"] == "ObjectIsDeletedButRecoverable"
    await client.call("DELETE", "/vaults/kv-campdev/deletedsecrets/other")
    assert (await client.call("PUT", path, {"value": "three"}))[0] == 200


async def test_accounts_are_real_and_each_has_its_own_keys(tmp_path: Path, ids_of: Any) -> None:
    model = Model(tmp_path / "model", LocalEffects(tmp_path / "data"), random.Random(1))
    await model.start()
    try:
        one, two = ids_of(model, "rg-one", "one"), ids_of(model, "rg-two", "two")
        for ids in (one, two):
            for id, body in ids.bodies().items():
                await model.put(id, body)
        keys = {
            ids: [key["value"] for key in (await model.act(ids.storage, "listKeys", {}))["keys"]] for ids in (one, two)
        }
        for key in keys[one]:
            with QueueServiceClient.from_connection_string(connection_string(model, "stone", key)) as service:
                assert [queue.name for queue in service.list_queues()] == ["reports"]
        stolen = connection_string(model, "stone", keys[two][0])
        with QueueServiceClient.from_connection_string(stolen, retry_total=0) as thief, pytest.raises(AzureError):
            list(thief.list_queues())
        with QueueServiceClient.from_connection_string(connection_string(model, "stone", keys[one][0])) as service:
            service.delete_queue("reports")
        assert not await model.exists(one.queue) and await model.exists(two.queue)
        await model.put(one.queue, {})
        await model.delete(one.storage)
        await model.put(one.storage, one.bodies()[one.storage])
        assert not await model.exists(one.queue)
    finally:
        await model.stop()


async def test_storage_may_be_started_before_there_is_an_account(ids_of: Any) -> None:
    async with running(None, warm=True) as server:
        ids, model = ids_of(server.model), server.model
        for id in (ids.group, ids.storage, ids.queue):
            await model.put(id, ids.bodies()[id])
        assert await model.exists(ids.queue)


async def test_an_azurite_that_dies_comes_back_with_its_data(tmp_path: Path, ids_of: Any) -> None:
    async with running(tmp_path) as server:
        ids, model = ids_of(server.model), server.model
        for id in (ids.group, ids.storage, ids.queue):
            await model.put(id, ids.bodies()[id])
        before = await model.get(ids.storage)
        assert isinstance(model.effects, LocalEffects)
        azurite = model.effects.storage._azurite
        assert azurite and azurite._process
        await asyncio.sleep(1.0)  # so that it has written down what it was told
        azurite._process.kill()
        await asyncio.to_thread(azurite._process.wait)
        await model.put(ids.queue + "2", {})
        assert await model.exists(ids.queue + "2")
        assert await model.get(ids.storage) == before


@pytest.mark.parametrize("name", ["x' or 1 eq 1", "UPPER", "a--b", "%2e%2e"])
async def test_names_that_cannot_be_are_not_there(model: Model, camp: Any, name: str) -> None:
    for kind in ("queueServices/default/queues", "blobServices/default/containers"):
        assert not await model.exists(f"{camp.storage}/{kind}/{name}")


async def test_the_read_only_key_of_a_cosmos_account_reads_alone(model: Model, camp: Any) -> None:
    keys = await model.act(camp.cosmos, "listKeys", {})
    endpoint = (await model.get(camp.cosmos))["properties"]["documentEndpoint"]
    async with CosmosClient(endpoint, keys["secondaryMasterKey"]) as client:
        await (
            client.get_database_client("camp").get_container_client("messages").upsert_item({"id": "1", "channel": "c"})
        )
    async with CosmosClient(endpoint, keys["primaryReadonlyMasterKey"]) as client:
        container = client.get_database_client("camp").get_container_client("messages")
        assert (await container.read_item("1", "c"))["id"] == "1"
        assert [one["id"] async for one in container.query_items("SELECT c.id FROM c")] == ["1"]
        with pytest.raises(CosmosHttpResponseError) as caught:
            await container.upsert_item({"id": "2", "channel": "c"})
        assert caught.value.status_code == 403
