"""What the pages look like: contrast in both schemes, and no sideways scrolling on a phone."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, expect

from autograder.jupyter import pages
from autograder.lab import labs
from localcloud.trials import BAD, FOLDER, Trial, write

if TYPE_CHECKING:
    from conftest import Portal, RunBot

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (color) => {
    const [r, g, b] = [...rgba(color)].map((one) => one / 255)
      .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => rgba(getComputedStyle(one).backgroundColor)[3] ? getComputedStyle(one).backgroundColor
    : one.parentElement ? ground(one.parentElement) : "white";
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.checkVisibility() || one.closest(":disabled")) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([one.className, one.textContent.slice(0, 30), ratio]);
  }
  return [found, getComputedStyle(document.body).backgroundColor];
}"""

PAGES = (
    ("", ":is(.attempt .why, button.fold.bad):visible"),
    ("functions", ".active-fault"),
    ("functions", ".invocation.bad"),
    ("timeline", "#sheet .bar"),
    ("queues?queue=orders", "#poison .message"),
    ("storage?table=People", "#entity-rows tr"),
    ("data?database=camp&container=looks", "#document-rows tr"),
    ("data?database=camp&container=looks&tab=query", "#query-text"),
    ("data?database=camp&container=looks&tab=scale", "#burst"),
    ("data?database=camp&container=looks&tab=requests", "#request-rows tr"),
    ("heat?database=camp&container=looks", "#keys li"),
    ("checks", "#lines li"),
)
OVERHANGS = """() => [document.documentElement, ...document.querySelectorAll(".log, .content, .heat-page, .trial")]
  .map((one) => one.scrollWidth - one.clientWidth)"""


async def told(portal: "Portal", run_bot: "RunBot") -> None:
    await run_bot()
    entries = [{"number": 1, "kind": "invocation.log", "at": 1.0, "level": "ERROR", "message": "long " * 90}]
    failed = Trial("1.5", "It replies", "Lab 1", 2.0, BAD, [("seen", "nothing" * 90)], None, entries)
    write(portal.journal / FOLDER, failed)
    for text in ("@camp hello with `code`", "hello"):
        await portal.post("api/say", {"person": "aiko", "channel": "general", "text": text})
    await portal.post("api/slash", {"person": "aiko", "channel": "general", "command": "/count"})
    for queue in ("orders", "orders-poison"):
        await portal.post("api/queues/create", {"queue": queue})
        await portal.post("api/queues/add", {"queue": queue, "text": '{"order": "%s"}' % ("long " * 20)})
    await portal.post("api/storage/tables", {"table": "People"})
    entity = {"PartitionKey": "general", "RowKey": "1", **{f"property{number}": "text " * 9 for number in range(9)}}
    await portal.post("api/storage/entities/add", {"table": "People", "entity": entity})
    place = {"database": "camp", "container": "looks"}
    await portal.post("api/data/containers", {**place, "keys": ["/channel"], "partitions": 16})
    await portal.post("api/data/containers", {**place, "container": "other-" + "long" * 20, "keys": ["/channel"]})
    document = json.dumps({"id": "a-long-id of a document " * 3 + "end", "channel": "a-long-channel-" * 5})
    await portal.post("api/data/documents/add", {**place, "text": document})
    await portal.post("api/faults/begin", {"name": "slow", "by": 1, "seconds": 60})


GROUNDS: dict[Any, str] = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 25, 26)"}


async def test_contrast(browser: Browser, portal: "Portal", run_bot: "RunBot") -> None:
    await told(portal, run_bot)
    for scheme, expected in GROUNDS.items():
        page = await browser.new_page(color_scheme=scheme)
        grounds = {}
        for path, ready in PAGES:
            await page.goto(portal.url + path)
            await expect(page.locator(ready).first).to_be_visible()
            weak, grounds[path] = await page.evaluate(CONTRASTS)
            assert weak == [], scheme
        await page.set_viewport_size({"width": 640, "height": 370})  # beside a notebook
        await page.goto(portal.url)
        await page.locator("button.fold.bad").first.click()
        assert (await page.evaluate(CONTRASTS))[0] == []
        assert set(grounds.values()) == {expected}
        await page.close()


@pytest.mark.parametrize("widths", [(320, 420), (760, 1000)])
async def test_nothing_scrolls_sideways(
    browser: Browser, portal: "Portal", run_bot: "RunBot", widths: tuple[int, int]
) -> None:
    await told(portal, run_bot)
    for width in widths:
        page = await browser.new_page(viewport={"width": width, "height": 700})
        for path, ready in PAGES:
            await page.goto(portal.url + path)
            await expect(page.locator(ready).first).to_be_visible()
            assert max(await page.evaluate(OVERHANGS)) <= 0, (path, width)
        await page.goto(portal.url)
        await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
        await page.close()


WIDER_THAN_ITS_COLUMN = """() => [...document.querySelectorAll("#map-columns .used")].filter((one) => {
  one.textContent = "<1 %";
  const text = document.createRange();
  text.selectNodeContents(one);
  return text.getBoundingClientRect().width > one.closest("th").getBoundingClientRect().width - 2;
}).length"""


async def test_the_figures_of_twenty_partitions_do_not_touch(browser: Browser, portal: "Portal") -> None:
    made = {"database": "camp", "container": "twenty", "keys": ["/channel"], "partitions": 20}
    await portal.post("api/data/containers", made)
    page = await browser.new_page(viewport={"width": 1280, "height": 720})
    await page.goto(portal.url + "heat?database=camp&container=twenty")
    await expect(page.locator("#map-columns .used")).to_have_count(20)
    assert await page.evaluate(WIDER_THAN_ITS_COLUMN) == 0
    await page.close()


LANDMARKS = """() => {
  const roles = {HEADER: "banner", NAV: "navigation", MAIN: "main", ASIDE: "complementary", FOOTER: "contentinfo"};
  const name = (one) => one.getAttribute("aria-label")
    ?? (one.getAttribute("aria-labelledby") ?? "").split(" ")
      .map((id) => document.getElementById(id)?.textContent).join(" ");
  return [...document.querySelectorAll("header, nav, main, aside, footer, section, [role=region], [role=search]")]
    .filter((one) => one.checkVisibility() && (one.tagName !== "HEADER" || one.classList.contains("top")))
    .map((one) => [one.getAttribute("role") ?? roles[one.tagName] ?? (name(one) && "region"), name(one)])
    .filter(([role]) => role && role !== "tabpanel");
}"""
BARS = """() => [document.documentElement, document.body, ...document.querySelectorAll("body *")]
  .filter((one) => one.scrollHeight > one.clientHeight + 1 && one.checkVisibility()
    && (one === document.documentElement || ["auto", "scroll"].includes(getComputedStyle(one).overflowY))
    && one.clientHeight > 100 && !one.matches("pre, textarea, .side"))
  .map((one) => one.tagName + "." + one.className)"""


async def test_one_heading_unique_landmarks_and_one_scroll_bar(
    browser: Browser, portal: "Portal", run_bot: "RunBot"
) -> None:
    await told(portal, run_bot)
    page = await browser.new_page(viewport={"width": 1366, "height": 650})
    for path, ready in PAGES:
        await page.goto(portal.url + path)
        await expect(page.locator("h1")).to_have_count(1)  # before anything is loaded, too
        await expect(page.locator(ready).first).to_be_visible()
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        marks = [tuple(one) for one in await page.evaluate(LANDMARKS)]
        assert len(marks) == len(set(marks)) and len(marks) >= 3, (path, marks)
        bars = await page.evaluate(BARS)
        assert len(bars) <= 1, (path, bars)


async def test_the_pages_of_the_largest_lab_are_one_line_on_a_laptop(browser: Browser, portal: "Portal") -> None:
    most = max((pages({"portal", "functions", "storage", *lab.services}) for lab in labs()), key=len)
    page = await browser.new_page()
    await page.goto(portal.url)
    links = page.locator("#pages a")
    await links.evaluate_all(
        "(all, most) => all.filter((one) => !most.includes(one.textContent)).forEach((one) => one.remove())",
        [*most.values()],
    )
    await expect(links).to_have_count(len(most))
    for width, height in ((1280, 720), (1366, 650), (1440, 900)):
        await page.set_viewport_size({"width": width, "height": height})
        tops = await links.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
        assert len(set(tops)) == 1, width
    await page.close()


async def test_inside_jupyterlab_its_theme_counts(browser: Browser, portal: "Portal") -> None:
    page = await browser.new_page(color_scheme="light")
    around = '<body data-jp-theme-light="false" style="margin:0"><iframe src="/" width="900" height="600"></iframe>'
    await page.route("**/around", lambda route: route.fulfill(body=around, content_type="text/html"))
    await page.goto(portal.url + "around")
    inner = page.frame_locator("iframe").locator("body")
    await expect(inner).to_have_css("background-color", GROUNDS["dark"])
    await page.locator("body").first.evaluate('(body) => body.dataset.jpThemeLight = "true"')
    await expect(inner).to_have_css("background-color", GROUNDS["light"])
