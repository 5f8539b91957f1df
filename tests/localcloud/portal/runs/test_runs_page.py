"""The runs page, with a GitHub of its own whose workflows the real act runs."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from localcloud import extras
from localcloud.github.forge import Forge
from localcloud.github.models import Environment
from localcloud.github.repository import Repository
from localcloud.github.runs import Outside, Runs
from localcloud.journal import Journal
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.runs import PAGE
from localcloud.serving import Server

WORKFLOW = """
name: Ship it
on: [push, workflow_dispatch]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - name: Greet
        run: |
          echo "::group::Words"
          echo "hello <b>you</b>"
          echo "::endgroup::"
          echo "::warning file=greeting.txt,line=1::be careful"
          echo "# All is well" >> "$GITHUB_STEP_SUMMARY"
  lint: {runs-on: ubuntu-latest, steps: [{run: echo linted}]}
  deploy:
    needs: [test, lint]
    environment: production
    runs-on: ubuntu-latest
    steps: [{run: "echo deploying; exit 3"}]
"""


class PlainRunner:
    readable: tuple[Path, ...] = ()

    def environment(self, folder: Path) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "LANG": "C.UTF-8"}

    def known_action(self, _uses: str) -> Path | None:
        return None


@dataclass
class Shown:
    url: str
    runs: Runs
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
    for name in ("act", "actionlint"):
        extras.ensure(name, print)
    forge = Forge(tmp_path / "forge", Journal(), random.Random(1))
    runs = Runs(forge, PlainRunner(), Outside(), Journal(), confined=True)  # type: ignore[arg-type]
    await forge.start()
    repository = forge.create("3-ship-it")
    repository.environments["production"] = Environment("production", approval=True)
    settings = {
        "CAMP_GITHUB_URL": forge.url,
        "CAMP_GITHUB_REPOSITORY": "camp/3-ship-it",
        "CAMP_GITHUB_TOKEN": forge.token,
    }
    portal = Server(application(Connections(settings, tmp_path, ["github"]), pages=[PAGE]))
    await portal.start()
    async with aiohttp.ClientSession() as http:
        yield Shown(portal.url + "/", runs, repository, http)
    await portal.stop()
    await runs.stop()
    await forge.stop()


async def test_a_run_is_watched_approved_and_started_again(shown: Shown, browser: Browser) -> None:
    page: Page = await browser.new_page()
    try:
        await page.goto(shown.url + "runs")
        await expect(page.locator("#nothing")).to_be_visible()
        await shown.repository.commit("main", {".github/workflows/deploy.yml": WORKFLOW.encode()}, "Ship <it>")
        await expect(page.locator("#runs li")).to_contain_text("Ship <it>")
        await expect(page.locator(".approval")).to_contain_text("deploy waits", timeout=30_000)
        await expect(page.locator(".graph .column")).to_have_count(2)
        await expect(page.locator(".graph path")).to_have_count(2)
        await page.locator(".graph .job.success", has_text="test").click()
        await page.locator(".step summary", has_text="Greet").click()
        await expect(page.locator(".log")).to_contain_text("hello <b>you</b>")
        await expect(page.locator("#annotations")).to_contain_text("be careful")
        await expect(page.locator("#summary")).to_contain_text("# All is well")
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("#verdict")).to_contain_text("failed", timeout=30_000)
        await page.locator(".graph button", has_text="deploy").click()
        await expect(page.locator(".line.error")).to_contain_text("exit code 3")
        await page.get_by_role("button", name="Run again").click()
        await expect(page.locator("#run-title")).to_contain_text("attempt 2", timeout=30_000)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.locator("#verdict")).to_contain_text("cancelled", timeout=30_000)
        await page.locator("#by-hand summary").click()
        await page.get_by_role("button", name="Start Ship it").click()
        await expect(page.locator("#about")).to_contain_text("workflow_dispatch on main", timeout=30_000)
    finally:
        await page.close()


LEAVES_FILES = """
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps: [{run: 'mkdir "$CAMP_ARTIFACTS/the ü package" && echo hello > "$CAMP_ARTIFACTS/the ü package/a.txt"'}]
"""


async def test_artifacts_are_listed_and_downloaded(shown: Shown, browser: Browser, tmp_path: Path) -> None:
    await shown.repository.commit("main", {".github/workflows/a.yml": LEAVES_FILES.encode()}, "Build")
    await shown.runs.idle(60)
    page = await browser.new_page()
    try:
        await page.goto(shown.url + "runs?run=1")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="the ü package").click()
        await (await download.value).save_as(tmp_path / "a.zip")
    finally:
        await page.close()
    assert (await download.value).suggested_filename == "the ü package.zip"
    with ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("a.txt") == b"hello\n"
    assert (await shown.get("api/runs/artifact?number=1&name=none"))[0] == 404
    assert (await shown.get("api/runs/artifact?number=1"))[0] == 400
    assert (await shown.get("api/runs/artifact?number=1&name=../../history"))[0] == 404


async def test_the_api_refuses_what_cannot_be(shown: Shown) -> None:
    assert (await shown.get("api/runs?number=7"))[1] == {"runs": [], "warning": "", "run": None}
    assert (await shown.post("api/runs/act", {"number": 7, "act": "rerun"}))[0] == 404
    assert (await shown.post("api/runs/act", {"number": 7, "act": "delete"}))[0] == 400
    status, answer = await shown.post("api/runs/start", {"workflow": "none.yml"})
    assert status == 422, answer
    await shown.repository.commit("main", {".github/workflows/a.yml": b"on: push\njobs: []"}, "Broken")
    _status, found = await shown.get("api/runs/workflows")
    assert "jobs must be a mapping" in found["workflows"][0]["problem"]
    _status, state = await shown.get("api/runs?number=1&job=0")
    assert state["run"]["refused"].startswith(".github/workflows/a.yml:2")
    assert (await shown.post("api/runs/act", {"number": 1, "act": "approve", "job": 0}))[0] == 400


async def test_others_see_nothing(shown: Shown) -> None:
    url = shown.runs._forge.url + "/-/camp/3-ship-it/runs"
    async with shown.http.get(url) as answer:
        assert answer.status == 401
    token = shown.runs._forge.read_token(shown.repository)
    async with shown.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 401
