import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from autograder.kinds.shipping.visitors import Bot, Rush

TOKEN = "t0ken"


class Deployed:
    """An app that answers as it is told."""

    def __init__(self) -> None:
        self.word = "Hello"
        self.version = b'{"commit": "abc"}'

    async def outgoing(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["token"] != TOKEN:
            return web.Response(status=401)
        return web.json_response({"text": f"{self.word}, {form['user_name']}"})

    async def named(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.version)


@pytest.fixture
def app() -> Deployed:
    return Deployed()


@pytest.fixture
async def bot(app: Deployed) -> AsyncIterator[Bot]:
    routes = web.Application()
    routes.add_routes([web.post("/api/slack/outgoing", app.outgoing), web.get("/api/version", app.named)])
    runner = web.AppRunner(routes)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    async with aiohttp.ClientSession() as http:
        yield Bot(http, f"http://127.0.0.1:{port}/", TOKEN)
    await runner.cleanup()


async def test_a_look_sees_the_word_and_the_version(bot: Bot, app: Deployed) -> None:
    app.word = "Žluť"
    seen = await bot.look()
    assert (seen.word, seen.version, seen.greeting.status) == ("Žluť", "abc", 200)


@pytest.mark.parametrize("said", [b"", b"[]", b'{"commit": 5}', b"\xff"])
async def test_what_is_no_version_is_none(bot: Bot, app: Deployed, said: bytes) -> None:
    app.version = said
    assert (await bot.look()).version is None


async def test_an_app_that_is_not_there_has_no_status() -> None:
    async with aiohttp.ClientSession() as http:
        seen = await Bot(http, "http://127.0.0.1:9", TOKEN).look()
    assert (seen.word, seen.version, seen.greeting.status) == (None, None, None)


async def test_a_rush_asks_at_an_even_pace_and_keeps_every_answer(bot: Bot, app: Deployed) -> None:
    rush = Rush(bot)
    rush.begin()
    await asyncio.sleep(0.55)
    app.word = "Ahoj"
    await asyncio.sleep(0.5)
    await rush.end()
    words = [answer.word for answer in rush.answers]
    assert words == sorted(words, reverse=True) and set(words) == {"Hello", "Ahoj"}
    assert 8 <= len(words) <= 12
