"""A learner's hours in a real browser: the camp opens, the bot answers in the chat, the checks pass."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from autograder import project
from autograder.lab import find_lab

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PARTS = ("labs", "notebooks", "solutions", "node_modules", ".venv-apps", "requirements-apps.lock")
AT_HOME = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
CHARTS = 11  # in the notebook of Lab 5
PATIENCE, LONG_PATIENCE = 60_000, 300_000
PICTURE = "CAMP_PICTURE"  # names a file that gets the picture of the timeline, such as docs/lab-4-timeline.png
POISON_PICTURE = "CAMP_POISON_PICTURE"  # the same for a job that failed five times, such as docs/lab-4-poison.png
RUN_PICTURE = "CAMP_RUN_PICTURE"  # the same for the picture of the run, such as docs/lab-3-run.png
SCREENS = ((1280, 720), (1366, 650), (1440, 900))
IN_SIGHT = """(log) => {
  const place = log.getBoundingClientRect();
  return [...log.querySelectorAll(".card")].map((card) => card.getBoundingClientRect())
    .filter((card) => card.top >= place.top && card.bottom <= place.bottom).length;
}"""


@pytest.fixture
def urls(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What `camp up --headless` prints, with the solution of the lab `request.param` in place, in a path with a space
    and an accent."""
    root = tmp_path / "mein cämp"
    root.mkdir()
    for name in PARTS:
        (root / name).symlink_to(project.root() / name)
    lab = find_lab(request.param)
    (root / "work" / lab.name).mkdir(parents=True)
    for file in learners_part(lab.solution):
        (target := root / "work" / lab.name / file.relative_to(lab.solution)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    log = (root / "up.log").open("w+", encoding="utf-8")
    camp = subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", "up", "--headless", "--lab", request.param],
        cwd=root,
        env={**os.environ, "CAMP_ROOT": str(root), "CAMP_LANG": "en"},
        stdout=log,
        stderr=log,
    )
    try:
        yield printed_urls(camp, root / "up.log")
    finally:
        camp.send_signal(signal.SIGINT)
        camp.wait(30)
        log.close()


def learners_part(solution: Path) -> list[Path]:
    """What a learner changes: the app, the infrastructure, the workflows, and an app in a folder of its own."""
    return [
        *solution.glob("*.py"),
        *solution.glob("migrate/*.py"),
        *solution.glob("*.tf"),
        *(file for file in (solution / ".github").rglob("*") if file.is_file()),
    ]


def printed_urls(camp: "subprocess.Popen[bytes]", log: Path) -> dict[str, str]:
    deadline = time.monotonic() + 300  # some labs install tools at first
    while "JupyterLab is ready" not in (text := log.read_text("utf-8")):
        assert camp.poll() is None and time.monotonic() < deadline, text
        time.sleep(0.1)
    lines = (line.rsplit(maxsplit=1) for line in text.splitlines() if "  http://" in line)
    return {title.strip(): url for title, url in lines}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


async def say(page: Page, words: str) -> None:
    await page.get_by_role("textbox").first.fill(words)
    await page.keyboard.press("Enter")


# A notebook that measures or builds a lot takes two minutes or more.
with_all = pytest.mark.skipif(os.environ.get("CAMP_SEEDS", "1") == "1", reason="a long notebook: run with --all")


def opened(lab: str) -> pytest.MarkDecorator:
    """The camp is open with this lab."""
    return pytest.mark.parametrize("urls", [lab], indirect=True)


@opened("1")
async def test_the_bot_answers_in_the_chat_and_the_notebook_turns_green(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page()
    await page.goto(urls["Pages of the local cloud"])
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Hello, aiko").first).to_be_visible()
    await say(page, "@camp me again")
    await expect(page.get_by_text("Welcome back, aiko").first).to_be_visible()
    await expect(page.get_by_text("200", exact=True).first).to_be_visible()
    await inside_jupyterlab(page, urls["JupyterLab (your lab)"])
    for number in range(8):
        await say(await at(page, urls["Pages of the local cloud"]), f"message {number}")
    await beside_the_notebook(browser, urls["JupyterLab (your lab)"])
    await the_notebook(page, urls["JupyterLab (your lab)"], "1")


@opened("2")
async def test_what_is_said_is_kept_once_and_the_notebook_turns_green(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page()
    await page.goto(urls["Pages of the local cloud"])
    for number in (1, 2):
        await say(page, "/count")
        await expect(page.get_by_text(f"This is number {number}.").first).to_be_visible()
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Hello, aiko").first).to_be_visible()
    await page.get_by_role("button", name="Deliver again: @camp good morning").click()
    await expect(page.get_by_text("Hello, aiko").nth(1)).to_be_visible()
    await page.goto(urls["Pages of the local cloud"] + "data?database=camp&container=messages&tab=documents")
    await expect(page.locator("#document-rows tr")).to_have_count(1)
    await the_notebook(page, urls["JupyterLab (your lab)"], "2")


@opened("0")
async def test_the_smallest_lab_turns_green_beside_the_functions_page(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page(viewport={"width": 1366, "height": 650})
    await the_notebook(page, urls["JupyterLab (your lab)"], "0", beside="ping")
    panel = page.frame_locator("iframe")
    await expect(panel.get_by_role("link", name="Functions")).to_be_visible()
    await expect(panel.get_by_role("link", name="Chat")).to_have_count(0)
    if folder := os.environ.get("CAMP_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/lab-0.png")


@opened("4")
async def test_a_report_that_met_a_crash_and_a_duplicate_is_posted_once(
    browser: Browser, urls: dict[str, str], tmp_path: Path
) -> None:
    pages = urls["Pages of the local cloud"]
    page, faults = await browser.new_page(viewport={"width": 1280, "height": 900}), await browser.new_page()
    await faults.goto(f"{pages}faults")
    crash = "The workers are killed while one of them waits for the report engine"
    await faults.get_by_role("button", name=f"Inject: {crash}").click()
    await page.goto(pages)
    await say(page, "@camp report cats")
    await expect(faults.get_by_text(f"Injected: {crash}")).to_be_attached(timeout=PATIENCE)
    await page.get_by_role("button", name="Deliver again: @camp report cats").click()
    await expect(page.get_by_text("sources read").first).to_be_visible(timeout=PATIENCE)
    await page.goto(f"{pages}timeline")
    drawing = page.locator("svg.camp-timeline")
    for words in ("killed", "work · delivery 2", "app_mention · again → 200", "cats → 200"):
        await expect(drawing.locator(".bar text", has_text=words).first).to_be_attached(timeout=PATIENCE)
    await expect(drawing.locator(".bar.open")).to_have_count(0, timeout=PATIENCE)
    await expect(drawing.locator(".bar.post")).to_have_count(1)
    await expect(drawing.locator(".note").first).to_contain_text("Delivered more than once")
    picture = Path(os.environ.get(PICTURE) or tmp_path / "timeline.png")
    assert len(await drawing.screenshot(path=picture)) > 10_000


@opened("4")
async def test_a_job_that_failed_five_times_is_a_letter_and_is_replayed_on_one_timeline(
    browser: Browser, urls: dict[str, str], tmp_path: Path
) -> None:
    pages = urls["Pages of the local cloud"]
    page, queues = await browser.new_page(viewport={"width": 1280, "height": 900}), await browser.new_page()
    fails = "The report engine fails (500)"
    await queues.goto(f"{pages}faults")
    await queues.get_by_role("button", name=f"Inject: {fails}").click()
    await page.goto(pages)
    await say(page, "@camp report dogs")
    await page.get_by_role("button", name="ops", exact=True).click()
    await expect(page.get_by_text("The report about dogs has failed").first).to_be_visible(timeout=LONG_PATIENCE)
    await queues.get_by_role("button", name=f"End now: {fails}").click()
    await queues.goto(f"{pages}queues")
    await queues.get_by_role("button", name="Replay").click(timeout=PATIENCE)
    await page.get_by_role("button", name="general", exact=True).click()
    await expect(page.get_by_text("sources read").first).to_be_visible(timeout=LONG_PATIENCE)
    await page.goto(f"{pages}timeline")
    await page.get_by_text("@camp report dogs").first.click()
    drawing = page.locator("svg.camp-timeline")
    for words in (fails, "work · delivery 5", "taken 5 times", "bury", "goes on with an earlier message", "dogs → 200"):
        await expect(drawing.locator(".bar text", has_text=words).first).to_be_attached(timeout=PATIENCE)
    await expect(drawing.locator(".lane", has_text="Queue reports-pois")).to_be_attached()
    picture = Path(os.environ.get(POISON_PICTURE) or tmp_path / "poison.png")
    assert len(await drawing.screenshot(path=picture)) > 10_000


@opened("3")
async def test_a_greeting_is_committed_and_the_bot_changes_its_word(
    browser: Browser, urls: dict[str, str], tmp_path: Path
) -> None:
    pages = urls["Pages of the local cloud"]
    page = await browser.new_page(viewport={"width": 1366, "height": 650}, reduced_motion="reduce")
    await page.goto(pages)
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Hello, aiko").first).to_be_visible(timeout=PATIENCE)
    await page.goto(f"{pages}repository?path=greeting.txt&edit=file")
    await page.get_by_label("Text of the file").fill("Grüezi\n")
    await page.get_by_label("Message").fill("Greet as the Swiss do")
    await page.get_by_role("button", name="Commit").click()
    await expect(page.locator(".file-text")).to_have_text("Grüezi\n")
    await page.goto(f"{pages}runs")
    await expect(page.locator(".job.success")).to_have_count(1, timeout=LONG_PATIENCE)
    await page.locator(".job.in_progress").click()
    over = page.locator("#verdict .badge-of.success")  # a quick computer may be through with the job already
    await expect(page.locator(".step.in_progress pre").or_(over).first).to_be_visible(timeout=PATIENCE)
    await page.mouse.move(0, 0)
    assert len(await page.screenshot(path=os.environ.get(RUN_PICTURE) or tmp_path / "run.png")) > 10_000
    await expect(page.locator(".job.success")).to_have_count(2, timeout=LONG_PATIENCE)
    await expect(page.locator("#verdict .badge-of.success")).to_be_visible(timeout=PATIENCE)
    await page.goto(pages)
    await page.locator("#people").get_by_text("mei").click()
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Grüezi, mei").first).to_be_visible(timeout=PATIENCE)


@with_all
@opened("4")
async def test_reports_arrive_once_and_the_notebook_turns_green(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page()
    await page.goto(urls["Pages of the local cloud"])
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Hello, aiko").first).to_be_visible()
    await say(page, "@camp report cats")
    await expect(page.get_by_text("sources read").first).to_be_visible(timeout=PATIENCE)
    await the_notebook(page, urls["JupyterLab (your lab)"], "4")
    await expect(page.locator(".jp-OutputArea img[src^='data:image/svg+xml']").first).to_be_attached()


@with_all
@opened("5")
async def test_the_heat_is_drawn_in_the_notebook_and_every_check_passes(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    outside: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(AT_HOME) else outside.append(request.url))
    await the_notebook(page, urls["JupyterLab (your lab)"], "5", beside="Heat map", file="partitioning.py")
    charts = page.locator(".jp-OutputArea .vega-embed svg")
    await expect(charts).to_have_count(CHARTS, timeout=LONG_PATIENCE)
    for words in (
        "You made no prediction before this run",
        "messages written; ",
        "The keys that used most",
        "Query: 0.5 read units",
    ):
        await expect(page.locator(".jp-OutputArea").get_by_text(words).first).to_be_attached()
    await expect(page.locator(".jp-OutputArea [data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    assert outside == []
    if folder := os.environ.get("CAMP_SCREENSHOTS"):
        for number in range(CHARTS):
            await in_the_middle(page, charts.nth(number))
            await page.screenshot(path=f"{folder}/lab-5-{number}.png")


@with_all
@opened("6")
async def test_a_camp_is_applied_and_taken_away_in_the_notebook(browser: Browser, urls: dict[str, str]) -> None:
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await the_notebook(page, urls["JupyterLab (your lab)"], "6", beside="Say hello to your bot", file="main.tf")
    graphs = page.locator(".jp-OutputArea img[alt^='Dependency graph']")
    await expect(graphs).to_have_count(2, timeout=PATIENCE)
    for words in ("Apply complete!", "is gone. Somebody with", "Instance cannot be destroyed", "Destroy complete!"):
        await expect(page.locator(".jp-OutputArea").get_by_text(words).first).to_be_attached()
    if folder := os.environ.get("CAMP_SCREENSHOTS"):
        for width, height in SCREENS[1:]:
            await page.set_viewport_size({"width": width, "height": height})
            await in_the_middle(page, graphs.first)
            await page.screenshot(path=f"{folder}/lab-6-{width}x{height}.png")
    await page.goto(urls["Pages of the local cloud"])
    await say(page, "@camp good morning")
    await expect(page.get_by_text("Hello, aiko").first).to_be_visible(timeout=PATIENCE)
    await page.goto(urls["Pages of the local cloud"] + "resources")
    await expect(page.get_by_text("rg-aiko-dev").first).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("rg-aiko-prod")).to_have_count(0)


async def inside_jupyterlab(page: Page, url: str) -> None:
    """The same pages through JupyterLab's proxy."""
    address, _slash, rest = url.partition("/lab")
    await page.goto(f"{address}/camp/?{rest.partition('?')[2]}")
    await expect(page.get_by_text("Welcome back, aiko").first).to_be_visible()
    await page.goto(f"{address}/camp/functions")
    await expect(page.get_by_text("events").first).to_be_visible()
    await page.goto(f"{address}/lab/workspaces/another")
    for title in ("Chat", "Functions", "Timeline", "Queues", "Storage"):
        await expect(page.locator(".jp-LauncherCard").filter(has_text=title)).to_be_visible(timeout=PATIENCE)


async def at(page: Page, url: str) -> Page:
    if page.url != url:
        await page.goto(url)
    return page


async def beside_the_notebook(browser: Browser, url: str) -> None:
    """On the screens of laptops, the panel beside the notebook shows eight messages, and where and as whom one
    speaks."""
    for width, height in SCREENS:
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.goto(url)
        panel = page.frame_locator("iframe")
        await expect(panel.get_by_text("message 7")).to_be_visible(timeout=PATIENCE)
        await expect(panel.get_by_label("Channel", exact=True)).to_be_visible()
        await expect(panel.get_by_label("Speak as")).to_be_visible()
        assert await panel.locator("#log").evaluate(IN_SIGHT) >= 8, (width, height)
        await page.close()


async def in_the_middle(page: Page, place: Locator) -> None:
    """Scrolls a notebook to an output; JupyterLab moves it once more while it lays out the cells above."""
    await place.click()
    for _try in range(6):
        await place.evaluate("(place) => place.scrollIntoView({block: 'center'})")
        await page.wait_for_timeout(500)


async def the_notebook(
    page: Page, url: str, number: str, beside: str = "Hello, aiko", file: str = "function_app.py"
) -> None:
    """Every check cell of a lab, run in JupyterLab; the page beside it says `beside`, below the learner's `file`."""
    lab = find_lab(number)
    await page.goto(url)
    await expect(page.get_by_role("heading", name=lab.title)).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_role("tab", name=file)).to_be_visible()
    await expect(page.frame_locator("iframe").get_by_text(beside).first).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("| Idle").first).to_be_visible(timeout=PATIENCE)
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    await page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    for check in lab.checks:
        await expect(page.get_by_text(f"✔ {check.id}").first).to_be_attached(timeout=LONG_PATIENCE)
    assert lab.predict
    await expect(page.get_by_text(lab.predict.question).first).to_be_attached()
