import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from playwright.async_api import Locator, Page, expect

from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.serving import Server

if TYPE_CHECKING:
    from conftest import Portal, RunBot


def messages(page: Page) -> Locator:
    return page.locator("#messages article")


async def opened(page: Page, portal: "Portal") -> Locator:
    """The chat page, live; its text field."""
    await page.goto(portal.url)
    await expect(page.locator("#link")).to_have_text("Live")
    return page.get_by_label("Message", exact=True)


async def test_an_empty_channel_says_what_to_do_first(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await expect(page.get_by_role("heading", name="Say hello to your bot")).to_be_visible()
    await page.get_by_role("button", name="@camp hello").click()
    await expect(text).to_have_value("@camp hello")
    await expect(text).to_be_focused()


async def test_a_mention_is_answered_live_with_its_attempts(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    text = await opened(page, portal)
    await page.locator("#people label", has_text="mei").click()
    await page.get_by_role("button", name="Mention @camp").click()
    await text.press_sequentially("are you there?")
    await page.get_by_role("button", name="Send").click()
    await expect(messages(page)).to_have_count(2)
    await expect(messages(page).nth(0)).to_contain_text("@camp are you there?")
    await expect(messages(page).nth(1).locator(".text")).to_have_text("Hello, @mei!")
    attempt = messages(page).nth(0).get_by_role("listitem").filter(has_text="app_mention")
    await expect(attempt).to_contain_text(re.compile(r"200\d+ ms"))
    await expect(attempt.get_by_role("img", name="acknowledged")).to_be_visible()
    await expect(text).to_have_value("")
    await messages(page).nth(0).hover()
    await messages(page).nth(0).get_by_role("button", name="Deliver again").click()
    await expect(messages(page)).to_have_count(3)


async def test_a_failure_is_told_in_plain_words(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await text.fill("@camp hello")
    await text.press("Enter")
    attempts = messages(page).nth(0).get_by_role("list", name="Deliveries to camp")
    await expect(attempts).to_contain_text("Nothing listens at 127.0.0.1:")
    await expect(attempts).to_contain_text("retry 1 · connection_failed")
    await expect(attempts.get_by_role("img", name="failed").first).to_be_visible()


async def test_everything_by_keyboard(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    text = await opened(page, portal)
    await expect(text).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("@camp second")
    await page.keyboard.press("Enter")
    await expect(messages(page)).to_have_count(2)
    await expect(messages(page).nth(0)).to_contain_text("first line\n@camp second", use_inner_text=True)
    await page.keyboard.press("ArrowUp")
    await expect(text).to_have_value("first line\n@camp second")
    await page.keyboard.type("!")
    await page.keyboard.press("Enter")
    await expect(messages(page).nth(0)).to_contain_text("edited")
    await messages(page).nth(0).get_by_role("button", name="Reply").focus()
    await page.keyboard.press("Enter")
    await expect(text).to_be_focused()
    await page.keyboard.type("in the thread")
    await page.keyboard.press("Enter")
    await expect(page.locator(".thread article")).to_have_count(1)
    await page.get_by_role("button", name="ops").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#ops")
    await expect(page.get_by_role("button", name="ops")).to_be_focused()
    await page.get_by_role("radio", name="aiko").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="björn")).to_be_checked()
    await expect(text).to_have_attribute("placeholder", "Message #ops as björn")


async def test_the_skip_link_is_first(page: Page, portal: "Portal") -> None:
    await page.goto(portal.url + "functions")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


async def test_markup_is_shown_as_text(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script> <javascript:alert(1)|x>'
    await text.fill(evil)
    await text.press("Enter")
    await expect(messages(page).nth(0).locator(".text")).to_have_text(evil)
    await portal.post("api/slash", {"person": "aiko", "channel": "general", "command": "/report", "text": evil})
    await expect(messages(page).nth(1).locator(".text")).to_have_text(f"/report {evil}")
    assert await page.locator("#messages :is(script, img, a[href^=javascript])").count() == 0
    assert await page.title() == "Chat · Serverless Camp"


async def test_a_command_and_its_answer_are_for_one_person(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    text = await opened(page, portal)
    await text.fill("/report July")
    await text.press("Enter")
    await expect(messages(page)).to_have_count(2)
    await expect(messages(page).nth(1)).to_contain_text("report on July")
    await expect(messages(page).nth(1)).to_contain_text("Only you see this")
    await expect(messages(page).nth(0).get_by_role("list", name="Deliveries to camp")).to_contain_text("200")
    await text.fill("/count")
    await text.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("The function failed: 500")
    await page.locator("#people label", has_text="mei").click()
    await expect(messages(page)).to_have_count(0)


async def test_a_reaction_by_click(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await text.fill("good")
    await text.press("Enter")
    await messages(page).nth(0).get_by_text("React").click()
    await page.get_by_role("button", name="React with tada").click()
    await page.get_by_role("button", name="tada: aiko").click()
    await expect(page.locator(".reaction")).to_have_count(0)


async def test_a_draft_outlives_a_lost_cloud(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await text.fill("do not lose me")
    portal.process.terminate()
    await asyncio.to_thread(portal.process.wait, 10)
    await expect(page.locator("#link")).to_have_text("Connecting again …")
    await text.press("Enter")
    await expect(page.locator("#alert")).to_contain_text("camp up")
    await expect(text).to_have_value("do not lose me")


async def test_drafts_belong_to_their_channel(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await text.fill("for general")
    await page.get_by_role("button", name="random").click()
    await expect(text).to_have_value("")
    await page.get_by_role("button", name="general").click()
    await expect(text).to_have_value("for general")


async def test_under_a_prefix_everything_still_works(page: Page, portal: "Portal") -> None:
    """As behind jupyter-server-proxy: the browser's path begins with /camp/, ours does not."""

    async def stripped(route: object, request: object) -> None:
        await route.continue_(url=request.url.replace("/camp/", "/"))  # type: ignore[attr-defined]

    await page.route("**/camp/**", stripped)
    await page.goto(portal.url + "camp/")
    await expect(page.locator("#channels button")).to_have_count(3)
    text = page.get_by_label("Message", exact=True)
    await text.fill("through the proxy")
    await text.press("Enter")
    await expect(messages(page)).to_have_count(1)
    await page.get_by_role("link", name="Functions", exact=True).click()
    await expect(page).to_have_url(portal.url + "camp/functions")
    await page.get_by_role("link", name="Chat").click()
    await expect(page).to_have_url(portal.url + "camp/")


async def test_the_page_goes_on_after_a_restart(page: Page, portal: "Portal") -> None:
    text = await opened(page, portal)
    await page.get_by_role("button", name="ops").click()
    await text.fill("before")
    await text.press("Enter")
    await expect(messages(page)).to_have_count(1)
    people = (await portal.state())["people"]
    await text.fill("a draft")
    await portal.restart()
    assert (await portal.state())["people"] == people
    await expect(page.locator("#link")).to_have_text("Live")
    await expect(messages(page)).to_have_count(1)
    await expect(page.get_by_role("heading", level=1)).to_have_text("#ops")
    await expect(text).to_have_value("a draft")
    await text.press("Enter")
    await expect(messages(page)).to_have_count(2)


PANELS = ((598, 422), (641, 373), (678, 548))  # the chat beside the notebook at 1280x720, 1366x650 and 1440x900
IN_SIGHT = """() => {
  const log = document.getElementById("log").getBoundingClientRect();
  return [...document.querySelectorAll("#messages .card")].map((card) => card.getBoundingClientRect())
    .filter((card) => card.top >= log.top && card.bottom <= log.bottom).length;
}"""


async def test_beside_a_notebook_eight_messages_are_in_sight(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    for number in range(6):
        await portal.post("api/say", {"person": "mei", "channel": "general", "text": f"@camp question {number}"})
    for width, height in PANELS:
        await page.set_viewport_size({"width": width, "height": height})
        await opened(page, portal)
        await expect(messages(page)).to_have_count(12)
        await expect(page.locator("button.fold", has_text="200 ×2")).to_have_count(6)
        assert await page.evaluate(IN_SIGHT) >= 8, (width, height)
        heads = await page.locator(".top :is(#pages-button, #channel-menu, #person-menu, #link)").all()
        tops = [box["y"] + box["height"] / 2 for one in heads if (box := await one.bounding_box())]
        assert len(tops) == 4 and max(tops) - min(tops) < 4
        await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()


async def test_beside_a_notebook_nothing_essential_is_dropped(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await page.set_viewport_size({"width": 641, "height": 373})
    text = await opened(page, portal)
    await page.get_by_label("Channel", exact=True).select_option("#random")
    await page.get_by_label("Speak as").select_option("mei")
    await expect(page.get_by_role("heading", level=1)).to_have_text("#random")
    await text.fill("@camp here")
    await text.press("Enter")
    await expect(messages(page).nth(1).locator(".text")).to_have_text("Hello, @mei!")
    attempts = messages(page).nth(0).get_by_role("list", name="Deliveries to camp")
    await expect(attempts).to_be_hidden()
    fold = messages(page).nth(0).get_by_role("button", name="Deliveries to camp: 2, the last one acknowledged")
    await fold.click()
    await expect(attempts).to_contain_text("app_mention")
    await expect(fold).to_have_attribute("aria-expanded", "true")
    await messages(page).nth(0).get_by_role("button", name="Deliver again").focus()
    await page.keyboard.press("Enter")
    await expect(messages(page)).to_have_count(3)
    await expect(attempts).to_be_visible()  # more deliveries do not fold it again
    await page.get_by_role("button", name="Chat").click()
    await page.get_by_role("link", name="Functions", exact=True).click()
    await expect(page).to_have_url(portal.url + "functions")


async def test_the_menu_of_pages_goes_away_again(page: Page, portal: "Portal") -> None:
    await page.set_viewport_size({"width": 641, "height": 373})
    await opened(page, portal)
    button, menu = page.get_by_role("button", name="Chat"), page.get_by_role("navigation", name="Pages")
    await expect(menu).to_be_hidden()
    beside = {"x": 600.0, "y": 10.0}  # the menu covers the middle
    for away in (lambda: page.keyboard.press("Escape"), lambda: page.locator("#log").click(position=beside)):
        await button.click()
        await expect(menu).to_be_visible()
        await away()
        await expect(menu).to_be_hidden()


async def test_a_message_leads_only_to_pages_that_the_lab_has(page: Page, tmp_path: Path) -> None:
    """As in labs whose app runs in slots: there is no page of functions, and no timeline."""
    portal = Server(application(Connections({}, tmp_path, ["slack"])))
    await portal.start()
    said = {"person": "aiko", "channel": "general", "text": "hello"}
    async with (
        aiohttp.ClientSession(headers={"X-Camp": "1"}) as http,
        http.post(f"{portal.url}/api/say", json=said) as answer,
    ):
        assert answer.status == 200
    await page.goto(portal.url)
    await messages(page).first.hover()
    await expect(messages(page).first.get_by_role("button", name="Deliver again")).to_be_visible()
    await expect(messages(page).first.get_by_role("link")).to_have_count(0)
    await portal.stop()
