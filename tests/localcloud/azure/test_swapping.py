"""Swaps: nothing is lost, settings go where they belong, and one goes back by swapping again."""

import asyncio
import time

import aiohttp
import pytest

from localcloud.azure.azure import Azure
from localcloud.azure.deployment import Swap

from .conftest import BOT, Client, bot, until

SLOTS = ("production", "staging")


async def filled(azure: Azure) -> None:
    for slot in SLOTS:
        assert (await azure.site.slot(slot).deploy(bot(slot), "a test")).ok


async def setting(client: Client, slot: str, name: str) -> str:
    host = client._azure.site.slot(slot).host_name
    return str((await client.ask("GET", f"https://{host}/api/setting/{name}"))[1])


@pytest.mark.parametrize("sticky", [False, True])
async def test_no_request_is_lost_in_a_swap_and_the_new_app_alone_answers_after_it(azure: Azure, sticky: bool) -> None:
    await filled(azure)
    if sticky:
        azure.site.set_sticky(["PLACE"])
        await azure.site.slot("staging").set_settings({"PLACE": "behind"}, "a test")
    answers: list[tuple[float, float, int, str]] = []
    url = azure.site.slot("production").url + "/api/hello"
    async with aiohttp.ClientSession() as http:

        async def ask() -> None:
            asked = time.time()
            async with http.get(url) as answer:
                text = await answer.text()
                answers.append((asked, time.time(), answer.status, text))

        async def keep_asking() -> None:
            async with asyncio.TaskGroup() if hasattr(asyncio, "TaskGroup") else _Group() as group:
                for _number in range(100):
                    group.create_task(ask())
                    await asyncio.sleep(0.02)

        asking = asyncio.create_task(keep_asking())
        await asyncio.sleep(0.3)
        swap = await azure.swap("staging", "production")
        await asking
    assert {status for _asked, _answered, status, _text in answers} == {200}
    assert swap.exchanged_at and swap.ok
    assert {text for asked, _answered, _status, text in answers if asked > swap.exchanged_at} == {"staging"}
    assert {text for _asked, answered, _status, text in answers if answered < swap.exchanged_at} == {"production"}


class _Group:
    """asyncio.TaskGroup for Python 3.10."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def create_task(self, work) -> None:  # type: ignore[no-untyped-def]
        self._tasks.append(asyncio.create_task(work))

    async def __aenter__(self) -> "_Group":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.gather(*self._tasks)


async def test_the_calls_of_az_functionapp_deployment_slot_swap(azure: Azure, client: Client) -> None:
    await filled(azure)
    await client.sign_in()
    status, site, _headers = await client.arm("GET", "")
    assert (status, site["properties"]["defaultHostName"]) == (200, azure.site.slot("production").host_name)
    status, plan, _headers = await client.arm("GET", site["properties"]["serverFarmId"])
    assert (status, plan["sku"]["tier"]) == (200, "ElasticPremium")
    body = {"targetSlot": "production", "preserveVnet": True}
    status, _text, headers = await client.arm("POST", "/slots/staging/slotsswap", json=body)
    assert status == 202
    token = {"Authorization": f"Bearer {client.token}"}

    async def ended() -> bool:
        return (await client.ask("GET", headers["Location"], headers=token))[0] != 202

    await until(ended)
    status, site, _headers = await client.ask("GET", headers["Location"], headers=token)
    assert (status, site["name"]) == (200, f"{azure.site.name}/staging")
    assert (await client.word("production"), await client.word("staging")) == ("staging", "production")
    assert [entry.kind for entry in azure.journal.entries if "swap" in entry.kind] == [
        "azure.swap_asked",
        "azure.swapped",
    ]
    assert azure.swaps[0].by == "service principal (secret)"


async def test_swapping_again_goes_back(azure: Azure, client: Client) -> None:
    await filled(azure)
    await azure.swap("staging", "production")
    await azure.swap("staging", "production")
    assert (await client.word("production"), await client.word("staging")) == ("production", "staging")
    assert [swap.ok for swap in azure.swaps] == [True, True]
    assert azure.swaps[1].moved == azure.swaps[0].moved_back


async def test_settings_travel_and_sticky_ones_stay(azure: Azure, client: Client) -> None:
    await filled(azure)
    await client.sign_in()
    for slot, path in (("production", ""), ("staging", "/slots/staging")):
        _status, listed, _headers = await client.arm("POST", f"{path}/config/appsettings/list")
        settings = {**listed["properties"], "PLACE": slot, "COLOUR": f"colour of {slot}"}
        assert (await client.arm("PUT", f"{path}/config/appsettings", json={"properties": settings}))[0] == 200
    names = {"properties": {"appSettingNames": ["PLACE"]}}
    assert (await client.arm("PUT", "/config/slotConfigNames", json=names))[0] == 200
    assert await setting(client, "staging", "PLACE") == "staging"
    await azure.swap("staging", "production")
    assert await setting(client, "production", "PLACE") == "production"
    assert await setting(client, "production", "COLOUR") == "colour of staging"
    assert await setting(client, "staging", "PLACE") == "staging"
    assert await setting(client, "staging", "GREETED_BY") == "camp"
    assert [change.kind for change in azure.changes][2:] == ["settings", "settings", "swap"]


async def test_what_is_sent_back_unchanged_stays_the_local_clouds_own(azure: Azure, client: Client) -> None:
    await client.sign_in()
    _status, listed, _headers = await client.arm("POST", "/config/appsettings/list")
    settings = {**listed["properties"], "COLOUR": "red"}
    assert (await client.arm("PUT", "/config/appsettings", json={"properties": settings}))[0] == 200
    assert azure.site.slot("production").content.own == {"COLOUR": "red"}
    assert azure.changes[-1].detail == "COLOUR"


async def test_a_setting_that_is_put_away_is_gone(azure: Azure, client: Client) -> None:
    await filled(azure)
    await client.sign_in()
    assert (await client.arm("PUT", "/config/appsettings", json={"properties": {"ONLY": "this"}}))[0] == 200
    assert await setting(client, "production", "GREETED_BY") == "-"
    assert await setting(client, "production", "ONLY") == "this"
    assert await setting(client, "staging", "GREETED_BY") == "camp"


async def test_whoever_is_asked_at_a_swap_sees_both_slots_as_they_were(azure: Azure, client: Client) -> None:
    await filled(azure)
    seen: list[tuple[str, str]] = []

    async def look(swap: Swap) -> None:
        seen.append((await client.word(swap.source), await client.word(swap.target)))

    azure.on_swap_asked.append(look)
    await azure.swap("staging", "production")
    assert seen == [("staging", "production")]


async def test_a_broken_staging_does_not_hurt_production_until_it_is_swapped(azure: Azure, client: Client) -> None:
    await filled(azure)
    await azure.site.slot("staging").deploy(bot("x", **{"function_app.py": "import nothing_of_that_name\n"}), "a test")
    assert await client.word("production") == "production"
    swap = await azure.swap("staging", "production")
    assert swap.ok, "on Azure, any answer to the warm-up counts"
    url = f"https://{azure.site.slot('production').host_name}"
    assert (await client.ask("GET", url + "/api/hello"))[0] == 404
    assert (await client.ask("GET", url + "/"))[0] == 200
    await azure.swap("staging", "production")
    assert await client.word("production") == "production"


async def test_a_request_that_has_begun_is_finished_by_the_old_app(azure: Azure) -> None:
    slow = BOT.replace("(WORD)", "(WORD + str(time.sleep(1)))").replace("import os", "import os, time")
    await azure.site.slot("production").deploy(bot("slow", **{"function_app.py": slow}), "a test")
    await azure.site.slot("staging").deploy(bot("quick"), "a test")
    azure.site.set_sticky(["PLACE"])
    await azure.site.slot("staging").set_settings({"PLACE": "behind"}, "a test")
    url = azure.site.slot("production").url + "/api/hello"
    async with aiohttp.ClientSession() as http:

        async def ask() -> str:
            async with http.get(url) as answer:
                return await answer.text()

        slow_one = asyncio.create_task(ask())
        await asyncio.sleep(0.3)
        await azure.swap("staging", "production")
        assert await ask() == "quick"
        assert await slow_one == "slowNone"
