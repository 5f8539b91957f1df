import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Locator, Page, expect

from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.timeline import PAGE
from localcloud.serving import Server

if TYPE_CHECKING:
    from conftest import Portal, RunBot

HELLO = {"person": "aiko", "channel": "general", "text": "@camp <b>hello</b>"}


def bars(page: Page, kind: str, text: str = "") -> Locator:
    return page.locator(f"#sheet .bar.{kind}").filter(has_text=text)


async def test_slack_repeats_a_message_and_both_deliveries_are_seen(
    page: Page, portal: "Portal", run_bot: "RunBot"
) -> None:
    """From the chat: "Deliver again", then the timeline: two deliveries, two invocations, two posts."""
    await run_bot()
    await portal.post("api/say", HELLO)
    await page.goto(portal.url)
    message = page.locator("#messages article", has_text="<b>hello</b>")
    await expect(page.locator("#messages article")).to_have_count(2)
    await message.hover()
    await message.get_by_role("button", name="Deliver again").click()
    await expect(page.locator("#messages article")).to_have_count(3)
    await message.get_by_role("link", name="Timeline").click()
    await expect(bars(page, "delivery", "app_mention")).to_have_count(2)
    await expect(bars(page, "delivery", "app_mention · again → 200")).to_have_count(1)
    await expect(bars(page, "post", "*Hello*, @aiko!")).to_have_count(2)
    runs = await bars(page, "invocation", "events").count()
    assert runs == await bars(page, "delivery").count()
    await expect(page.locator("#sheet")).to_contain_text("app_mention (2). Posts of the app: 2.")
    await expect(page.locator("#traces [aria-current]")).to_contain_text("@camp <b>hello</b>")


async def test_a_failed_delivery_and_its_retry_are_seen_live(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot("""
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=200 if "X-Slack-Retry-Num" in req.headers else 500)
""")
    await page.goto(portal.url + "timeline")
    await expect(page.locator("#traces-empty")).to_be_visible()
    await portal.post("api/say", {**HELLO, "text": "hi"})
    await expect(bars(page, "delivery", "message → 500")).to_have_count(1)
    await expect(bars(page, "delivery", "message · retry 1 (http_error) → 200")).to_have_count(1)
    await expect(bars(page, "invocation")).to_have_count(2)
    await bars(page, "delivery", "message → 500").click()
    await expect(page.locator("#about")).to_contain_text("The function failed: 500")
    await expect(page.locator("#traces a")).to_contain_text("something failed")


async def test_bars_by_keyboard(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await portal.post("api/say", HELLO)
    await page.goto(portal.url + "timeline")
    await expect(bars(page, "post")).to_have_count(1)
    await bars(page, "said").focus()
    await expect(page.locator("#about")).to_contain_text("@camp <b>hello</b>")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#sheet .bar:focus")).to_have_attribute(
        "aria-label", re.compile(r"^(message|app_mention) → 200")
    )
    assert await page.locator("#sheet [tabindex='0']").count() == 1
    await page.get_by_text("The same as text").click()
    await expect(page.locator("#as-text")).to_contain_text("Posts of the app")


async def test_a_picture_is_saved(page: Page, portal: "Portal") -> None:
    await portal.post("api/say", HELLO)
    await page.goto(portal.url + "timeline")
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Save as SVG").click()
    assert re.fullmatch(r"timeline-[0-9a-f]{8}\.svg", (await saving.value).suggested_filename)


async def test_an_unknown_trace_is_told_in_words(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await page.goto(portal.url + f"timeline?trace={'0' * 32}")
    await expect(page.locator("#alert")).to_contain_text("Nothing is recorded of this trace")
    await expect(page.locator("#whole")).to_be_hidden()


async def test_the_functions_page_leads_to_the_timeline(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await portal.post("api/say", HELLO)
    await page.goto(portal.url + "functions")
    await page.locator(".invocation summary").first.click()
    await page.locator(".invocation").first.get_by_role("link", name="Timeline").click()
    await expect(bars(page, "said", "<b>hello</b>")).to_have_count(1)


async def test_a_lab_without_a_chat_has_its_calls_there_and_is_live(page: Page, tmp_path: Path) -> None:
    """Without the stream of the chat the page asks again and again, and does not say that something is lost."""
    portal = Server(application(Connections({}, tmp_path, ["functions"]), pages=[PAGE]))
    await portal.start()
    await page.goto(f"{portal.url}/timeline")
    await expect(page.get_by_role("heading", name="Calls, newest first")).to_be_visible()
    async with page.expect_response("**/api/timelines"):
        await expect(page.locator("#traces-empty")).to_contain_text("Call one of your functions")
    await expect(page.locator("#link")).to_have_text("Live")
    await portal.stop()
