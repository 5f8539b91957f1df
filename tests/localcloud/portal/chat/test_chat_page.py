import asyncio
import re
from typing import TYPE_CHECKING

from playwright.async_api import Locator, Page, expect

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
