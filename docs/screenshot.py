"""Makes docs/camp.png of the camp that runs: `camp up --lab 1`, then `.venv/bin/python docs/screenshot.py`.

Says something to the bot in the chat, and puts JupyterLab with the notebook and the chat page side by side.
`docs/screenshot.py faults faults.png` makes a picture of the portal's page `/faults` instead.
"""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, ViewportSize, async_playwright

from autograder.localcamp import ledger

TARGET = Path(__file__).parent / "camp.png"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
VIEWPORT: ViewportSize = {"width": 1600, "height": 960}
SCALE = 1.25
ANSWER_SECONDS = 20
TALK = (
    ("aiko", "The bot should be awake by now."),
    ("björn", "@camp good morning"),
    ("mei", "@camp hello from me, too"),
    ("björn", "@camp it is me again"),
)


def addresses() -> tuple[str, str]:
    """The URLs of JupyterLab and of the portal; ends the program when the camp does not run."""
    entries = ledger().entries()
    missing = [name for name in ("jupyter", "portal") if name not in entries or not entries[name].alive]
    if missing:
        sys.exit(f"{' and '.join(missing)} do not run: start the camp with `camp up --lab 1`.")
    return entries["jupyter"].url, entries["portal"].url


async def talk(portal: str) -> None:
    """People write in #general; returns once the bot has answered the last of them."""
    async with aiohttp.ClientSession(headers={"X-Camp": "1"}) as http:
        for person, text in TALK:
            body = {"person": person, "channel": "general", "text": text}
            async with http.post(portal + "api/say", json=body) as answer:
                answer.raise_for_status()
                ts = (await answer.json())["ts"]
            if "@" in text:
                await answered(http, portal, ts)


async def answered(http: aiohttp.ClientSession, portal: str, ts: str) -> None:
    for _try in range(ANSWER_SECONDS * 10):
        async with http.get(portal + "api/state") as answer:
            state: dict[str, Any] = await answer.json()
        if any(one["message"].get("bot_id") and one["message"]["ts"] > ts for one in state["messages"]):
            await asyncio.sleep(0.5)
            return
        await asyncio.sleep(0.1)
    sys.exit("The bot does not answer. Solve Lab 1 first, or put its solution in: camp reveal 1")


async def picture(browser: Browser, url: str) -> bytes:
    """JupyterLab with the lab as it opens: notebook, app and chat."""
    page = await browser.new_page(viewport=VIEWPORT, device_scale_factor=SCALE)
    await page.goto(url)
    await page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for(timeout=60_000)
    await page.frame_locator("iframe").locator("button.fold").first.wait_for()
    await page.wait_for_timeout(3_000)  # the kernel starts, and the toolbar with it
    return await page.screenshot()


async def picture_of_page(browser: Browser, url: str) -> bytes:
    """A page of the portal, once its script has asked for what it shows."""
    page = await browser.new_page(viewport=VIEWPORT, device_scale_factor=SCALE)
    await page.goto(url)
    await page.wait_for_timeout(2_000)  # most pages ask once a second
    return await page.screenshot()


async def photographed(path: str | None) -> bytes:
    """The portal's page at `path`, or else the whole camp."""
    jupyter_url, portal_url = addresses()
    if path is None:
        await talk(portal_url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if path is None:
            found = await picture(browser, jupyter_url)
        else:
            found = await picture_of_page(browser, portal_url + path.lstrip("/"))
        await browser.close()
    return found


def save(target: Path, path: str | None = None) -> None:
    target.write_bytes(asyncio.run(photographed(path)))
    print(target)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            save(TARGET)
        case [wanted, file]:
            save(Path(file), wanted)
        case _:
            sys.exit("usage: docs/screenshot.py [PAGE FILE]")
