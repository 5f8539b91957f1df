from typing import Any

import pytest

from autograder.kinds.building.overrides import CONTAINER, addresses, another_key, without_protection

Json = dict[str, Any]


def block(name: str, type: str = CONTAINER, mode: str = "managed") -> Json:
    return {"address": f"{type}.{name}", "mode": mode, "type": type, "name": name}


def plan(*resources: Json, **calls: Json) -> Json:
    return {"configuration": {"root_module": {"resources": list(resources), "module_calls": calls}}}


def call(source: str, *resources: Json, **calls: Json) -> Json:
    return {"source": source, "module": {"resources": list(resources), "module_calls": calls}}


def held(block_name: str, name: str, key: str = "/id", index: object = None) -> Json:
    values = {"name": name, "partition_key_paths": [key]}
    found = {**block(block_name), "values": values}
    return found if index is None else {**found, "index": index}


def state(*resources: Json, **modules: list[Json]) -> Json:
    children = [{"address": address, "resources": some} for address, some in modules.items()]
    return {"values": {"root_module": {"resources": list(resources), "child_modules": children}}}


def text_of(plan: Json, state: Json) -> str:
    override = another_key(plan, state, "messages")
    assert override
    return override.text


def test_a_single_container_gets_another_key() -> None:
    assert text_of(plan(block("one")), state(held("one", "messages", "/channel"))) == (
        'resource "azurerm_cosmosdb_sql_container" "one" {\n  partition_key_paths = ["/elsewhere"]\n}\n'
    )


def test_of_for_each_one_instance_changes_and_the_others_keep_their_keys() -> None:
    instances = state(held("all", "messages", "/channel", "m"), held("all", "reports", "/id", "r"))
    assert '{ ("m") = ["/elsewhere"], ("r") = ["/id"] }[each.key]' in text_of(plan(block("all")), instances)


def test_of_count_one_instance_changes_and_the_others_keep_their_keys() -> None:
    instances = state(held("all", "reports", "/id", 0), held("all", "messages", "/channel", 1))
    assert '[["/id"], ["/elsewhere"]][count.index]' in text_of(plan(block("all")), instances)


def test_a_name_is_no_template() -> None:
    instances = state(held("all", "messages", "/channel", '${each.key} "%{x}"'))
    assert r'("$${each.key} \"%%{x}\"")' in text_of(plan(block("all")), instances)


def test_the_file_is_beside_those_of_a_module_in_a_module() -> None:
    inner = call("../keys", block("all"))
    outer = call("./modules/data", block("account", "azurerm_cosmosdb_account"), inner=inner)
    instances: Json = {
        "values": {
            "root_module": {
                "child_modules": [
                    {
                        "address": 'module.data["a.b[0]"]',
                        "resources": [],
                        "child_modules": [
                            {
                                "address": 'module.data["a.b[0]"].module.inner',
                                "resources": [held("all", "messages", "/channel", "messages")],
                            }
                        ],
                    }
                ]
            }
        }
    }
    override = another_key(plan(data=outer), instances, "messages")
    assert override and override.file == "modules/keys/camp_key_override.tf"


@pytest.mark.parametrize("held_there", [(), (held("one", "other"),)])
def test_without_such_a_container_there_is_nothing_to_change(held_there: tuple[Json, ...]) -> None:
    assert another_key(plan(block("one")), state(*held_there), "messages") is None
    assert another_key(plan(block("one")), {}, "messages") is None


def test_protection_is_lifted_from_every_resource_in_every_module_once() -> None:
    again = call("./modules/app", block("site", "azurerm_linux_function_app"))
    lifted = without_protection(
        plan(block("one"), block("me", "azurerm_client_config", "data"), first=again, second=again)
    )
    assert [one.file for one in lifted] == ["camp_lifted_override.tf", "modules/app/camp_lifted_override.tf"]
    assert lifted[0].text == (
        'resource "azurerm_cosmosdb_sql_container" "one" {\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n'
    )
    assert lifted[1].text.count("resource") == 1


def test_the_addresses_of_a_state_are_those_of_its_resources() -> None:
    data = {**block("me", "azurerm_client_config", "data"), "values": {}}
    assert addresses(state(held("one", "messages"), data)) == [f"{CONTAINER}.one"]
    assert addresses({}) == []
