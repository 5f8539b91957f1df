import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.azurerm import planning
from localcloud.azurerm.problems import Failed
from localcloud.azurerm.resource import Resource, same_region
from localcloud.azurerm.schema import Block, number, text, text_map, text_set, truth
from localcloud.azurerm.tables import RESOURCES, cosmos
from localcloud.azurerm.values import UNKNOWN
from localcloud.resources.types import cosmos as model_of_cosmos

SCHEMA = Block(
    {
        "name": text("required new"),
        "location": text("required new", same=same_region),
        "tier": text(default="Hot"),
        "on": truth(),
        "size": number("optional computed"),
        "tags": text_map(),
        "key": text("computed"),
    },
    {
        "places": Block({"place": text("required"), "rank": number(default=1)}, nesting="set"),
        "rule": Block({"path": text("required new"), "id": text("computed")}),
    },
    refused={"network": "string", "backup": Block({"type": text("required")})},
)


def config(**given: Any) -> dict[str, Any]:
    return {**planning.empty(SCHEMA), "name": "one", "location": "japaneast", **given}


def planned(wanted: dict[str, Any], prior: dict[str, Any] | None = None) -> dict[str, Any]:
    """As the engine proposes: null arguments that are computed keep their former value."""
    proposed = dict(wanted)
    for name, attribute in SCHEMA.attributes.items():
        if prior and wanted[name] is None and attribute.computed:
            proposed[name] = prior[name]
    return planning.planned(SCHEMA, wanted, proposed, prior)


def test_what_is_not_set_is_its_default_or_known_later() -> None:
    made = planned(config())
    assert (made["tier"], made["on"], made["tags"]) == ("Hot", False, None)
    assert made["size"] is UNKNOWN and made["key"] is UNKNOWN


def test_an_argument_that_is_taken_out_goes_back_to_its_default() -> None:
    before = {**planned(config(tier="Cool")), "key": "k", "size": 5}
    after = planned(config(), before)
    assert (after["tier"], after["key"], after["size"]) == ("Hot", "k", 5)


def test_two_spellings_of_a_region_are_no_change() -> None:
    before = {**planned(config()), "key": "k", "size": 5}
    after = planned(config(location="Japan East"), before)
    assert after == before
    assert planning.replacements(SCHEMA, before, after) == []


def test_another_name_and_a_key_in_a_block_need_another_resource() -> None:
    rule = {"path": "/a", "id": None}
    before = {**planned(config(rule=[rule])), "key": "k", "size": 5}
    after = planned(config(name="two", rule=[{"path": "/b", "id": None}]), before)
    assert planning.replacements(SCHEMA, before, after) == [("name",), ("rule", 0, "path")]


def test_an_unknown_name_may_be_another() -> None:
    before = {**planned(config()), "key": "k", "size": 5}
    assert planning.replacements(SCHEMA, before, planned(config(name=UNKNOWN), before)) == [("name",)]


def test_members_of_a_set_are_found_wherever_they_stand() -> None:
    places = [{"place": "east", "rank": None}, {"place": "west", "rank": 2}]
    made = planned(config(places=places))
    assert [one["rank"] for one in made["places"]] == [1, 2]
    actual = {"places": [{"place": "west", "rank": 2}, {"place": "east", "rank": 1}], "key": "k", "size": 1}
    assert planning.filled(SCHEMA, made, actual)["places"] == made["places"]


def test_after_apply_only_what_was_unknown_is_new() -> None:
    made = planned(config(rule=[{"path": "/a", "id": None}]))
    state = planning.filled(SCHEMA, made, {"key": "k", "size": 7, "tier": "Cool", "rule": [{"path": "/A", "id": "r"}]})
    assert (state["key"], state["size"], state["tier"]) == ("k", 7, "Hot")
    assert state["rule"] == [{"path": "/a", "id": "r"}]


def test_a_refresh_keeps_what_means_the_same_and_shows_what_does_not() -> None:
    prior = {**planned(config(location="Japan East")), "key": "k", "size": 1, "tags": None}
    actual = {"location": "japaneast", "tier": "Cool", "tags": {}, "key": "k"}
    state = planning.refreshed(SCHEMA, prior, actual)
    assert (state["location"], state["tier"], state["tags"], state["size"]) == ("Japan East", "Cool", None, 1)


def test_an_import_takes_all_that_can_be_read() -> None:
    state = planning.refreshed(SCHEMA, {}, {"name": "one", "on": None, "tags": {}, "key": "k"}, importing=True)
    assert (state["name"], state["on"], state["tags"], state["key"]) == ("one", False, None, "k")


@pytest.mark.parametrize("given", [{"network": "x"}, {"backup": [{"type": "Periodic"}]}])
def test_what_this_cloud_does_not_have_is_refused_by_name(given: dict[str, Any]) -> None:
    (problem,) = planning.problems(SCHEMA, config(**given))
    assert "The local cloud does not support" in problem.summary and next(iter(given)) in problem.summary


def test_what_is_refused_may_be_left_out_or_unknown() -> None:
    assert planning.problems(SCHEMA, config(network=UNKNOWN)) == []


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_every_table_is_well_formed(resource: Resource) -> None:
    def check(block: Block) -> None:
        for name, one in block.attributes.items():
            assert one.flags & {"required", "optional", "computed"}, name
            assert not ({"required", "optional"} <= one.flags), name
            assert one.default is None or "required" not in one.flags, name
        for inner in block.blocks.values():
            check(inner)

    check(resource.block)
    assert not set(resource.schema.attributes) & set(resource.schema.refused)


def test_ids_are_read_as_they_are_written() -> None:
    queue = RESOURCES["azurerm_storage_queue"]
    account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
    assert queue.from_id(f"{account}/queueServices/default/queues/q") == {"storage_account_id": account, "name": "q"}
    with pytest.raises(Failed, match="not the id of a Queue"):
        queue.from_id(account)


@pytest.mark.parametrize(
    ("type", "name"),
    [
        ("azurerm_storage_account", "st-camp"),
        ("azurerm_storage_queue", "a--b"),
        ("azurerm_key_vault", "kv-of-a-name-that-is-too-long"),
        ("azurerm_key_vault_secret", "MY_SECRET"),
        ("azurerm_cosmosdb_account", "x" * 45),
        ("azurerm_linux_function_app", "my_func"),
    ],
)
def test_a_name_that_breaks_a_rule_is_refused_before_anything_is_made(type: str, name: str) -> None:
    resource = RESOURCES[type]
    problems = resource.problems({**planning.empty(resource.block), "name": name})
    assert [one.summary for one in problems if one.path == ("name",)] == [f'invalid value for name: "{name}"']


def test_sets_are_sets() -> None:
    assert text_set().type == ["set", "string"]


def test_the_page_has_every_resource_as_it_is() -> None:
    script = Path(__file__).with_name("resources_page.py")
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_capabilities_of_an_account_are_those_of_the_model() -> None:
    assert cosmos.CAPABILITIES == model_of_cosmos.CAPABILITIES


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "MongoDB"}, "accounts of kind MongoDB"),
        ({"capabilities": [{"name": "EnableCassandra"}]}, "the capability EnableCassandra"),
        ({"local_authentication_disabled": True}, "local_authentication_disabled"),
    ],
)
def test_an_account_of_another_api_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    account = RESOURCES["azurerm_cosmosdb_account"]
    whole = {**planning.empty(account.block), "name": "camp", **given}
    assert f"The local cloud does not support {said}" in [one.summary for one in account.problems(whole)]


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("azurerm_storage_account", "public_network_access_enabled", False),
        ("azurerm_storage_account", "shared_access_key_enabled", False),
        ("azurerm_cosmosdb_account", "public_network_access_enabled", False),
        ("azurerm_key_vault", "public_network_access_enabled", False),
        ("azurerm_linux_function_app", "public_network_access_enabled", False),
        ("azurerm_linux_function_app_slot", "client_certificate_enabled", True),
    ],
)
def test_what_would_shut_calls_out_on_azure_is_refused_by_name(name: str, argument: str, value: bool) -> None:
    """A bot that works here must not be dead there."""
    resource = RESOURCES[name]
    wanted = {**planning.empty(resource.block), argument: value}
    assert f"The local cloud does not support {argument}" in [one.summary for one in resource.problems(wanted)]
    said = [one.summary for one in resource.problems({**wanted, argument: not value})]
    assert f"The local cloud does not support {argument}" not in said


def test_a_refused_argument_may_say_what_it_is_anyway() -> None:
    usual = {"local_user_enabled": True, "is_hns_enabled": False, "encryption": "Service"}
    types = {"local_user_enabled": "bool", "is_hns_enabled": "bool", "encryption": "string"}
    block = Block({}, refused=types, usual={name: value for name, value in usual.items() if value})
    assert planning.problems(block, usual) == []
    found = planning.problems(block, {"local_user_enabled": False, "is_hns_enabled": True, "encryption": "Account"})
    assert [one.path for one in found] == [(name,) for name in usual]
