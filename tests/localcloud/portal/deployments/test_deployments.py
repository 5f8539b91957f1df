"""The deployments page: what is deployed where and why it does not load, the swap, and the way back."""

import io
import json
import random
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from autograder import project
from localcloud.azure.admin import application as admin
from localcloud.azure.azure import Azure
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.serving import Server

TOKEN = "t0ken"
APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("WORD")
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


async def plain(_folder: Path) -> Launcher:
    return PLAIN


@pytest_asyncio.fixture(loop_scope="session")
async def azure(tmp_path: Path) -> AsyncIterator[Azure]:
    azure = Azure(
        tmp_path / "azure", Journal(), random.Random(1), project.apps_python(),
        settings=dict, launcher_for=plain, fast=True,
    )  # fmt: skip
    await azure.start()
    yield azure
    await azure.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def url(azure: Azure, tmp_path: Path) -> AsyncIterator[str]:
    """A portal that shows it."""
    controls = Server(admin(azure, TOKEN))
    await controls.start()
    settings = {"CAMP_AZURE_URL": controls.url, "CAMP_AZURE_TOKEN": TOKEN}
    portal = Server(application(Connections(settings, tmp_path, ["azure"])))
    await portal.start()
    yield portal.url
    await portal.stop()
    await controls.stop()


def package(word: str, code: str = APP) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", code.replace("WORD", word))
    return target.getvalue()


async def word(azure: Azure, slot: str) -> str:
    async with aiohttp.ClientSession() as http, http.get(azure.site.slot(slot).url + "/api/hello") as answer:
        return await answer.text()


async def deployed(azure: Azure) -> None:
    by_hand = {"deployer": "camp", "message": "app.zip"}
    assert (await azure.site.slot("production").deploy(package("one"), "camp deploy", **by_hand)).ok
    message = json.dumps({"sha": COMMIT})
    assert (await azure.site.slot("staging").deploy(package("two"), "publish profile of staging", message=message)).ok


async def test_it_shows_what_is_where_swaps_and_swaps_back(page: Page, url: str, azure: Azure) -> None:
    await deployed(azure)
    await page.goto(f"{url}/deployments")
    slots = page.locator(".slot")
    await expect(slots.nth(0)).to_contain_text("app.zip, by hand")
    await expect(slots.nth(1)).to_contain_text("commit 0123456789")
    await expect(slots.nth(1)).to_contain_text("answers")
    await page.get_by_role("button", name="Swap staging and production").click()
    await page.get_by_role("dialog").get_by_role("button", name="Swap staging and production").click()
    await expect(slots.nth(0)).to_contain_text("commit 0123456789")
    assert await word(azure, "production") == "two"
    history = page.locator("#history li")
    await expect(history.first).to_contain_text("staging and production swapped")
    await expect(history).to_have_count(3)
    await page.get_by_role("button", name="Swap back").click()
    await page.get_by_role("dialog").get_by_role("button", name="Swap staging and production").click()
    await expect(slots.nth(0)).to_contain_text("app.zip, by hand")
    assert await word(azure, "production") == "one"
    assert [swap.by for swap in azure.swaps] == ["portal", "portal"]


async def test_it_says_why_an_app_does_not_load_and_shows_the_log(page: Page, url: str, azure: Azure) -> None:
    await azure.site.slot("production").deploy(package("one", "import nothing_of_that_name\n"), "camp deploy")
    await page.goto(f"{url}/deployments")
    slot = page.locator(".slot").first
    await expect(slot.locator(".state")).to_have_text("does not load")
    await expect(slot.locator(".errors")).to_contain_text("nothing_of_that_name")
    await slot.locator("summary").click()
    await expect(slot.locator("details pre")).to_contain_text("Unpacked 2 files.")
    await expect(page.locator("#history .bad")).to_have_count(1)


async def test_it_says_what_is_under_way_when_a_swap_cannot_be(url: str, azure: Azure) -> None:
    azure.site.slot("staging").begin("somebody")
    swap = {"source": "staging", "target": "production"}
    async with aiohttp.ClientSession(headers={"X-Camp": "1"}) as http:
        async with http.post(f"{url}/api/deployments/swap", json=swap) as answer:
            assert (answer.status, "under way" in (await answer.json())["error"]) == (409, True)
        for wrong in ({"source": "staging"}, {"source": "x", "target": "production"}):
            async with http.post(f"{url}/api/deployments/swap", json=wrong) as answer:
                assert answer.status == 400
        for id in ("../state", "0" * 40):
            async with http.get(f"{url}/api/deployments/{id.replace('/', '%2F')}") as answer:
                assert answer.status == 404


async def test_without_the_token_nothing_is_shown(azure: Azure, tmp_path: Path) -> None:
    controls = Server(admin(azure, TOKEN))
    await controls.start()
    settings = {"CAMP_AZURE_URL": controls.url, "CAMP_AZURE_TOKEN": "wrong"}
    portal = Server(application(Connections(settings, tmp_path, ["azure"])))
    await portal.start()
    async with aiohttp.ClientSession() as http, http.get(f"{portal.url}/api/deployments") as answer:
        assert answer.status == 502
    await portal.stop()
    await controls.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_with_large_text(browser: Browser, url: str, azure: Azure, scheme: str) -> None:
    await deployed(azure)
    await azure.site.slot("staging").deploy(package("one", "import nothing_of_that_name\n"), "a" * 60)
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
    await page.goto(f"{url}/deployments")
    await page.evaluate("document.documentElement.style.fontSize = '32px'")
    await expect(page.locator(".slot .errors")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    await page.close()
