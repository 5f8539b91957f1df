"""Slack's words for what goes wrong with a request."""

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web

from localcloud.slack.post import Post


@pytest.fixture
async def post():
    one = Post(3.0)
    yield one
    await one.close()


@pytest.fixture
async def raw():
    """`await raw(speak)`: the port of a server on which `speak(reader, writer)` says what it likes."""
    servers, speaking = [], set()

    async def serve(speak, **options):
        async def handle(reader, writer):
            speaking.add(asyncio.current_task())
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await speak(reader, writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        servers.append(await asyncio.start_server(handle, "127.0.0.1", 0, **options))
        return servers[-1].sockets[0].getsockname()[1]

    yield serve
    for server in servers:
        server.close()
    await asyncio.gather(*speaking)


def hops(receiver, count):
    """Redirects `count` times, then answers."""

    async def answer(heard):
        left = int(heard.path.rsplit("/", 1)[1])
        if left:
            raise web.HTTPTemporaryRedirect(f"{receiver.url}/{left - 1}")
        return web.Response(text="there")

    receiver.answer = answer
    return f"{receiver.url}/{count}"


async def test_two_redirects_are_followed(post, receiver):
    answer = await post.send(hops(receiver, 2), b"body", {})
    assert (answer.status, answer.body, answer.failure) == (200, b"there", None)
    assert [heard.body for heard in receiver.heard] == [b"body"] * 3


async def test_three_redirects_are_too_many(post, receiver):
    answer = await post.send(hops(receiver, 3), b"", {})
    assert (answer.status, answer.failure) == (None, "too_many_redirects")


async def test_a_server_without_a_certificate_is_an_ssl_error(post, receiver):
    assert (await post.send(receiver.url.replace("http:", "https:"), b"", {})).failure == "ssl_error"


def test_a_certificate_nobody_knows_is_an_ssl_error():
    assert issubclass(aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)


@pytest.mark.parametrize(("spoken", "failure"), [(b"", "connection_failed"), (b"SPAM\r\n\r\n", "unknown_error")])
async def test_a_server_that_does_not_speak_http(post, raw, spoken, failure):
    async def speak(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(spoken)

    assert (await post.send(f"http://127.0.0.1:{await raw(speak)}/", b"", {})).failure == failure


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "ftp://127.0.0.1/", "http://127.0.0.1:99999/"])
async def test_a_url_that_is_none_is_an_unknown_error(post, url):
    assert (await post.send(url, b"", {})).failure == "unknown_error"


async def test_a_body_may_be_large(post, receiver):
    body = b"x" * 2_000_000
    assert (await post.send(receiver.url, body, {})).status == 200
    assert receiver.heard[0].body == body


async def test_header_names_come_in_lower_case(post, receiver):
    receiver.says(web.Response(headers={"X-Slack-NO-Retry": "1"}))
    assert (await post.send(receiver.url, b"", {})).headers["x-slack-no-retry"] == "1"


async def test_an_answer_that_never_ends_is_a_time_out(raw):
    async def drip(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    post, over = Post(0.2), asyncio.Event()
    answer = await post.send(f"http://127.0.0.1:{await raw(drip)}/", b"", {})
    over.set()
    await post.close()
    assert answer.failure == "http_timeout"


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def kept():
    one = Post(3.0, keep_alive=True)
    yield one
    await one.close()


def counting(answers=10):
    """What a server says that closes a connection after so many answers; the connections it got."""
    got = []

    async def speak(reader, writer):
        got.append(writer)
        for _answer in range(answers):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)

    return speak, got


async def test_every_request_has_a_connection_of_its_own(post, raw):
    speak, got = counting()
    port = await raw(speak)
    for _request in range(3):
        assert (await post.send(f"http://127.0.0.1:{port}/", b"", {})).status == 200
    assert len(got) == 3


async def test_requests_can_share_a_connection(kept, raw):
    speak, got = counting(3)
    port = await raw(speak)
    for _request in range(3):
        assert (await kept.send(f"http://127.0.0.1:{port}/", b"", {})).status == 200
    assert len(got) == 1


async def test_a_connection_that_the_server_has_closed_is_not_used_again(kept, raw):
    speak, got = counting(1)
    port = await raw(speak)
    for _request in range(3):
        assert (await kept.send(f"http://127.0.0.1:{port}/", b"", {})).failure is None
        await asyncio.sleep(0.02)
    assert len(got) == 3


async def test_a_request_that_timed_out_takes_its_connection_along(raw):
    got = []

    async def speak(reader, writer):
        got.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        if len(got) > 1:
            writer.write(ANSWER)
        await reader.read()

    post, port = Post(0.2, keep_alive=True), await raw(speak)
    answers = [await post.send(f"http://127.0.0.1:{port}/", b"", {}) for _request in range(2)]
    await post.close()
    assert [answer.failure for answer in answers] == ["http_timeout", None]
