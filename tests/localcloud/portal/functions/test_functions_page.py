from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from conftest import Portal, RunBot

MENTION = {"person": "aiko", "channel": "general", "text": "@camp <i>hello</i>"}


async def test_an_invocation_shows_up_live_with_its_log(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    host = await run_bot()
    await page.goto(portal.url + "functions")
    await expect(page.locator("#state")).to_have_text("Running")
    await expect(page.locator("#functions")).to_contain_text(f"{host.url}/api/slack/events")
    await expect(page.locator("#invocations-empty")).to_be_visible()
    await portal.post("api/say", MENTION)
    mentioned = page.locator(".invocation").filter(has_text="mentioned with")
    await expect(mentioned.locator(".result")).to_have_text("succeeded")
    await expect(mentioned.locator(".worker")).to_contain_text(str(host.worker_pids[0]))
    await mentioned.locator("summary").press("Enter")
    await expect(mentioned.locator(".line", has_text="mentioned with")).to_be_visible()
    await expect(mentioned.locator(".line", has_text="&lt;i&gt;hello")).to_be_visible()


async def test_the_chat_leads_to_the_invocations_of_one_message(
    page: Page, portal: "Portal", run_bot: "RunBot"
) -> None:
    await run_bot()
    await page.goto(portal.url)
    await portal.post("api/say", {**MENTION, "text": "not this one"})
    await portal.post("api/say", MENTION)
    first = page.locator("#messages article", has_text="not this one")
    await first.hover()
    await first.get_by_role("link", name="Invocation").click()
    await expect(page.locator("#filter")).to_be_visible()
    await expect(page.locator(".invocation")).to_have_count(1)
    await page.get_by_role("link", name="Show all").click()
    await expect(page.locator(".invocation").nth(2)).to_be_visible()


async def test_the_page_recovers_when_the_host_comes(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await page.goto(portal.url + "functions")
    await expect(page.locator("#trouble")).to_contain_text("does not answer")
    await expect(page.get_by_role("button", name="Crash")).to_be_disabled()
    host = await run_bot()
    await expect(page.locator("#state")).to_have_text("Running")
    await expect(page.locator("#trouble")).to_be_empty()
    await host.stop()
    await expect(page.locator("#state")).to_have_text("The host is down")


async def test_recycle_and_crash_bring_another_worker(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    await page.goto(portal.url + "functions")
    workers = page.locator("#workers")
    for button, said in (("Recycle", "recycled"), ("Crash", "killed")):
        await expect(workers).to_contain_text("Workers: ")
        before = await workers.inner_text()
        await page.get_by_role("button", name=button).click()
        await expect(page.locator("#said")).to_contain_text(said)
        await portal.post("api/say", MENTION)
        await expect(workers).not_to_have_text(before)
        await expect(workers).to_contain_text("Workers: ")


async def test_an_app_that_does_not_load_says_why(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot("import azure.functions as func\nx = (\n")
    await page.goto(portal.url + "functions")
    await expect(page.locator("#state")).to_have_text("Your app has errors")
    await expect(page.locator("#trouble pre")).to_contain_text("function_app.py, line 2")
    await expect(page.get_by_text("No functions yet")).to_be_hidden()
