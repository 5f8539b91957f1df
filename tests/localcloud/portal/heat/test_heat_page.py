"""The picture that Lab 5 is built on: one loud channel makes one partition glow."""

import asyncio
import contextlib
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from localcloud.cosmos.emulator import EMULATOR_KEY

if TYPE_CHECKING:
    from conftest import Cosmos, Portal

HEAT = runpy.run_path(str(Path(__file__).parents[4] / "docs" / "heat.py"))
MESSAGES = 20_000
HOTTEST = "11"
LEVELS = """(cells) => cells.reduce(
  (sums, {dataset}) => (sums[dataset.column] += Number(dataset.level), sums), [0, 0, 0, 0])"""


async def test_one_loud_channel_among_20000_messages_is_seen(page: Page, shared: "Portal", cosmos: "Cosmos") -> None:
    place = (cosmos.endpoint, EMULATOR_KEY)
    await HEAT["load"](*place, MESSAGES)
    await HEAT["scale_down"](*place)
    talking = asyncio.create_task(HEAT["talk"](*place, 60))
    await page.goto(shared.url + "heat?database=camp&container=messages")
    await expect(page.locator("#verdict")).to_contain_text("is hot and refuses requests", timeout=12_000)
    await expect(page.locator("#verdict")).to_contain_text("Loudest key: general")
    await expect(page.locator("#figures")).to_contain_text("400 RU/s over 4 partitions: 100 RU/s each")
    heads = page.locator("#map-columns th")
    await expect(heads).to_have_count(4)
    hot = (await heads.locator(".key").all_text_contents()).index("general")
    name = await heads.nth(hot).locator(".name").inner_text()
    assert (await page.locator("#verdict").inner_text()).startswith(f"{name} is hot")
    await expect(page.locator(f'.cell[data-column="{hot}"][data-level="{HOTTEST}"] .refused').first).to_be_visible()
    levels = await page.locator(".cell").evaluate_all(LEVELS)
    assert all(level < levels[hot] for at, level in enumerate(levels) if at != hot)
    loudest = page.locator("#keys li").first
    await expect(loudest).to_contain_text("general")
    await expect(loudest).to_contain_text(name.lower())
    documents = await page.locator("#numbers tr td:nth-child(7)").all_text_contents()
    assert sum(int(one.replace(",", "")) for one in documents) >= MESSAGES
    talking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talking


async def test_cells_are_read_with_the_keyboard(page: Page, shared: "Portal", cosmos: "Cosmos") -> None:
    await HEAT["load"](cosmos.endpoint, EMULATOR_KEY, 0, "talk")
    await page.goto(shared.url + "heat?database=camp&container=talk")
    await page.locator('.cell[tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowRight", "End", "ArrowDown"):
        await page.keyboard.press(key)
    told = await page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert told.startswith("Partition 3, ")
    await expect(page.locator("#readout")).to_have_text(told)
    await page.wait_for_timeout(1_100)
    assert await page.evaluate("document.activeElement.getAttribute('aria-label')") == told
    assert await page.locator('.cell[tabindex="0"]').count() == 1


async def test_a_cosmos_that_does_not_tell(page: Page, portal: "Portal") -> None:
    portal.cosmos = "AccountEndpoint=https://example.documents.azure.com:443/;AccountKey=AAAA;"
    await portal.restart()
    await page.goto(portal.url + "heat")
    await expect(page.locator("#nothing-words")).to_contain_text("Normalized RU Consumption")
    await page.locator("#nothing").get_by_role("link", name="Data Explorer").click()
    await expect(page).to_have_title("Data Explorer · Serverless Camp")
