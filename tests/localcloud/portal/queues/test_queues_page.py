import uuid
from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from conftest import Portal, RunBot
    from playwright.async_api import Locator

SLOW = """
import time
import azure.functions as func

app = func.FunctionApp()


@app.queue_trigger(arg_name="msg", queue_name="{queue}", connection="AzureWebJobsStorage")
def cook(msg: func.QueueMessage) -> None:
    time.sleep(30)
"""


@pytest_asyncio.fixture(loop_scope="session")
async def queue(shared: "Portal") -> str:
    name = f"q{uuid.uuid4().hex[:10]}"
    await shared.post("api/queues/create", {"queue": name})
    return name


def messages(page: Page, place: str = "#messages") -> "Locator":
    return page.locator(f"{place} .message")


async def test_a_message_is_added_delivered_twice_and_deleted(page: Page, shared: "Portal", queue: str) -> None:
    await page.goto(f"{shared.url}queues?queue={queue}")
    await expect(page.locator("#queue-name")).to_have_text(queue)
    await page.get_by_label("Text of a new message").fill("<b>soup</b>")
    await page.get_by_role("button", name="Add message").press("Enter")
    await expect(messages(page)).to_have_count(1)
    await expect(messages(page).first).to_contain_text("<b>soup</b>")
    await expect(messages(page).first).to_contain_text("dequeued 0 ×")
    await expect(page.locator("#counts")).to_have_text("1 visible shown, 0 hidden (being worked on or delayed)")
    await page.get_by_role("button", name="Deliver twice: <b>soup").click()
    await expect(messages(page)).to_have_count(2)
    await page.get_by_role("button", name="Delete: <b>soup").nth(1).click()
    await expect(page.get_by_role("dialog")).to_contain_text("their dequeue counts grow by one")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(messages(page)).to_have_count(1)
    await expect(messages(page).first).to_contain_text("dequeued 1 ×")


async def test_poison_is_moved_back_and_a_queue_is_cleared(page: Page, shared: "Portal", queue: str) -> None:
    await shared.post("api/queues/create", {"queue": f"{queue}-poison"})
    for text in ("first", "second"):
        await shared.post("api/queues/add", {"queue": f"{queue}-poison", "text": text})
    await page.goto(f"{shared.url}queues?queue={queue}")
    await expect(page.get_by_role("button", name=f"{queue} ")).to_contain_text("2 poison")
    await page.get_by_role("button", name="Move back: second").click()
    await expect(messages(page)).to_contain_text(["second"])
    await expect(messages(page, "#poison-messages")).to_contain_text(["first"])
    await page.get_by_role("button", name="Move all back").click()
    await expect(messages(page)).to_have_count(2)
    await expect(page.locator("#poison-counts")).to_contain_text("Empty.")
    await page.locator("#clear").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(messages(page)).to_have_count(2)
    await page.locator("#clear").click()
    await page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    await expect(page.get_by_text("No message can be seen here now.")).to_be_visible()


async def test_hidden_messages_are_told_apart(page: Page, portal: "Portal", run_bot: "RunBot", queue: str) -> None:
    await run_bot(SLOW.format(queue=queue))
    await portal.post("api/queues/add", {"queue": queue, "text": "stew"})
    await portal.post("api/queues/add", {"queue": queue, "text": "later", "delay": 100})
    await page.goto(f"{portal.url}queues?queue={queue}")
    await expect(messages(page)).to_contain_text(["stew"])
    await expect(messages(page)).to_contain_text(["hidden: cook works on it"])
    await expect(page.locator("#counts")).to_contain_text("0 visible shown, 2 hidden")
    await expect(page.locator("#unknown")).to_contain_text("1 hidden, of which the service shows neither text")


async def test_a_queue_is_created_and_a_wrong_name_explained(page: Page, shared: "Portal") -> None:
    await page.goto(f"{shared.url}queues")
    field = page.get_by_label("Name of a new queue")
    await field.fill("No Queue")
    await field.press("Enter")
    await expect(page.locator("#alert")).to_contain_text("lower-case letters")
    name = f"q{uuid.uuid4().hex[:10]}"
    await field.fill(name)
    await field.press("Enter")
    await expect(page.locator("#queue-name")).to_have_text(name)


async def test_a_dead_letter_is_replayed_by_its_button(page: Page, shared: "Portal", queue: str) -> None:
    await shared.post("api/queues/create", {"queue": f"{queue}-poison"})
    await shared.post("api/queues/add", {"queue": f"{queue}-poison", "text": f"soup of {queue}"})
    await page.goto(f"{shared.url}queues?queue={queue}")
    place = page.get_by_role("region", name="Azure Storage: poison queues")
    await place.get_by_role("button", name=f"Replay: soup of {queue}").click()
    await expect(place.get_by_text(f"soup of {queue}")).to_have_count(0)
    await expect(messages(page)).to_contain_text([f"soup of {queue}"])
