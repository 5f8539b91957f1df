"""HTTP that no client sends: the service's shape of answer, no traceback, and the server stays up."""

import logging
import socket
from pathlib import Path
from typing import Any

import orjson
import pytest
from azure.cosmos import CosmosClient
from hypothesis import given
from hypothesis import strategies as st

from localcloud.cosmos import wire
from localcloud.cosmos.exchange import Response

CORPUS = Path(__file__).parent / "corpus" / "http"
LOCAL = b"Host: 127.0.0.1\r\n"


def exchange(running: Any, data: bytes, *, end: bool = False) -> bytes:
    """What comes back for `data`, up to the first whole answer; with `end` the client sends no more."""
    with socket.create_connection(("127.0.0.1", running.emulator._server.port), timeout=5) as client:
        client.sendall(data)
        if end:
            client.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while chunk := client.recv(65536):
                got += chunk
                head, found, body = got.partition(b"\r\n\r\n")
                if found and len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0):
                    break
        except ConnectionResetError:
            pass
        return got


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + LOCAL + b"\r\n", 400),
        (b"GET nowhere HTTP/1.1\r\n" + LOCAL + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + LOCAL + b"x: a\nb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + LOCAL + b" folded: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + LOCAL + LOCAL + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\n" + LOCAL + b"\r\n", 401),
        (b"BREW /dbs HTTP/1.1\r\n" + LOCAL + b"\r\n", 401),
        (b"GET /" + b"a/" * 9000 + b" HTTP/1.1\r\n" + LOCAL + b"\r\n", 401),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: 1\r\n" % n for n in range(200)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000, 431),
        (b"POST /dbs HTTP/1.1\r\n" + LOCAL + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST /dbs HTTP/1.1\r\n" + LOCAL + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400),
        (b"POST /dbs HTTP/1.1\r\n" + LOCAL + b"Content-Length: 99999999999\r\n\r\n{}", 413),
        (b"POST /dbs HTTP/1.1\r\n" + LOCAL + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ],
)
@pytest.mark.covers("HTTP: malformed requests are answered in the service's shape")
def test_a_malformed_request(running: Any, request_: bytes, expected: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = exchange(running, request_)
    assert status(answer) == expected
    assert set(orjson.loads(answer.partition(b"\r\n\r\n")[2])) == {"code", "message"}
    assert not caplog.records


@pytest.mark.covers("HTTP: a truncated request ends its connection alone")
def test_a_truncated_request(running: Any, client: CosmosClient) -> None:
    truncated = b"POST /dbs HTTP/1.1\r\n" + LOCAL + b"Content-Length: 99\r\n\r\n{"
    assert exchange(running, truncated, end=True) == b""
    list(client.list_databases())


@pytest.mark.covers("HTTP: a head that does not come in 10 s and a body that does not in 30 s is 408")
@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(b"GET / HTT", wire.HEAD_SECONDS), (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", wire.BODY_SECONDS)],
)
def test_a_slow_request_is_ended(sent: bytes, seconds: float) -> None:
    transport = Transport()
    connection = connected(transport)
    connection.data_received(sent)
    connection.expire(connection._since + seconds)
    assert not transport.closed
    connection.expire(connection._since + seconds + 1)
    assert transport.closed and transport.sent.startswith(b"HTTP/1.1 408")


def test_an_idle_connection_is_closed() -> None:
    transport = Transport()
    connection = connected(transport)
    connection.expire(connection._since + wire.IDLE_SECONDS + 1)
    assert transport.closed and not transport.sent


def test_requests_in_any_pieces_are_answered_one_by_one() -> None:
    whole = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\n\r\n"
    for step in (1, 7, len(whole)):
        transport = Transport()
        connection = connected(transport)
        for start in range(0, len(whole), step):
            connection.data_received(whole[start : start + step])
        assert transport.writes == 2 and b"/a{}" in transport.sent and transport.sent.endswith(b"/b")


@given(st.binary(max_size=80), st.integers(0, 120))
@pytest.mark.covers("HTTP: any bytes end in an answer or are waited for")
def test_any_bytes(noise: bytes, place: int) -> None:
    whole = b"POST /dbs/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nx-ms-date: now\r\n\r\n{}"
    transport = Transport()
    connection = connected(transport)
    connection.data_received(whole[:place] + noise + whole[place:])
    assert not transport.sent or transport.sent.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.stem)
def test_corpus(path: Path, running: Any, client: CosmosClient, caplog: pytest.LogCaptureFixture) -> None:
    """Whole, and cut into single bytes; then through a socket."""
    request = path.read_text("ascii").rstrip("\n").encode().decode("unicode_escape").encode("latin-1")
    for pieces in ([request], [bytes([one]) for one in request]):
        transport = Transport()
        connection = connected(transport)
        for piece in pieces:
            connection.data_received(piece)
        assert not transport.sent or transport.sent.startswith(b"HTTP/1.1 ")
    with caplog.at_level(logging.ERROR):
        answer = exchange(running, request, end=True)
    assert not answer or 400 <= status(answer) < 500
    assert not caplog.records
    list(client.list_databases())


class Transport:
    """Stands for the socket below a connection."""

    def __init__(self) -> None:
        self.sent = b""
        self.writes = 0
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent += data
        self.writes += 1

    def close(self) -> None:
        self.closed = True


def connected(transport: Transport) -> wire.Connection:
    connection = wire.Connection(lambda request: Response(200, request.path.encode() + request.body), "http", set())
    connection._transport = transport  # type: ignore[assignment]
    return connection
