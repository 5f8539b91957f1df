import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from localcloud.storage import Azurite

if TYPE_CHECKING:
    from conftest import Portal


async def test_a_blob_is_uploaded_looked_at_and_deleted(page: Page, shared: "Portal", tmp_path: Path) -> None:
    name = f"c{uuid.uuid4().hex[:10]}"
    picture = Path(__file__).parents[4] / "docs" / "camp.png"
    note = tmp_path / "note.html"
    note.write_text("<script>document.title = 'broken'</script>")
    await page.goto(shared.url + "storage")
    await page.get_by_label("Name of a new container").fill(name)
    await page.get_by_label("Name of a new container").press("Enter")
    await expect(page.locator("#container")).to_have_text(name)
    await expect(page.get_by_text("No blob here.")).to_be_visible()
    await page.locator("#upload").set_input_files([str(picture), str(note)])
    await expect(page.locator("#blob-rows tr")).to_have_count(2)
    await page.get_by_role("button", name="Look at note.html").click()
    await expect(page.get_by_role("dialog").locator("pre")).to_contain_text("<script>document.title")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Look at camp.png").click()
    shown = page.get_by_role("dialog").get_by_role("img", name="camp.png")
    await expect(shown).to_have_js_property("complete", True)
    assert await shown.evaluate("(image) => image.naturalWidth") > 100
    await page.get_by_role("button", name="Close").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download note.html").click()
    assert (await download.value).suggested_filename == "note.html"
    await page.get_by_role("button", name="Delete note.html").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator("#blob-rows tr")).to_have_count(1)


async def test_entities_are_added_filtered_changed_and_deleted(page: Page, shared: "Portal") -> None:
    name = f"T{uuid.uuid4().hex[:10]}"
    await shared.post("api/storage/tables", {"table": name})
    for number in range(3):
        entity = {"PartitionKey": "general", "RowKey": f"r{number}", "count": number, "large": 2**40}
        await shared.post("api/storage/entities/add", {"table": name, "entity": entity})
    await page.goto(f"{shared.url}storage?table={name}")
    rows = page.locator("#entity-rows tr")
    await expect(rows).to_have_count(3)
    await expect(rows.first).to_contain_text("1099511627776Int64")
    await page.get_by_label("Filter (OData)").fill("count gt 1")
    await page.get_by_role("button", name="Filter").click()
    await expect(rows).to_have_count(1)
    await page.get_by_label("Filter (OData)").fill("count bigger 1")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator("#alert")).to_contain_text("InvalidInput")
    await page.get_by_label("Filter (OData)").fill("")
    await page.get_by_role("button", name="Filter").click()
    await expect(rows).to_have_count(3)
    await expect(page.locator("#alert")).to_be_empty()
    await page.get_by_role("button", name="Edit general/r1").click()
    text = page.get_by_role("dialog").get_by_role("textbox")
    await text.fill("{")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("That is not JSON")
    await text.fill(json.dumps({"PartitionKey": "general", "RowKey": "r1", "text": "changed"}))
    await page.get_by_role("button", name="Save").click()
    await expect(rows.nth(1)).to_contain_text("changed")
    await page.get_by_role("button", name="Add entity").click()
    await text.fill(json.dumps({"PartitionKey": "general", "RowKey": "r9"}))
    await page.get_by_role("button", name="Save").click()
    await expect(rows).to_have_count(4)
    await page.get_by_role("button", name="Delete general/r9").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(rows).to_have_count(3)


@pytest.fixture
def own_azurite() -> Iterator[Azurite]:
    """One for a single test, which may stop it; it comes back on its ports."""
    with Azurite(memory=True) as azurite:
        yield azurite


async def test_the_page_goes_on_when_storage_is_back(page: Page, portal: "Portal", own_azurite: Azurite) -> None:
    portal.storage = own_azurite.connection_string()
    await portal.restart()
    await page.goto(portal.url + "storage")
    await expect(page.locator("#link")).to_have_text("Live")
    own_azurite.stop()
    await expect(page.locator("#trouble")).to_contain_text("Storage (Azurite) does not answer")
    own_azurite.start()
    await expect(page.locator("#trouble")).to_be_empty()
