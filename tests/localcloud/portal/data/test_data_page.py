import json
import re
import uuid
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from conftest import Cosmos, Portal
    from playwright.async_api import Locator


def tab(page: Page, name: str) -> "Locator":
    return page.get_by_role("tab", name=name)


async def container(portal: "Portal", **more: int) -> dict[str, str]:
    names = {"database": "camp", "container": f"c{uuid.uuid4().hex[:10]}"}
    assert (await portal.post("api/data/containers", {**names, "keys": ["/channel"], **more}))[0] == 201
    return names


async def add(portal: "Portal", place: dict[str, str], count: int) -> None:
    for number in range(count):
        text = json.dumps({"id": f"m{number}", "channel": "general", "n": number})
        assert (await portal.post("api/data/documents/add", {**place, "text": text}))[0] == 201


def address(portal: "Portal", place: dict[str, str], name: str = "documents") -> str:
    return f"{portal.url}data?database={place['database']}&container={place['container']}&tab={name}"


async def test_a_container_is_made_and_deleted(page: Page, shared: "Portal") -> None:
    name = f"c{uuid.uuid4().hex[:10]}"
    await page.goto(shared.url + "data")
    await page.get_by_role("button", name="New container").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Database").fill("camp")
    await dialog.get_by_label("Container", exact=True).fill(name)
    await dialog.get_by_label("Partition key").fill("channel")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("such as /channel")
    await dialog.get_by_label("Partition key").fill("/channel")
    await dialog.get_by_label("Physical partitions").fill("4")
    await dialog.get_by_label("Physical partitions").press("Enter")
    await expect(page.locator("#container")).to_have_text(f"camp / {name}")
    await expect(page.locator("#container-facts")).to_have_text("Partition key: /channel")
    await page.get_by_role("button", name="Delete container").click()
    await expect(page.get_by_role("dialog")).to_contain_text("All its documents are lost.")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("button", name=name)).to_have_count(0)


async def test_an_edit_that_comes_too_late_loses_nothing(page: Page, shared: "Portal") -> None:
    place = await container(shared)
    await add(shared, place, 1)
    await page.goto(address(shared, place))
    await page.get_by_role("button", name="Open m0").click()
    text = page.get_by_role("dialog").get_by_role("textbox").first
    await expect(text).to_have_value(re.compile("m0"))  # it has been read before they write
    _status, stored, _headers = await shared.get(
        f"api/data/document?database=camp&container={place['container']}&id=m0&key=%5B%22general%22%5D"
    )
    theirs = {**place, "id": "m0", "key": ["general"], "etag": json.loads(stored)["etag"]}
    written = json.dumps({"id": "m0", "channel": "general", "text": "theirs"})
    assert (await shared.post("api/data/documents/replace", {**theirs, "text": written}))[0] == 200
    mine = json.dumps({"id": "m0", "channel": "general", "text": "mine"})
    await text.fill(mine)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Nothing is lost")
    await page.get_by_role("button", name="Show what is stored now").click()
    await expect(page.get_by_role("textbox", name="Stored now")).to_have_value(re.compile("theirs"))
    await expect(text).to_have_value(mine)
    await page.get_by_role("button", name="Save mine over it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Open m0").click()
    await expect(text).to_have_value(re.compile("mine"))


async def test_documents_are_written_and_deleted(page: Page, shared: "Portal") -> None:
    place = await container(shared)
    await page.goto(address(shared, place))
    await expect(page.get_by_text("No document here.")).to_be_visible()
    await page.get_by_role("button", name="New document").click()
    text = page.get_by_role("dialog").get_by_role("textbox")
    await text.fill('{"id": "a",')
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("That is not JSON")
    await text.fill('{"id": "<b>", "channel": "general"}')
    await text.press("Control+Enter")
    rows = page.locator("#document-rows tr")
    await expect(rows).to_contain_text(["<b>"])
    await expect(page.locator("#documents-charge")).to_contain_text("1 shown,")
    await page.get_by_role("button", name="Open <b>").click()
    system = page.get_by_role("dialog").locator(".system")
    await expect(system).to_contain_text("_etag")
    await expect(system.locator("dt")).to_contain_text(["_rid", "_self", "_etag", "_attachments", "_ts"])
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Delete <b>").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("No document here.")).to_be_visible()


async def test_a_query_is_run_paged_and_explained(page: Page, shared: "Portal") -> None:
    place = await container(shared, partitions=2, manual=10_000)
    await add(shared, place, 103)
    await page.goto(address(shared, place, "query"))
    query = page.get_by_role("textbox", name="Query")
    await query.fill("SELECT *\nFORM c")
    await query.press("Control+Enter")
    problem = page.locator("#query-problem")
    await expect(problem).to_contain_text("Line 2, column 1")
    await expect(problem.locator("mark")).to_have_text("FORM")
    assert await query.evaluate("(one) => one.value.slice(one.selectionStart, one.selectionEnd)") == "FORM"
    await query.fill("SELECT VALUE c.n FROM c WHERE c.n >= @n ORDER BY c.n")
    await page.get_by_label("Parameters").fill('{"@n": 1}')
    await page.get_by_label("Parameters").press("Control+Enter")
    await expect(page.locator("#query-figures")).to_contain_text("100 rows so far")
    await expect(page.locator("#query-way")).to_contain_text("query plan")
    await expect(page.locator("#query-partitions tr")).to_have_count(2)
    await expect(page.locator("#query-metrics")).to_contain_text("Documents loaded")
    await page.locator("#query-next").click()
    await expect(page.locator("#query-figures")).to_contain_text("102 rows,")
    await expect(page.locator("#query-next")).to_be_hidden()
    await expect(page.locator("#query-rows")).to_contain_text("102\n]")


async def test_scale_and_requests(page: Page, shared: "Portal") -> None:
    place = await container(shared, manual=400)
    await page.goto(address(shared, place))
    await tab(page, "Documents").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(tab(page, "Scale")).to_be_focused()
    await expect(page.locator("#scale-now")).to_have_text("400 RU/s, manual, one physical partition")
    await page.get_by_label("Number of physical partitions").fill("4")
    await page.get_by_role("button", name="Lay out").click()
    await expect(page.locator("#scale-now")).to_have_text("400 RU/s, manual, over 4 physical partitions: 100 RU/s each")
    await page.get_by_label("Autoscale, at most").check()
    await page.get_by_label("Request units per second").fill("2000")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#scale-now")).to_contain_text("Autoscale up to 2,000 RU/s, over 4")
    await page.get_by_role("switch", name="Burst capacity").check()
    await expect(page.get_by_role("switch", name="Burst capacity")).to_be_checked()
    await page.get_by_role("switch", name="Burst capacity").uncheck()
    await add(shared, place, 1)
    await tab(page, "Requests").click()
    await expect(page.locator("#request-rows tr").first).to_contain_text("Create")
    await expect(page.locator("#request-rows tr").first).to_contain_text("general")


async def test_the_page_goes_on_when_cosmos_is_back(page: Page, portal: "Portal", own_cosmos: "Cosmos") -> None:
    portal.cosmos = own_cosmos.connection
    await portal.restart()
    await page.goto(portal.url + "data")
    await expect(page.get_by_role("heading", name="Data Explorer")).to_be_visible()
    own_cosmos.stop()
    await expect(page.locator("#trouble")).to_contain_text("Cosmos DB does not answer")
    own_cosmos.start()
    await expect(page.locator("#trouble")).to_be_empty()
