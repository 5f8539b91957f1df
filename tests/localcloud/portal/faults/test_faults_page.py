"""The pages of faults and of the report engine, in a browser."""

from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from conftest import Cloud


async def test_a_fault_is_injected_and_ended_by_buttons(cloud: "Cloud", page: Page) -> None:
    await page.goto(f"{cloud.url}/faults")
    form = page.locator("form[data-fault=engine-down]")
    await form.get_by_label("for so many seconds").fill("60")
    await form.get_by_role("button").click()
    active = page.locator("#active li")
    await expect(active).to_contain_text("The report engine is down (503)")
    assert not cloud.engine.up
    late = page.locator("form[data-fault=queues-late]")
    await late.get_by_label("Queue").fill("reports")
    await late.get_by_role("button").click()
    await expect(active).to_have_count(2)
    [fault] = cloud.host.queues.faults.active()
    assert (fault.name, fault.target, fault.by) == ("late", "reports", 5.0)
    await active.filter(has_text="down").get_by_role("button").click()
    await expect(active).to_have_count(1)
    assert cloud.engine.up
    before = cloud.host.worker_pids
    await page.locator("form[data-fault=workers-crash]").get_by_role("button").click()
    await expect(page.locator("#said")).to_contain_text("Injected")
    assert cloud.host.worker_pids != before


async def test_the_engines_page_shows_calls_and_its_switch(cloud: "Cloud", page: Page) -> None:
    await page.goto(f"{cloud.url}/engine")
    await expect(page.locator("#empty")).to_be_visible()
    for topic in ("cats", "<b>dogs</b>"):
        async with cloud.http.post(f"{cloud.engine.url}/reports", json={"topic": topic}) as answer:
            assert answer.status == 200
    await expect(page.locator("#calls li")).to_have_count(2)
    await expect(page.locator("#calls strong").first).to_have_text("<b>dogs</b>")
    await expect(page.locator("#chart i")).to_have_count(2)
    await page.locator("#switch").click()
    await expect(page.locator("#state")).to_contain_text("down")
    assert not cloud.engine.up
    await page.locator("#switch").click()
    await expect(page.locator("#state")).to_have_text("The engine is up")
