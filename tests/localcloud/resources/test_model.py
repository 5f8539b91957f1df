import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from localcloud.resources import quotas
from localcloud.resources.errors import EffectFailed, ResourceError
from localcloud.resources.model import Model
from localcloud.resources.roles import by_name
from localcloud.resources.store import CREATING, Resource
from localcloud.resources.types import web


def role(name: str) -> str:
    found = by_name(name)
    assert found
    return found.id


async def refused(doing: Any) -> ResourceError:
    with pytest.raises(ResourceError) as caught:
        await doing
    return caught.value


async def test_what_was_put_is_read_back_with_what_azure_adds(model: Model, camp: Any) -> None:
    account = await model.get(camp.storage)
    assert account["properties"]["primaryEndpoints"]["queue"].endswith("/stcampdev/")
    assert account["properties"]["provisioningState"] == "Succeeded"
    assert account["sku"] == {"name": "Standard_LRS", "tier": "Standard"}
    assert (await model.get(camp.identity))["properties"]["principalId"] != model.deployer
    assert (await model.get(camp.site))["properties"]["defaultHostName"] == "func-campdev.azurewebsites.net"


async def test_ids_that_differ_in_case_name_one_resource(model: Model, camp: Any) -> None:
    assert (await model.get(camp.storage.upper().replace("/SUBSCRIPTIONS", "/subscriptions")))["name"] == "stcampdev"
    _found, new = await model.put(camp.group.replace("rg-", "RG-"), {"location": "Japan East"})
    assert not new


async def test_nobody_sees_the_settings_of_a_site_who_only_reads_it(model: Model, camp: Any) -> None:
    assert "token" not in str(await model.get(camp.site)).lower().replace("stcamp", "")
    settings = await model.act(camp.site, "config/appsettings/list", {})
    assert settings["properties"]["TOKEN"].startswith("@Microsoft.KeyVault(")


@pytest.mark.parametrize(
    ("what", "name", "code"),
    [
        ("Microsoft.Storage/storageAccounts", "st-camp", "AccountNameInvalid"),
        ("Microsoft.Storage/storageAccounts", "st", "AccountNameInvalid"),
        ("Microsoft.KeyVault/vaults", "kv--camp", "VaultNameNotValid"),
        ("Microsoft.KeyVault/vaults", "1camp", "VaultNameNotValid"),
        ("Microsoft.DocumentDB/databaseAccounts", "x" * 45, "BadRequest"),
        ("Microsoft.Web/sites", "my_func", "BadRequest"),
    ],
)
async def test_a_name_that_breaks_the_rule_is_refused(model: Model, camp: Any, what: str, name: str, code: str) -> None:
    error = await refused(model.put(camp.of(what, name), {"location": "japaneast"}))
    assert (error.status, error.code) == (400, code)
    assert name in error.message


async def test_a_secret_with_an_underscore_is_refused(model: Model, camp: Any) -> None:
    error = await refused(model.put(f"{camp.vault}/secrets/MY_TOKEN", {"properties": {"value": "x"}}))
    assert "underscore" in error.message


async def test_a_name_that_is_taken_in_the_world_is_refused_in_another_group(
    model: Model, camp: Any, ids_of: Any
) -> None:
    other = ids_of(model, "rg-other")
    await model.put(other.group, {"location": "japaneast"})
    error = await refused(model.put(other.storage, camp.bodies()[camp.storage]))
    assert (error.status, error.code) == (409, "StorageAccountAlreadyTaken")


async def test_a_resource_without_its_group_or_parent_is_refused(model: Model, ids_of: Any) -> None:
    ids = ids_of(model)
    assert (await refused(model.put(ids.storage, {}))).code == "ResourceGroupNotFound"
    await model.put(ids.group, {"location": "japaneast"})
    assert (await refused(model.put(ids.queue, {}))).code == "ParentResourceNotFound"
    assert (await refused(model.get(ids.storage))).code == "ResourceNotFound"


async def test_a_type_that_is_not_there_is_named(model: Model, camp: Any) -> None:
    error = await refused(model.put(camp.of("Microsoft.Compute/virtualMachines", "vm"), {"location": "japaneast"}))
    assert "virtualMachines" in error.message and "Microsoft.Web/sites" in error.message


async def test_an_unknown_region_and_an_unknown_member_are_refused(model: Model, camp: Any) -> None:
    error = await refused(model.put(camp.identity + "2", {"location": "atlantis"}))
    assert error.code == "LocationNotAvailableForResourceType"
    assert "'colour'" in (await refused(model.put(camp.identity + "2", {"location": "japaneast", "colour": 1}))).message


async def test_another_region_cannot_be_given_to_what_is_there(model: Model, camp: Any) -> None:
    error = await refused(model.put(camp.identity, {"location": "westeurope"}))
    assert (error.status, error.code) == (409, "InvalidResourceLocation")


async def test_the_partition_key_of_a_container_cannot_be_changed(model: Model, camp: Any) -> None:
    body = camp.bodies()[camp.container]
    body["properties"]["resource"]["partitionKey"]["paths"] = ["/user"]
    error = await refused(model.put(camp.container, body))
    assert error.status == 400 and "Partition key" in error.message


async def test_throughput_is_read_and_changed_and_a_serverless_account_has_none(model: Model, camp: Any) -> None:
    assert (await model.get(camp.container))["properties"]["options"] == {"throughput": 400}
    settings = f"{camp.container}/throughputSettings/default"
    await model.put(settings, {"properties": {"resource": {"throughput": 500}}})
    assert (await model.get(settings))["properties"]["resource"] == {"throughput": 500}
    await model.put(settings, {"properties": {"resource": {"autoscaleSettings": {"maxThroughput": 2000}}}})
    assert (await model.get(camp.container))["properties"]["options"]["autoscaleSettings"] == {"maxThroughput": 2000}
    serverless = camp.cosmos + "2"
    body = camp.bodies()[camp.cosmos]
    body["properties"]["capabilities"] = [{"name": "EnableServerless"}]
    await model.put(serverless, body)
    body = {"properties": {"resource": {"id": "camp"}, "options": {"throughput": 400}}}
    assert "serverless" in (await refused(model.put(f"{serverless}/sqlDatabases/camp", body))).message


async def test_what_is_deleted_behind_the_model_is_gone_in_it(model: Model, camp: Any, paper: Any) -> None:
    assert await model.exists(camp.queue)
    await paper.storage.remove("stcampdev", "queues", "reports")
    assert (await refused(model.get(camp.queue))).status == 404
    await paper.cosmos.remove_container("cosmos-campdev", "camp", "messages")
    assert not await model.exists(camp.container)


async def test_deleting_a_group_takes_all_that_is_in_it(model: Model, camp: Any, paper: Any) -> None:
    assert await model.delete(camp.group)
    assert not await model.exists(camp.site) and not await model.exists(camp.group)
    assert paper.storage.accounts == {}
    assert not await model.delete(camp.group)


async def test_a_plan_with_an_app_is_not_deleted(model: Model, camp: Any) -> None:
    error = await refused(model.delete(camp.plan))
    assert error.status == 409 and "func-campdev" in error.message


@pytest.mark.parametrize("sku", ["F1", "D1", "Y1", "EP1"])
async def test_a_plan_that_sleeps_or_scales_by_itself_refuses_always_on(model: Model, camp: Any, sku: str) -> None:
    site, body = camp.of(web.SITE, "func-other"), camp.site_body({})
    await model.put(camp.plan, {**camp.bodies()[camp.plan], "sku": {"name": sku}})
    body["properties"]["siteConfig"]["alwaysOn"] = True
    error = await refused(model.put(site, body))
    assert error.status == 409 and "AlwaysOn" in error.message
    body["properties"]["siteConfig"]["alwaysOn"] = False
    await model.put(site, body)


@pytest.mark.parametrize(("sku", "most"), [("F1", 0), ("B1", 0), ("Y1", 1)])
async def test_a_plan_refuses_more_slots_than_its_tier_has(model: Model, camp: Any, sku: str, most: int) -> None:
    await model.put(camp.plan, {**camp.bodies()[camp.plan], "sku": {"name": sku}})
    for number in range(most):
        await model.put(f"{camp.site}/slots/slot{number}", camp.site_body({}))
    error = await refused(model.put(f"{camp.site}/slots/another", camp.site_body({})))
    assert error.status == 409 and "number of slots" in error.message
    for number in range(most):  # what is there may be changed
        await model.put(f"{camp.site}/slots/slot{number}", camp.site_body({"NAME": "value"}))


async def test_a_lock_keeps_the_resource_what_it_lies_in_and_what_lies_in_it(model: Model, camp: Any) -> None:
    await model.put(camp.lock(camp.cosmos), {"properties": {"level": "CanNotDelete"}})
    for id in (camp.cosmos, camp.group, camp.container):
        error = await refused(model.delete(id))
        assert (error.status, error.code) == (409, "ScopeLocked")
        assert camp.cosmos in error.message
    assert await model.delete(camp.queue)
    assert await model.delete(camp.lock(camp.cosmos))
    assert await model.delete(camp.container)


async def test_a_read_only_lock_stops_changes_and_the_listing_of_keys(model: Model, camp: Any) -> None:
    await model.put(camp.lock(camp.group), {"properties": {"level": "ReadOnly"}})
    assert (await refused(model.put(camp.identity, {"location": "japaneast"}))).code == "ScopeLocked"
    assert (await refused(model.act(camp.storage, "listKeys", {}))).code == "ScopeLocked"
    assert await model.exists(camp.storage)


async def test_a_role_is_given_once_to_somebody_who_exists(model: Model, camp: Any) -> None:
    principal = (await model.get(camp.identity))["properties"]["principalId"]
    await camp.give(role("Key Vault Secrets User"), principal, camp.vault)
    error = await refused(camp.give(role("Key Vault Secrets User"), principal, camp.vault, number=2))
    assert (error.status, error.code) == (409, "RoleAssignmentExists")
    stranger = "00000000-0000-4000-8000-000000000000"
    assert (await refused(camp.give(role("Reader"), stranger, camp.vault, 3))).code == "PrincipalNotFound"
    assert (await refused(camp.give(stranger, principal, camp.vault, 4))).code == "RoleDefinitionDoesNotExist"


async def settings_of(model: Model, camp: Any) -> dict[str, str]:
    site = model.site(camp.name(camp.site))
    assert site
    return dict(site.settings)


async def test_a_reference_is_resolved_only_with_a_role_that_allows_it(model: Model, camp: Any) -> None:
    principal = (await model.get(camp.identity))["properties"]["principalId"]
    assert (await settings_of(model, camp))["TOKEN"].startswith("@Microsoft.KeyVault(")
    await camp.give(role("Key Vault Reader"), principal, camp.vault)
    await camp.give(role("Contributor"), principal, camp.group, 2)
    assert (await settings_of(model, camp))["TOKEN"].startswith("@Microsoft.KeyVault(")
    await camp.give(role("Key Vault Secrets User"), principal, camp.secret, 3)
    assert (await settings_of(model, camp))["TOKEN"] == "xoxb-1"


async def test_a_reference_is_not_resolved_by_an_identity_that_is_not_attached(model: Model, camp: Any) -> None:
    principal = (await model.get(camp.identity))["properties"]["principalId"]
    await camp.give(role("Key Vault Secrets User"), principal, camp.vault)
    body = camp.site_body({"TOKEN": "@Microsoft.KeyVault(SecretUri=https://kv-campdev.vault.azure.net/secrets/token/)"})
    await model.put(camp.site, body)
    assert (await settings_of(model, camp))["TOKEN"] == "xoxb-1"
    body["identity"] = {"type": "SystemAssigned"}
    await model.put(camp.site, body)
    assert (await settings_of(model, camp))["TOKEN"].startswith("@Microsoft.KeyVault(")


async def test_public_addresses_lead_to_the_local_accounts(model: Model, camp: Any) -> None:
    await model.put(
        camp.site,
        camp.site_body(
            {
                "A": "AccountName=stcampdev;AccountKey=a2V5;EndpointSuffix=core.windows.net",
                "B": "AccountEndpoint=https://cosmos-campdev.documents.azure.com:443/;AccountKey=a2V5;",
                "C": "https://stranger.documents.azure.com/",
            }
        ),
    )
    settings = await settings_of(model, camp)
    assert "QueueEndpoint=http://127.0.0.1:1000/stcampdev;" in settings["A"]
    assert settings["B"].startswith("AccountEndpoint=http://127.0.0.1:")
    assert settings["C"] == "https://stranger.documents.azure.com/"


async def test_a_deleted_vault_keeps_its_name_until_it_is_purged(model: Model, camp: Any) -> None:
    await model.delete(camp.vault)
    body = camp.bodies()[camp.vault]
    assert (await refused(model.put(camp.vault, body))).code == "VaultAlreadyExists"
    recovered = {**body, "properties": {**body["properties"], "createMode": "recover"}}
    await model.put(camp.vault, recovered)
    assert await model.exists(camp.secret)
    await model.delete(camp.vault)
    gone = (
        f"/subscriptions/{model.subscription}/providers/Microsoft.KeyVault/locations/japaneast/deletedVaults/kv-campdev"
    )
    await model.act(gone, "purge", {})
    await model.put(camp.vault, body)
    assert not await model.exists(camp.secret)


async def test_what_cannot_be_made_is_not_there(model: Model, paper: Any, ids_of: Any) -> None:
    ids = ids_of(model)
    await model.put(ids.group, ids.bodies()[ids.group])
    paper.storage.broken = True
    error = await refused(model.put(ids.storage, ids.bodies()[ids.storage]))
    assert error.status == 503 and "no storage today" in error.message
    paper.storage.broken = False
    await model.put(ids.storage, ids.bodies()[ids.storage])


async def test_of_two_that_make_the_same_name_at_once_one_wins(model: Model, camp: Any, ids_of: Any) -> None:
    first, second = ids_of(model, "rg-one", "race"), ids_of(model, "rg-two", "race")
    for one in (first, second):
        await model.put(one.group, {"location": "japaneast"})
    body = camp.bodies()[camp.cosmos]
    done = await asyncio.gather(
        model.put(first.cosmos, body), model.put(second.cosmos, body), return_exceptions=True
    )  # fmt: skip
    assert sorted(isinstance(one, ResourceError) for one in done) == [False, True]


async def test_after_a_restart_all_is_as_it_was(tmp_path: Path, paper: Any, ids_of: Any) -> None:
    made = type(paper)
    first = Model(tmp_path, made(tmp_path), random.Random(1))
    await first.start()
    ids = ids_of(first)
    for id, body in ids.bodies().items():
        await first.put(id, body)
    keys = await first.act(ids.cosmos, "listKeys", {})
    endpoint = (await first.get(ids.cosmos))["properties"]["documentEndpoint"]
    await first.stop()
    again = Model(tmp_path, made(tmp_path), random.Random(2))
    await again.start()
    try:
        assert again.subscription == first.subscription
        assert await again.act(ids.cosmos, "listKeys", {}) == keys
        assert (await again.get(ids.cosmos))["properties"]["documentEndpoint"] == endpoint
        assert await again.exists(ids.container)
        assert again.effects.sites.sites[ids.site.lower()].name == "func-campdev"  # type: ignore[attr-defined]
    finally:
        await again.stop()


async def test_what_a_process_that_died_was_making_is_undone_and_what_it_was_deleting_is_deleted(
    tmp_path: Path, paper: Any, ids_of: Any
) -> None:
    made = type(paper)
    first = Model(tmp_path, made(tmp_path), random.Random(1))
    await first.start()
    ids = ids_of(first)
    for id, body in ids.bodies().items():
        await first.put(id, body)
    half = Resource(ids.identity + "2", "Microsoft.ManagedIdentity/userAssignedIdentities", {"location": "japaneast"})
    first.store.put(half.at(CREATING))
    for resource in [one for one in first.store.all() if "cosmos" in one.key]:
        first.store.put(resource.at("Deleting"))
    await first.stop()
    again = Model(tmp_path, made(tmp_path), random.Random(2))
    await again.start()
    try:
        assert again.store.get(half.key) is None and again.store.get(ids.cosmos.lower()) is None
        await again.put(ids.cosmos, ids.bodies()[ids.cosmos])
        assert not await again.exists(ids.database)
    finally:
        await again.stop()


async def test_two_processes_do_not_share_a_folder(tmp_path: Path, paper: Any) -> None:
    first = Model(tmp_path, paper)
    with pytest.raises(EffectFailed, match="in use by another camp"):
        Model(tmp_path, paper)
    await first.stop()
    await Model(tmp_path, paper).stop()


async def test_a_site_that_is_refused_leaves_the_one_before(model: Model, camp: Any, paper: Any) -> None:
    async def fails(site: Any) -> None:
        raise EffectFailed("no host today")

    paper.sites.put = fails
    error = await refused(model.put(camp.site, camp.site_body({"NEW": "1"})))
    assert error.status == 503
    assert "NEW" not in (await model.act(camp.site, "config/appsettings/list", {}))["properties"]


async def test_there_may_be_only_so_many(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_GROUPS", 2)
    monkeypatch.setattr(quotas, "MOST_OF_A_TYPE", 2)
    here = {"location": "japaneast"}
    one, other, third = (f"/subscriptions/{model.subscription}/resourceGroups/rg-{number}" for number in range(3))
    identities = [
        f"{one}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{number}" for number in range(3)
    ]
    for id in (one, other, *identities[:2], identities[0].replace(one, other)):
        await model.put(id, here)
    error = await refused(model.put(third, here))
    assert (error.status, error.code) == (409, "ResourceGroupQuotaExceeded")
    assert "would exceed the quota of '2'. The current resource group count is '2'" in error.message
    error = await refused(model.put(identities[2], here))
    assert error.code == "ResourceQuotaExceeded" and "'2' resources of type 'Microsoft.ManagedIdentity" in error.message
    await model.put(one, {**here, "tags": {"what": "is there already may change"}})


async def test_what_a_resource_always_has_is_listed(model: Model, camp: Any) -> None:
    configs = await model.listed(camp.site, "Microsoft.Web/sites/config")
    assert {"appsettings", "connectionstrings"} < {one["name"] for one in configs}
    throughput = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/throughputSettings"
    assert [one["name"] for one in await model.listed(camp.container, throughput)] == ["default"]
    of_the_database = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/throughputSettings"
    assert await model.listed(camp.database, of_the_database) == []
