"""The page of slides: the decks that were made, that of the open lab first; each opens without the network."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.slides import PAGE
from localcloud.serving import Server

TITLES = {"1-slack-bot": "A bot &amp; a queue", "opening": "Welcome"}


@pytest_asyncio.fixture(loop_scope="session")
async def portal(tmp_path: Path) -> AsyncIterator[str]:
    slides = tmp_path / "slides"
    slides.mkdir()
    for name, title in TITLES.items():
        (slides / f"{name}.html").write_text(f"<html><title>{title}</title><script>1</script></html>", "utf-8")
    (slides / "opening.pdf").write_bytes(b"%PDF")
    settings = {"CAMP_STATE": str(tmp_path), "CAMP_OPENED": "1-slack-bot"}
    server = Server(application(Connections(settings, tmp_path), pages=[PAGE]), 0)
    await server.start()
    yield server.url
    await server.stop()


async def asked(url: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_the_open_labs_deck_comes_first(portal: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{portal}/api/slides") as answer:
        found = await answer.json()
    assert [(deck["name"], deck["title"]) for deck in found["decks"]] == [
        ("1-slack-bot", "A bot & a queue"),
        ("opening", "Welcome"),
    ]
    assert found["deck"] == "1-slack-bot"


async def test_a_deck_runs_its_own_script_and_asks_for_nothing(portal: str) -> None:
    status, text, headers = await asked(f"{portal}/slides/opening")
    assert status == 200 and "Welcome" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'unsafe-inline'")


@pytest.mark.parametrize("name", ["nothing", "..%2Fsecrets", "opening.pdf", "OPENING"])
async def test_what_is_no_deck_is_not_found(portal: str, name: str) -> None:
    status, text, _headers = await asked(f"{portal}/slides/{name}")
    assert status == 404 and "camp slides" in text
