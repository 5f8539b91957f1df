"""moto with the meter in front, and the two oracles, each in an environment of its own."""

import asyncio
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from localcloud import extras
from localcloud.dynamodb.meter import Meter
from localcloud.loopback import LOOPBACK, free_port

SECONDS = 30
MOTO = """
import sys
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
app = DomainDispatcherApplication(create_backend_app)
make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
"""


def dynamodb(url: str):
    """A client of whatever answers at `url`."""
    return boto3.client(
        "dynamodb", endpoint_url=url, region_name="eu-central-1", aws_access_key_id="local",
        aws_secret_access_key="local", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@contextmanager
def running(command: list[str], port: int, folder: Path, **environment: str) -> Iterator[str]:
    """A server that is started and, in the end, killed."""
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment}
        )
    try:
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            with closing(socket.socket()) as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    break
            assert process.poll() is None, (folder / f"{port}.log").read_text()
            time.sleep(0.05)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    python = extras.ensure("moto", print).python
    port = free_port()
    with running([str(python), "-c", MOTO, str(port)], port, tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    python, folder, port = extras.ensure("ministack", print).python, tmp_path_factory.mktemp("ministack"), free_port()
    settings = {"BIND_HOST": LOOPBACK, "GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    with running([str(python), "-m", "ministack"], port, folder, **settings) as url:
        yield url


@pytest.fixture(scope="session")
def dynalite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    extra, port = extras.ensure("dynalite", print), free_port()
    command = extra.command("dynalite", "--host", LOOPBACK, "--port", str(port), "--createTableMs", "20")
    with running(command, port, tmp_path_factory.mktemp("dynalite")) as url:
        yield url


class Metered:
    """A meter on a loop of its own, so that boto3, which blocks, can use it."""

    def __init__(self, upstream: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.now = 1_000.0
        self.meter = self.run(self._started(upstream))
        self.client = dynamodb(self.meter.url)

    async def _started(self, upstream: str) -> Meter:
        meter = Meter(upstream, clock=lambda: self.now)
        await meter.start()
        return meter

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def stop(self) -> None:
        self.client.close()
        self.run(self.meter.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture
def metered(moto: str) -> Iterator[Metered]:
    made = Metered(moto)
    yield made
    made.stop()


@pytest.fixture
def table_name(request: pytest.FixtureRequest) -> str:
    """A name of its own for the test's table."""
    return re.sub(r"\W", "-", request.node.name)[:200]
