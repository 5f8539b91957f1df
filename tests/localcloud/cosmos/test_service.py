"""The emulator as a program: ports, data folders, and what is left after kill -9."""

import http.client
import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.cosmos import CosmosClient

from localcloud.cosmos.emulator import EMULATOR_KEY
from localcloud.cosmos.program import named

WRITES = 500
ARGUMENTS = ("--port", "0", "--container", "camp/messages=/channel")
Start = Callable[..., "Program"]


class Program:
    """A running `python -m localcloud.cosmos`; `url` once it has told it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.cosmos", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told: list[str] = []
        self.url = ""
        assert self.process.stdout
        for line in self.process.stdout:
            self.told.append(line.strip())
            if "listens on" in line:
                self.url = line.split()[-1]
                break

    @property
    def key(self) -> str:
        return EMULATOR_KEY

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit status and what it wrote to stderr."""
        self.process.send_signal(number)
        _out, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Program] = []

    def run(*arguments: str) -> Program:
        started.append(Program(*arguments))
        return started[-1]

    yield run
    for program in started:
        with program.process:  # which closes its pipes
            program.process.kill()


class Storm:
    """Four connections that write as fast as they can, until the emulator is gone."""

    PATH = "/dbs/camp/colls/storm/docs"

    def __init__(self, program: Program, headers: dict[str, str]) -> None:
        self.acknowledged: dict[str, int] = {}
        self.enough = threading.Event()
        self._address = ("127.0.0.1", int(program.url.rsplit(":", 1)[1]))
        self._headers = {**headers, "x-ms-documentdb-is-upsert": "True"}
        self._writers = [threading.Thread(target=self._write, args=(number,)) for number in range(4)]
        for writer in self._writers:
            writer.start()

    def _write(self, number: int) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=20)
        try:
            for count in itertools.count(number * 1_000_000):
                item = f"{number}-{count % 60}"
                body = {"id": item, "channel": item, "n": count, "copy": f"{count} " * 200}
                key = {"x-ms-documentdb-partitionkey": json.dumps([item])}
                connection.request("POST", self.PATH, json.dumps(body), {**self._headers, **key})
                answer = connection.getresponse()
                answer.read()
                assert answer.status in (200, 201)
                self.acknowledged[item] = count
                if count % 1_000_000 == WRITES // 4:
                    self.enough.set()
        except (OSError, http.client.HTTPException):
            connection.close()

    def join(self) -> None:
        for writer in self._writers:
            writer.join()


@pytest.mark.covers("Durability: what was acknowledged is there after kill -9, whole")
def test_nothing_acknowledged_is_lost(start: Start, tmp_path: Path, signature: Callable[..., dict[str, str]]) -> None:
    """Two rounds of about 500 writes, the process killed in their midst."""
    arguments = ("--port", "0", "--container", "camp/storm=/channel@100000", "--data", str(tmp_path))
    program = start(*arguments)
    for _round in range(2):
        storm = Storm(program, signature(EMULATOR_KEY, "POST", Storm.PATH))
        assert storm.enough.wait(30)
        program.end(signal.SIGKILL)
        storm.join()
        program = start(*arguments)
        with CosmosClient(program.url, EMULATOR_KEY) as client:
            items = client.get_database_client("camp").get_container_client("storm").read_all_items()
            found = {one["id"]: one for one in items}
        assert len(storm.acknowledged) == 240
        for item, value in storm.acknowledged.items():
            assert found[item]["n"] >= value, "lost"
            assert found[item]["copy"] == f"{found[item]['n']} " * 200, "torn"
    assert program.end() == (0, "")


@pytest.mark.covers("Service: a taken port is told, and another one used")
@pytest.mark.covers("Service: a container named on the command line is made once")
def test_a_taken_port(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = start("--port", str(port), "--memory", "--container", "camp/messages=/channel", "--lifeline")
    assert str(port) in program.told[0] and not program.url.endswith(f":{port}")
    with CosmosClient(program.url, EMULATOR_KEY) as client:
        container = client.get_database_client("camp").get_container_client("messages")
        assert container.read()["partitionKey"]["paths"] == ["/channel"]
    assert program.process.stdin
    program.process.stdin.close()
    assert program.process.wait(10) == 0


@pytest.mark.covers("Service: a damaged database is kept aside and told")
def test_a_damaged_database(start: Start, tmp_path: Path) -> None:
    (tmp_path / "cosmos.sqlite3").write_bytes(b"no database" * 500)
    program = start(*ARGUMENTS, "--data", str(tmp_path))
    _out, errors = program.process.communicate(timeout=20)
    assert program.process.returncode == 1 and "is damaged" in errors and "Traceback" not in errors


@pytest.mark.covers("Service: --https with a certificate of its own")
def test_https(start: Start, tmp_path: Path) -> None:
    program = start(*ARGUMENTS, "--https", "--data", str(tmp_path))
    assert program.url.startswith("https://")
    key = tmp_path / "cosmos-key.pem"
    assert os.stat(key).st_mode & 0o77 == 0
    context = ssl.create_default_context(cafile=str(tmp_path / "cosmos-certificate.pem"))
    port = int(program.url.rsplit(":", 1)[1])
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.status == 401 and json.loads(answer.read())["code"] == "Unauthorized"
    connection.close()


def test_a_container_on_the_command_line() -> None:
    assert named("a/b=/c")[:3] == ("a", "b", ["/c"])
    assert named("a/b=/c,/d")[:3] == ("a", "b", ["/c", "/d"])
    for wrong in ("a", "a/b", "a=/c", "/b=/c", "a/b=c"):
        with pytest.raises(ValueError, match="database/container"):
            named(wrong)
