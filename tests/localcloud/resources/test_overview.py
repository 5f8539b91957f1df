"""What the portal is shown of a subscription: groups, changes, drift, and one resource."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from localcloud.resources.model import Model
from localcloud.resources.overview import drift, history
from localcloud.resources.server import ResourceServer


class Client:
    """Applies by the server, and looks at the overview."""

    def __init__(self, server: ResourceServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self._http = http

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.server.token}"}
        url = self.server.url + path
        async with self._http.request(method, url, json=body, params=query, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def apply(self, bodies: dict[str, Any]) -> None:
        for id, body in bodies.items():
            status, answer = await self.call("PUT", id, body)
            assert status in (200, 201), answer

    async def overview(self, group: str = "") -> Any:
        status, found = await self.call("GET", "/overview", group=group)
        assert status == 200, found
        return found

    async def resource(self, id: str) -> Any:
        status, found = await self.call("GET", "/overview/resource", id=id)
        assert status == 200, found
        return found


@pytest.fixture
async def client(model: Model) -> AsyncIterator[Client]:
    server = ResourceServer(model)
    await server.start()
    async with aiohttp.ClientSession() as http:
        yield Client(server, http)
    await server.stop()


@pytest.fixture
async def applied(client: Client, model: Model, ids_of: Any) -> Any:
    """The camp's resources, made by an apply."""
    ids = ids_of(model)
    await client.apply(ids.bodies())
    return ids


def rows(found: Any) -> list[tuple[int, str, str]]:
    return [(one["depth"], one["name"], one["drift"]) for one in found["group"]["rows"]]


async def test_nothing_is_there_before_the_first_apply(client: Client) -> None:
    found = await client.overview()
    assert (found["groups"], found["group"], found["drifts"], found["changes"]) == ([], None, [], [])


async def test_resources_are_listed_below_what_they_lie_in(client: Client, applied: Any) -> None:
    found = await client.overview()
    assert [(one["name"], one["drifts"]) for one in found["groups"]] == [("rg-camp-dev", 0)]
    assert rows(found) == [
        (0, applied.name(applied.storage), ""),
        (1, "reports", ""),
        (0, applied.name(applied.cosmos), ""),
        (1, "camp", ""),
        (2, "messages", ""),
        (0, applied.name(applied.vault), ""),
        (1, "token", ""),
        (0, applied.name(applied.identity), ""),
        (0, applied.name(applied.plan), ""),
        (0, applied.name(applied.site), ""),
    ]
    assert (found["applied"], found["compared"]) == (11, 11)


async def test_changes_are_told_newest_first_with_who_made_them(client: Client, applied: Any, model: Model) -> None:
    await model.patch(applied.storage, {"tags": {"by": "hand"}})
    await client.call("DELETE", applied.queue)
    deleted, patched, *made = (await client.overview())["changes"]
    assert (deleted["what"], deleted["name"], deleted["client"]) == ("deleted", "reports", history.APPLY)
    assert (patched["what"], patched["id"], patched["client"]) == ("updated", applied.storage, history.OTHER)
    assert {one["what"] for one in made} == {"created"} and made[-1]["id"] == applied.group
    assert [one["what"] for one in (await client.resource(applied.queue.rpartition("/queueServices")[0]))["changes"]]


async def test_what_happens_to_a_secret_is_told_once(client: Client, applied: Any, model: Model) -> None:
    await applied.give("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", model.deployer, applied.vault)
    path = f"/vaults/{applied.name(applied.vault)}"
    for method, kind in (("PUT", "secrets"), ("PUT", "secrets"), ("DELETE", "secrets"), ("DELETE", "deletedsecrets")):
        assert (await client.call(method, f"{path}/{kind}/word", {"value": "one"}))[0] == 200
    told = [(one["what"], one["client"]) for one in (await client.overview())["changes"] if one["name"] == "word"]
    assert told == [("deleted", "apply"), ("updated", "apply"), ("created", "apply")]
    assert (await client.overview())["drifts"] == []


async def test_a_role_assignment_is_named_by_its_role_or_by_what_it_was_on(
    client: Client, applied: Any, model: Model
) -> None:
    await applied.give("4633458b-17de-408a-b874-0445c86b69e6", model.deployer, applied.vault)
    await model.delete(applied.role(applied.vault))
    deleted, created, *_more = (await client.overview())["changes"]
    assert (deleted["name"], created["name"]) == (applied.name(applied.vault), applied.name(applied.vault))
    await applied.give("4633458b-17de-408a-b874-0445c86b69e6", model.deployer, applied.vault)
    assert (await client.overview())["changes"][0]["name"] == "Key Vault Secrets User"


async def test_changes_are_bounded(client: Client, applied: Any, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_CHANGES", 5)
    for number in range(12):
        await model.patch(applied.storage, {"tags": {"number": str(number)}})
    assert len(client.server.history.changes()) == 5


async def test_a_queue_that_was_deleted_by_hand_is_drift_until_the_next_apply(
    client: Client, applied: Any, model: Model
) -> None:
    account = applied.name(applied.storage)
    await model.effects.storage.remove(account, "queues", "reports")
    found = await client.overview()
    assert [(one["id"], one["what"]) for one in found["drifts"]] == [(applied.queue, drift.GONE)]
    assert (1, "reports", drift.GONE) in rows(found)
    assert found["groups"][0]["drifts"] == 1
    gone = await client.resource(applied.queue)
    assert gone["gone"] and gone["drift"]["what"] == drift.GONE and gone["applied_at"]
    await client.apply({applied.queue: {}})
    assert (await client.overview())["drifts"] == []


async def test_what_something_else_wrote_is_drift_with_both_values(client: Client, applied: Any, model: Model) -> None:
    await model.patch(applied.site, {"properties": {"httpsOnly": True}})
    [one] = (await client.overview())["drifts"]
    assert (one["what"], one["name"]) == (drift.CHANGED, applied.name(applied.site))
    assert one["differences"] == [{"path": "httpsOnly", "hidden": False, "applied": "false", "now": "true"}]


async def test_a_changed_setting_is_drift_by_its_name_alone(client: Client, applied: Any, model: Model) -> None:
    await model.put(f"{applied.site}/config/appsettings", {"properties": {"TOKEN": "xoxb-secret", "NEW": "1"}})
    _status, whole = await client.call("GET", "/overview")
    [one] = whole["drifts"]
    assert {(each["path"], each["applied"], each["now"]) for each in one["differences"]} == {
        ("settings.TOKEN", True, True),
        ("settings.NEW", False, True),
    }
    assert "xoxb-secret" not in str(whole)


async def test_a_new_version_of_a_secret_and_a_lifted_lock_are_drift(
    client: Client, applied: Any, model: Model
) -> None:
    await client.apply({applied.lock(applied.cosmos): {"properties": {"level": "CanNotDelete"}}})
    await model.put(applied.secret, {"properties": {"value": "xoxb-2"}})
    await model.delete(applied.lock(applied.cosmos))
    found = await client.overview()
    assert {(one["name"], one["what"]) for one in found["drifts"]} == {("token", drift.CHANGED), ("keep", drift.GONE)}
    assert "xoxb-2" not in str(found)


async def test_of_a_group_that_is_gone_only_the_group_is_named(client: Client, applied: Any, model: Model) -> None:
    await model.delete(applied.group)
    found = await client.overview()
    assert [one["id"] for one in found["drifts"]] == [applied.group]
    assert [(one["name"], one["gone"]) for one in found["groups"]] == [("rg-camp-dev", True)]
    assert found["group"]["rows"] == []


async def test_what_a_destroy_takes_away_is_no_drift(client: Client, applied: Any) -> None:
    for id in reversed(applied.bodies()):
        if id != applied.secret:
            assert (await client.call("DELETE", id))[0] in (200, 204)
    found = await client.overview()
    assert (found["groups"], found["drifts"], found["applied"]) == ([], [], 0)


async def test_what_no_apply_made_is_no_drift(client: Client, applied: Any, model: Model) -> None:
    await model.effects.storage.make(applied.name(applied.storage), "queues", "reports-poison", {})
    found = await client.overview()
    assert found["drifts"] == []
    assert {one["name"]: one["applied"] for one in found["group"]["rows"] if one["depth"] == 1} == {
        "reports": True, "reports-poison": False, "camp": True, "token": True,
    }  # fmt: skip


async def test_what_cannot_be_read_is_said_to_be_so(client: Client, applied: Any, model: Model) -> None:
    storage: Any = model.effects.storage
    storage.broken = True
    [one] = (await client.overview())["drifts"]
    assert (one["what"], one["name"]) == (drift.UNREADABLE, "reports")
    assert "no storage today" in one["why"]


async def test_what_cannot_be_read_after_it_was_written_is_written_nevertheless(
    client: Client, applied: Any, model: Model
) -> None:
    storage: Any = model.effects.storage
    storage.broken = True
    await client.server.history.written(applied.queue)
    storage.broken = False
    await storage.remove(applied.name(applied.storage), "queues", "reports")
    assert (await client.overview())["drifts"] == []


async def test_a_resource_shows_settings_roles_and_locks_and_no_secret(
    client: Client, applied: Any, model: Model
) -> None:
    secrets_user = "4633458b-17de-408a-b874-0445c86b69e6"
    reference = f"@Microsoft.KeyVault(VaultName={applied.name(applied.vault)};SecretName=token)"
    settings = {"TOKEN": reference, "API_KEY": "plain-secret", "SLACK_API_URL": "http://127.0.0.1/"}
    await client.apply({applied.site: applied.site_body(settings), applied.lock(applied.group): _lock()})
    found = await client.resource(applied.site)
    assert [(one["name"], one["kind"], one["text"], one["problem"]) for one in found["settings"]] == [
        ("API_KEY", "secret", "", ""),
        ("SLACK_API_URL", "plain", "http://127.0.0.1/", ""),
        ("TOKEN", "reference", reference, "role"),
    ]
    principal = (await model.get(applied.identity))["properties"]["principalId"]
    await applied.give(secrets_user, principal, applied.vault)
    found = await client.resource(applied.site)
    assert [one["problem"] for one in found["settings"] if one["name"] == "TOKEN"] == [""]
    assert [(one["level"], one["scope_name"]) for one in found["locks"]] == [("CanNotDelete", "rg-camp-dev")]
    identity = await client.resource(applied.identity)
    assert [(one["role"], one["scope_name"]) for one in identity["given"]] == [
        ("Key Vault Secrets User", applied.name(applied.vault))
    ]
    vault = await client.resource(applied.vault)
    assert [one["principal"] for one in vault["roles"]] == [applied.name(applied.identity)]
    assert [one["name"] for one in vault["inside"]] == ["token"]
    for one in (found, identity, vault):
        assert "plain-secret" not in str(one) and "xoxb-1" not in str(one)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@Microsoft.KeyVault(Secret=token)", "form"),
        ("@Microsoft.KeyVault(VaultName=nowhere;SecretName=token)", "vault"),
        ("@Microsoft.KeyVault(VaultName={vault};SecretName=other)", "secret"),
    ],
)
async def test_it_says_why_a_reference_is_not_resolved(
    client: Client, applied: Any, model: Model, text: str, problem: str
) -> None:
    principal = (await model.get(applied.identity))["properties"]["principalId"]
    await applied.give("4633458b-17de-408a-b874-0445c86b69e6", principal, applied.vault)
    written = text.format(vault=applied.name(applied.vault))
    await client.apply({applied.site: applied.site_body({"TOKEN": written})})
    [one] = (await client.resource(applied.site))["settings"]
    assert (one["text"], one["problem"]) == (written, problem)


async def test_an_app_has_its_address(client: Client, applied: Any) -> None:
    client.server.overview.app_url = lambda name: f"http://127.0.0.1:7000/{name}"
    assert (await client.resource(applied.site))["url"] == f"http://127.0.0.1:7000/{applied.name(applied.site)}"
    assert (await client.resource(applied.plan))["url"] == ""


async def test_a_resource_that_never_was_is_not_found(client: Client, applied: Any) -> None:
    assert (await client.call("GET", "/overview/resource", id=applied.queue + "2"))[0] == 404
    assert (await client.call("GET", "/overview/resource", id="/nothing"))[0] == 400


async def test_it_is_kept_from_one_start_to_the_next(tmp_path: Path, ids_of: Any, paper: Any) -> None:
    for first in (True, False):
        model = Model(tmp_path / "model", paper)
        await model.start()
        server = ResourceServer(model)
        await server.start()
        async with aiohttp.ClientSession() as http:
            client, ids = Client(server, http), ids_of(model)
            if first:
                await client.apply(ids.bodies())
            else:
                await model.delete(ids.site)
                found = await client.overview()
                # the emulator of this test keeps its data in memory: the database is gone, too
                assert [one["name"] for one in found["drifts"]] == ["camp", ids.name(ids.site)]
                assert len(found["changes"]) == 12
        await server.stop()
        await model.stop()


def _lock() -> dict[str, Any]:
    return {"properties": {"level": "CanNotDelete"}}
