"""Makes docs/camp.png of the camp that runs: `camp up --lab 1`, then `.venv/bin/python docs/screenshot.py`.

Says something to the bot in the chat, and puts JupyterLab with the notebook and the chat page side by side.
"""

import asyncio
import base64
import shutil
import sys
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page, async_playwright

from autograder.localcamp import ledger

TARGET = Path(__file__).parent / "camp.png"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
HEIGHT, NOTEBOOK_WIDTH, CHAT_WIDTH, GAP, SCALE = 820, 760, 1020, 24, 1.5
ANSWER_SECONDS = 20
TALK = (
    ("aiko", "The bot should be awake by now."),
    ("björn", "@camp good morning"),
    ("mei", "@camp hello from me, too"),
    ("björn", "@camp it is me again"),
)
PICTURE = """<!doctype html><style>
body {{ margin: 0; padding: {gap}px; display: flex; gap: {gap}px; background: #dfe6e1; width: max-content }}
img {{ display: block; height: {height}px; border-radius: 12px; box-shadow: 0 1px 2px #0003, 0 8px 28px #0002 }}
</style>{images}"""


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


async def opened(browser: Browser, url: str, width: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": HEIGHT}, device_scale_factor=SCALE)
    await page.goto(url)
    return page


async def notebook(browser: Browser, url: str) -> bytes:
    """JupyterLab with the notebook alone, at its top."""
    page = await opened(browser, url, NOTEBOOK_WIDTH)
    await page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for(timeout=60_000)
    if await page.locator("#jp-left-stack").is_visible():
        await page.keyboard.press("Control+b")
    await page.wait_for_timeout(3_000)  # the kernel starts, and the toolbar with it
    return await page.screenshot()


async def chat(browser: Browser, url: str) -> bytes:
    page = await opened(browser, url, CHAT_WIDTH)
    await page.locator(".attempt").first.wait_for()
    await page.wait_for_timeout(500)
    return await page.screenshot()


async def composed(browser: Browser, pictures: list[bytes]) -> bytes:
    """The pictures beside each other."""
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in pictures)
    size = {"width": NOTEBOOK_WIDTH + CHAT_WIDTH + 3 * GAP, "height": HEIGHT + 2 * GAP}
    page = await browser.new_page(viewport=size, device_scale_factor=SCALE)  # type: ignore[arg-type]
    await page.set_content(PICTURE.format(gap=GAP, height=HEIGHT, images=images), wait_until="load")
    return await page.screenshot()


async def main() -> None:
    jupyter_url, portal_url = addresses()
    await talk(portal_url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        pictures = [await notebook(browser, jupyter_url), await chat(browser, portal_url)]
        TARGET.write_bytes(await composed(browser, pictures))
        await browser.close()
    print(TARGET)


if __name__ == "__main__":
    asyncio.run(main())
