"""An instructor in a real browser: formgrader shows each check's points and the answer; a grade stays."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from autograder.grading import batch
from autograder.grading.course import Course

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 60_000


@pytest.fixture
def zips(tmp_path: Path, handins: Any) -> Path:
    folder = tmp_path / "handed in"
    folder.mkdir()
    files = {**handins.mutant("no-challenge"), **handins.notebook(handins.answered())}
    (folder / "alice.zip").write_bytes(handins.zip(files))
    for student in ("bob", "carol"):
        (folder / f"{student}.zip").write_bytes(b"no zip, so no answer")
    return folder


@pytest.fixture
def formgrader(course: Course, zips: Path, handins: Any) -> Iterator[str]:
    """The address that `camp course open` prints, for a course with one answer."""
    batch.grade_all(course, handins.lab, zips, batch.Plan(11), lambda student, graded: None)
    command = [sys.executable, "-m", "autograder.cli", "course", "open", "--no-browser", "--course", str(course.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "CAMP_LANG": "en"}) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().split()[-1]
        finally:
            server.send_signal(signal.SIGTERM)  # SIGINT is ignored in what a shell runs in the background
            assert server.stdout.read() == "Formgrader has ended.\n"
            assert server.wait(30) == 0


async def open_answer(page: Page, url: str) -> None:
    """By what an instructor clicks: the submission that needs a grade, from the list that is open already."""
    await page.goto(url)
    waiting = page.locator("tr:has(td.needs-manual-grade span)")
    await expect(waiting).to_have_count(1)
    await waiting.get_by_role("link").click()
    await expect(page.locator("#reflection")).to_be_visible(timeout=PATIENCE)


async def arrows_pass_over_who_wrote_nothing(page: Page) -> None:
    """From the only answer, either arrow leads back to the list, which has everybody."""
    here = page.url
    for arrow in ("prev", "next"):
        await page.goto(f"{here}{arrow}")
        await expect(page.get_by_role("link", name=re.compile("Submission #"))).to_have_count(3)
        assert page.url.endswith("/formgrader/gradebook/1-slack-bot/1-slack-bot")


async def all_labs_are_listed_without_a_warning(page: Page) -> None:
    await page.get_by_role("link", name="Manage Assignments").click()
    await expect(page.get_by_role("link", name="1-slack-bot").first).to_be_visible()
    assert await page.locator("#warning-exchange").count() == 0


async def test_a_grade_given_in_formgrader_survives_a_regrade(
    formgrader: str, course: Course, zips: Path, handins: Any
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE)
        await open_answer(page, formgrader)
        answer = page.url
        await expect(page.get_by_text("16 of 18 points: 7 passed, 1 failed.")).to_be_visible()
        for check in handins.lab.checks:
            points = "0" if check.id == "1.3" else str(check.points)
            box = page.locator(f"#check-{check.id.replace('.', '-')}")
            await expect(box).to_have_attribute("placeholder", points)
        await expect(page.get_by_text("1.3 It answers Slack's challenge: failed, 0/2")).to_be_visible()
        await expect(page.get_by_text("<script>document.title = 'stolen'</script>")).to_be_visible()
        assert await page.title() == "1-slack-bot"
        async with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
            await page.locator("#reflection").fill("1.5")
            await page.locator("#reflection").press("Tab")
        row, *_nobody = await _apart(
            batch.grade_all, course, handins.lab, zips, batch.Plan(12), lambda student, graded: None
        )
        assert (row.reflection, row.score) == (batch.ANSWERED, 1.5)
        await page.goto(answer)
        await expect(page.locator("#reflection")).to_have_value("1.5")
        await arrows_pass_over_who_wrote_nothing(page)
        await all_labs_are_listed_without_a_warning(page)
        await browser.close()


async def _apart(function: Any, *arguments: Any) -> Any:
    """Off this loop: checks bring a loop of their own."""
    import asyncio

    return await asyncio.to_thread(function, *arguments)
