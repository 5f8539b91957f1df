"""A copy of a hand-in, and what the engine does with it."""

import asyncio
import os
from pathlib import Path

import pytest

from autograder.kinds.building import engine
from autograder.kinds.building.refusals import refusals
from autograder.kinds.building.workspace import Change, Output, Workspace
from localcloud.cloud import NotAsExpected

from .conftest import FIRST, GROUP, MakeSite, Site

QUEUE = """
resource "azurerm_storage_account" "camp" {
  name                     = "st${var.prefix}"
  resource_group_name      = azurerm_resource_group.camp.name
  location                 = "japaneast"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
"""
SLOW = """
locals {
  most = [for a in range(1024) : [for b in range(1024) : [for c in range(64) : "${a}${b}${c}"]]]
}

output "most" {
  value = length(flatten(local.most))
}
"""


async def test_a_plan_says_what_is_made_and_a_second_one_that_nothing_is_left(site: Site) -> None:
    workspace = site.workspace(FIRST, GROUP)
    assert (await workspace.init()).code == 0
    assert (await workspace.formatted()).code == (await workspace.validated()).code == 0
    plan = await workspace.plan()
    assert plan.code == 2
    assert plan.changes == (Change("azurerm_resource_group.camp", "azurerm_resource_group", ("create",)),)
    assert plan.output_changes == ("group",)
    assert "Plan: 1 to add" in plan.text and "\x1b" not in plan.text
    assert (await workspace.apply()).code == 0
    assert await workspace.outputs() == {"group": Output("rg-abcdefgh-staging", sensitive=False)}
    again = await workspace.plan()
    assert (again.code, again.changes, again.output_changes) == (0, (), ())
    assert (await workspace.plan(destroy=True)).changes[0].actions == ("delete",)
    assert (await workspace.destroy()).code == 0
    assert not (await workspace.state()).get("values")


async def test_two_workspaces_have_states_of_their_own_and_work_at_once(site: Site) -> None:
    one, other = site.workspace(FIRST, GROUP), site.workspace(FIRST, GROUP, environment="dev")
    ran = await asyncio.gather(_applied(one), _applied(other))
    assert ran == [0, 0]
    assert {(await each.outputs())["group"].value for each in (one, other)} == {
        "rg-abcdefgh-staging",
        "rg-abcdefgh-dev",
    }


async def test_an_override_counts_until_it_is_taken_away(site: Site) -> None:
    workspace = site.workspace(FIRST, GROUP)
    await _applied(workspace)
    workspace.override("move_override.tf", 'resource "azurerm_resource_group" "camp" {\n  location = "westeurope"\n}\n')
    assert [one.actions for one in (await workspace.plan()).changes] == [("delete", "create")]
    workspace.override("move_override.tf", None)
    assert (await workspace.plan()).code == 0


async def test_a_backend_of_the_hand_in_counts_for_nothing(site: Site) -> None:
    backend = 'terraform {\n  backend "azurerm" {\n    container_name = "state"\n  }\n}\n'
    cloud = 'terraform {\n  cloud {\n    organization = "example"\n  }\n}\n'
    for more in (backend, cloud):
        workspace = site.workspace(FIRST, more, 'output "one" {\n  value = 1\n}\n')
        assert await _applied(workspace) == 0
        assert (await workspace.outputs())["one"].value == 1


async def test_the_engines_own_words_come_back(site: Site) -> None:
    workspace = site.workspace(FIRST, GROUP.replace("location", "locaton"))
    await workspace.init()
    assert 'Did you mean "location"?' in (await workspace.validated()).text
    assert 'Did you mean "location"?' in (await workspace.plan()).text
    other = site.workspace(FIRST.replace("~> 4.0", "= 4.0.999"))
    assert "no available releases match" in (await other.init()).text


async def test_several_provider_blocks_are_configured_each_for_itself(site: Site) -> None:
    more = """
provider "azurerm" {
  alias           = "other"
  subscription_id = "11111111-1111-1111-1111-111111111111"
  features {}
}

data "azurerm_client_config" "me" {}

data "azurerm_client_config" "other" {
  provider = azurerm.other
}

resource "azurerm_resource_group" "other" {
  provider = azurerm.other
  name     = "rg-other"
  location = "japaneast"
}

resource "azurerm_storage_account" "other" {
  provider                 = azurerm.other
  name                     = "stotherguid"
  resource_group_name      = azurerm_resource_group.other.name
  location                 = azurerm_resource_group.other.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

output "ids" {
  value = [data.azurerm_client_config.me.subscription_id, data.azurerm_client_config.other.subscription_id]
}
"""
    workspace = site.workspace(FIRST, more)
    assert await _applied(workspace) == 0
    mine, other = (await workspace.outputs())["ids"].value
    assert mine == site.model.subscription != other == "11111111-1111-1111-1111-111111111111"


async def test_what_takes_too_long_is_ended_and_called_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.kinds.building.workspace.SECONDS", 2.0)
    workspace = site.workspace(FIRST, SLOW)
    await workspace.init()
    with pytest.raises(NotAsExpected) as caught:
        await workspace.plan()
    assert caught.value.seen == "Time-out: plan was not through after 2 seconds."
    assert not _engines()


async def test_what_prints_without_an_end_is_ended(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_PRINTED", 1_000_000)
    much = 'output "much" {\n  value = join("", [for one in range(1024) : format("%02000d", one)])\n}\n'
    workspace = site.workspace(FIRST, much)
    await workspace.init()
    with pytest.raises(NotAsExpected, match="printed more than 1 MB"):
        await workspace.plan()
    assert not _engines()


async def test_a_provisioner_that_was_hidden_from_us_is_not_from_the_engine(site: Site) -> None:
    deep = '"x"'
    for _level in range(120):
        deep = '"${' + deep + '}"'
    text = f"""
resource "terraform_data" "one" {{
  input = {deep}
  provisioner "local-exec" {{
    command = "id"
  }}
}}
"""
    assert refusals({"main.tf": (FIRST + text).encode()}) == []
    workspace = site.workspace(FIRST, text)
    await workspace.init()
    with pytest.raises(NotAsExpected, match=r"terraform_data\.one has a provisioner"):
        await workspace.plan()


async def test_a_crash_of_the_engine_is_no_plan(site: Site) -> None:
    eats = """
locals {
  some = format("%01000000d", 1)
  more = join("", [for one in range(64) : local.some])
  most = join("", [for one in range(64) : local.more])
}

output "most" {
  value = length(local.most)
}
"""
    workspace = site.workspace(FIRST, eats)
    await workspace.init()
    with pytest.raises(NotAsExpected, match="The engine has crashed: fatal error: "):
        await workspace.plan()


async def test_a_plan_of_ten_thousand_is_ended_in_good_time(site: Site) -> None:
    many = GROUP.replace("{\n", "{\n  count = 10000\n", 1).replace("environment}", "environment}-${count.index}")
    workspace = site.workspace(FIRST, many.partition("output")[0])
    await workspace.init()
    for run in (workspace.plan, workspace.apply):
        with pytest.raises(NotAsExpected, match="azurerm_resource_group: more than 500 resources in one plan"):
            await run()
    assert not _engines()


async def test_nothing_is_left_when_it_is_given_up(make_site: MakeSite) -> None:
    async with make_site(None) as site:
        workspace = site.workspace(FIRST, SLOW)
        await workspace.init()
        planning = asyncio.create_task(workspace.plan())
        await asyncio.sleep(1.0)
        planning.cancel()
        await asyncio.gather(planning, return_exceptions=True)
        assert not _engines()
    assert not site.engine.room.parent.exists()


async def _applied(workspace: Workspace) -> int:
    assert (await workspace.init()).code == 0
    return (await workspace.apply()).code


def _engines() -> list[str]:
    """The engines and providers that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (folder / "stat").read_text(), (folder / "cmdline").read_text()
        except OSError:
            continue
        ours = int(stat.rpartition(")")[2].split()[1]) == os.getpid()
        of_a_sandbox = Path(command.partition("\0")[0]).name == "bwrap"  # which other tests share
        if ours and "tofu" in command and not of_a_sandbox:
            found.append(command)
    return found
