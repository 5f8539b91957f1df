import asyncio
import gc
import socket
import sys
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from localcloud.serving import Server


@pytest.mark.parametrize("turns", range(6))
def test_a_connection_that_comes_while_it_stops_is_closed(turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: lost.append(found.exc_value))

    async def stop_after_so_many_turns() -> None:
        server = Server(web.Application())
        await server.start()
        with socket.create_connection(("127.0.0.1", server.port)):
            for _turn in range(turns):
                await asyncio.sleep(0)
            await server.stop()

    asyncio.run(stop_after_so_many_turns())
    gc.collect()
    assert lost == []


async def test_whoever_leaves_in_the_middle_of_a_request_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    reading, read = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        reading.set()
        try:
            return web.Response(body=await request.read())
        finally:
            read.set()

    app = web.Application()
    app.router.add_post("/", answer)
    server = Server(app)
    await server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: camp\r\nContent-Length: 100\r\n\r\nhalf")
        await reading.wait()
    await read.wait()
    await server.stop()
    assert caplog.records == []


async def test_a_connection_of_the_handlers_own_that_is_lost_stays_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(_request: web.Request) -> web.Response:
        raise ConnectionResetError("the database")

    app = web.Application()
    app.router.add_get("/", answer)
    server = Server(app)
    await server.start()
    async with aiohttp.ClientSession() as session, session.get(server.url) as response:
        assert response.status == 500
    await server.stop()
    assert "the database" in caplog.text
