"""The repository's page, with a GitHub of its own."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from localcloud.github.forge import Forge
from localcloud.github.models import Status
from localcloud.github.repository import Repository
from localcloud.journal import Journal
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.repository import PAGE
from localcloud.serving import Server


@dataclass
class Shown:
    """A portal with this page alone, and the repository that it shows."""

    url: str
    forge: Forge
    repository: Repository
    http: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(self.url + path) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.http.post(self.url + path, json=body, headers={"X-Camp": "1"}) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture(loop_scope="session")
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    forge = Forge(tmp_path / "forge", Journal(), random.Random(1))
    await forge.start()
    repository = forge.create("3-ship-it")
    settings = {
        "CAMP_GITHUB_URL": forge.url,
        "CAMP_GITHUB_REPOSITORY": "camp/3-ship-it",
        "CAMP_GITHUB_TOKEN": forge.token,
    }
    server = Server(application(Connections(settings, tmp_path, ["github"]), pages=[PAGE]))
    await server.start()
    async with aiohttp.ClientSession() as http:
        yield Shown(server.url + "/", forge, repository, http)
    await server.stop()
    await forge.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def full(shown: Shown) -> Shown:
    """With files, a pull request and checks."""
    repository = shown.repository
    main = await repository.commit(
        "main",
        {"greeting.txt": b"hello\n", "tests/test_ü.py": b"def test():\n    pass\n", "logo.png": b"\0\1"},
        "First",
    )
    side = await repository.commit("another-greeting", {"greeting.txt": b"ahoy\n"}, "Greet as sailors do\n\nWhy not")
    await repository.open_pull("another-greeting", "main", "Another greeting")
    repository.set_status(main, Status("test", "success", "in 3 s"))
    repository.set_status(side, Status("test", "failure", "1 failed", shown.forge.url))
    return shown


async def test_the_api_shows_and_changes(full: Shown) -> None:
    _status, overview = await full.get("api/repository")
    assert overview["name"] == "camp/3-ship-it" and overview["open"] == 1 and len(overview["branches"]) == 2
    _status, folder = await full.get("api/repository/files?branch=main")
    assert [one["name"] for one in folder["entries"]] == ["tests", "greeting.txt", "logo.png"]
    assert (await full.get("api/repository/files?branch=main&path=logo.png"))[1]["file"]["text"] is None
    file = (await full.get("api/repository/files?branch=main&path=greeting.txt"))[1]["file"]
    assert file["text"] == "hello\n"
    body = {"path": "greeting.txt", "text": "é\n", "branch": "main", "message": "x", "sha": file["sha"]}
    assert (await full.post("api/repository/write", body))[0] == 200
    status, refused = await full.post("api/repository/write", body)
    assert status == 409 and "does not match" in refused["error"]
    pull = (await full.get("api/repository/pull?number=1"))[1]
    assert pull["mergeable"] is False and pull["conflicts"] == ["greeting.txt"]
    assert (await full.post("api/repository/pull", {"number": 1, "act": "merge"}))[0] == 409
    assert (await full.post("api/repository/pull", {"number": 1, "act": "close"}))[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("api/repository/files?branch=none", None, 404),
        ("api/repository/files?branch=main&path=../x", None, 404),
        ("api/repository/commit?sha=", None, 404),
        ("api/repository/commit?sha=%00", None, 404),
        ("api/repository/commit?sha=../../user", None, 404),
        ("api/repository/commits?branch=none&page=x", None, 404),
        ("api/repository/pull?number=../../x", None, 404),
        ("api/repository/pull?number=7", None, 404),
        ("api/repository/write", {"path": "", "text": "", "branch": "main", "message": "x"}, 400),
        ("api/repository/write", {"path": ".git/x", "text": "", "branch": "main", "message": "x"}, 422),
        ("api/repository/write", {"path": "x", "text": "\ud800", "branch": "main", "message": "x"}, 400),
        ("api/repository/write", {"path": "x", "text": "", "branch": "a..b", "start": "main", "message": "x"}, 422),
        ("api/repository/pulls", {"head": "main", "base": "main", "title": ""}, 422),
        ("api/repository/pull", {"number": True, "act": "merge"}, 400),
        ("api/repository/pull", {"number": 1, "act": "explode"}, 400),
    ],
)
async def test_what_is_wrong_is_said(full: Shown, path: str, body: Any, status: int) -> None:
    found, answer = await (full.get(path) if body is None else full.post(path, body))
    assert found == status and answer["error"]


async def test_a_github_that_is_away_is_said(full: Shown) -> None:
    await full.forge.stop()
    status, answer = await full.get("api/repository")
    assert status == 502 and "does not answer" in answer["error"]


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    found = await browser.new_page()
    yield found
    await found.close()


async def test_nothing_pushed_yet_says_how(shown: Shown, page: Page) -> None:
    await page.goto(shown.url + "repository")
    await expect(page.get_by_text("git push origin main")).to_be_visible()


async def test_a_greeting_is_committed_in_the_browser(full: Shown, page: Page) -> None:
    await page.goto(full.url + "repository")
    await page.get_by_role("link", name="greeting.txt").click()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Text of the file").fill("grüezi\n")
    await page.get_by_label("Message").fill("Greet as the Swiss do")
    await page.get_by_role("button", name="Commit").click()
    await expect(page.locator(".file-text")).to_have_text("grüezi\n")
    assert await full.repository.read("main", "greeting.txt") == "grüezi\n".encode()
    await page.get_by_role("tab", name="Commits").click()
    await page.get_by_role("link", name="Greet as the Swiss do").click()
    await expect(page.locator(".patch .added")).to_have_text("+grüezi\n")


async def test_what_is_being_written_stays_when_others_push(full: Shown, page: Page) -> None:
    await page.goto(full.url + "repository?path=greeting.txt&edit=file")
    await page.get_by_label("Text of the file").fill("mine")
    await full.repository.commit("main", {"greeting.txt": b"theirs"}, "Theirs")
    await asyncio.sleep(2.5)
    await expect(page.get_by_label("Text of the file")).to_have_value("mine")
    await page.get_by_role("button", name="Commit").click()
    await expect(page.locator("#alert")).to_contain_text("does not match")
    await expect(page.get_by_label("Text of the file")).to_have_value("mine")


async def test_a_new_branch_becomes_a_pull_request_and_is_merged(full: Shown, page: Page) -> None:
    await page.goto(full.url + "repository?edit=new")
    await page.get_by_label("Path").fill("docs/ü.md")
    await page.get_by_label("Text of the file").fill("x")
    await page.locator("#edit-branch").fill("side/docs")
    await page.get_by_role("button", name="Commit").click()
    await expect(page.locator("#branch")).to_have_value("side/docs")
    await page.get_by_role("tab", name="Pull requests").click()
    await page.get_by_role("button", name="Open a pull request").click()
    await page.get_by_label("Title").fill("Add docs")
    await page.get_by_role("dialog").get_by_role("button", name="Open a pull request").click()
    await expect(page.get_by_role("heading", name="#2 Add docs")).to_be_visible()
    await page.get_by_role("button", name="Merge").click()
    await page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    await expect(page.locator(".state.merged")).to_be_visible()
    assert full.repository.pulls[2].merged


async def test_a_pull_request_shows_its_checks(full: Shown, page: Page) -> None:
    await page.goto(full.url + "repository?tab=pulls&pull=1")
    await expect(page.get_by_role("link", name="test: failed")).to_be_visible()
    await expect(page.get_by_text("1 failed")).to_be_visible()
    await expect(page.get_by_text("It can be merged.")).to_be_visible()
    await expect(page.locator(".patch .removed")).to_have_text("-hello\n")
    await expect(page.locator(".patch .added")).to_have_text("+ahoy\n")
    await full.repository.commit("main", {"greeting.txt": b"other\n"}, "Conflict")
    await expect(page.get_by_role("button", name="Merge")).to_be_disabled()


@pytest.mark.parametrize(
    "place", ["", "?tab=commits", "?tab=pulls", "?tab=pulls&pull=1", "?path=greeting.txt&edit=file"]
)
async def test_nothing_scrolls_sideways_on_a_phone(full: Shown, browser: Browser, place: str) -> None:
    await full.repository.commit("main", {"a-long-name-" * 9: b"long " * 99}, "A long title " * 9)
    page = await browser.new_page(viewport={"width": 320, "height": 600})
    await page.goto(f"{full.url}repository{place}")
    await expect(page.locator("[role=tabpanel]:visible > *").first).to_be_visible()
    widths = (
        "[document.documentElement, document.querySelector('main')].map((one) => one.scrollWidth - one.clientWidth)"
    )
    assert max(await page.evaluate(widths)) <= 0
    await page.close()
