"""The functions page: runs, switches, keys, settings and faults."""

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from conftest import Portal, RunBot

REPORT = """
import azure.functions as func

app = func.FunctionApp()


@app.route(route="report/{day}", methods=["GET"])
def report(req: func.HttpRequest) -> str:
    return "<i>report</i> of " + req.route_params["day"]


@app.timer_trigger(arg_name="timer", schedule="0 0 3 1 1 *")
def nightly(timer: func.TimerRequest) -> None:
    print("nightly was past due", timer.past_due)
"""


async def test_functions_run_now(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot(REPORT, enforce_keys=True)
    await page.goto(portal.url + "functions")
    await page.get_by_role("button", name="Run report").click()
    await expect(page.get_by_label("Path")).to_have_value("/api/report/{day}")
    await page.get_by_label("Path").fill("/api/report/monday")
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator(".answer")).to_contain_text("200 OK")
    await expect(page.locator(".answer pre")).to_have_text("<i>report</i> of monday")
    await page.get_by_role("button", name="Run nightly").click()
    await page.get_by_label("Input").fill('{"IsPastDue": true}')
    await page.get_by_role("button", name="Run now").click()
    line = page.locator(".invocation", has_text="nightly")
    await expect(line.locator(".result")).to_have_text("succeeded")


async def test_a_disabled_function_answers_404_until_it_is_enabled(
    page: Page, portal: "Portal", run_bot: "RunBot", tmp_path: Path
) -> None:
    host = await run_bot(REPORT, state_dir=tmp_path / "state")
    await page.goto(portal.url + "functions")

    async def status() -> int:
        async with portal.http.get(host.url + "/api/report/monday") as answer:
            return answer.status

    await page.get_by_role("button", name="Disable report").click()
    await expect(page.locator(".function", has_text="report").locator(".note")).to_have_text("disabled")
    assert await status() == 404
    await page.get_by_role("button", name="Enable report").click()
    await expect(page.get_by_role("button", name="Disable report")).to_be_visible()
    assert await status() == 200


async def test_secrets_are_masked_until_they_are_revealed(page: Page, portal: "Portal", run_bot: "RunBot") -> None:
    host = await run_bot(REPORT, enforce_keys=True)
    await page.goto(portal.url + "functions")
    await page.get_by_text("App settings").click()
    setting = page.locator(".secret", has_text="SLACK_BOT_TOKEN")
    await expect(setting).to_contain_text("••••")
    assert "xoxb-portal-test" not in await page.content()
    await page.get_by_role("button", name="Reveal SLACK_BOT_TOKEN").press("Enter")
    await expect(setting).to_contain_text("xoxb-portal-test")
    await page.get_by_role("button", name="Reveal SLACK_BOT_TOKEN").press("Enter")
    await expect(setting).to_contain_text("••••")
    await expect(page.locator(".secret", has_text="SLACK_API_URL")).to_contain_text(portal.slack_url)
    await page.get_by_role("button", name="Keys of report").click()
    await page.locator(".drawer").get_by_role("button", name="Reveal default").click()
    await expect(page.locator(".drawer .value")).to_have_text(host.app.keys.functions["report"]["default"])


async def test_a_fault_shows_its_time_and_ends_at_once(page: Page, portal: "Portal") -> None:
    await page.goto(portal.url + "functions")
    await page.get_by_label("Slack's Web API").select_option("ratelimited")
    await page.get_by_role("button", name="Let it fail").click()
    active = page.locator(".active-fault")
    await expect(active).to_contain_text("too many requests")
    await expect(active).to_contain_text("s left")
    async with portal.http.post(portal.slack_url + "api.test") as answer:
        assert answer.status == 429
    await page.get_by_role("button", name="End now").click()
    await expect(active).to_have_count(0)
    await page.get_by_role("button", name="Deliver twice").click()
    await expect(active).to_contain_text("1 left")
    await portal.post("api/say", {"person": "aiko", "channel": "general", "text": "hello"})
    await expect(active).to_have_count(0)
