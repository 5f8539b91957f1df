"""HTTP through the host and one worker: a trivial function under 32 keep-alive connections for a minute."""

import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from autograder import project
from benchmarks.figure import Figure
from localcloud.functions.host import FunctionsHost

CONNECTIONS = 32
SECONDS = float(os.environ.get("CAMP_BENCH_SECONDS", "60"))
APP = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello")
"""
REQUEST = b"GET /api/hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def one_response(reader: asyncio.StreamReader) -> bool:
    """Reads one response; True when it is a 200 with its whole body."""
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
    body = await reader.readexactly(int(fields[b"content-length"]))
    return head.startswith(b"HTTP/1.1 200") and body == b"hello"


async def connection(port: int, until: float, seconds: list[float]) -> int:
    """Sends requests one after another until `until`; returns the number of bad answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bad = 0
    while (started := time.perf_counter()) < until:
        writer.write(REQUEST)
        bad += not await one_response(reader)
        seconds.append(time.perf_counter() - started)
    writer.close()
    return bad


async def connections(port: int, duration: float) -> tuple[int, list[float]]:
    seconds: list[float] = []
    until = time.perf_counter() + duration
    bad = await asyncio.gather(*(connection(port, until, seconds) for _ in range(CONNECTIONS)))
    return sum(bad), seconds


def load(port: int, duration: float = SECONDS) -> tuple[int, list[float]]:
    """The whole load, in a process of its own: the number of bad answers and each request's seconds."""
    return asyncio.run(connections(port, duration))


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder)
        (app / "function_app.py").write_text(APP)
        (app / "host.json").write_text('{"version": "2.0"}')
        host = FunctionsHost(app, settings={}, python=project.apps_python())
        await host.start()
        try:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other_process:
                port = int(host.url.rsplit(":", 1)[1])
                bad, seconds = await asyncio.get_running_loop().run_in_executor(other_process, load, port)
        finally:
            await host.stop()
    return [
        Figure("HTTP, 32 connections: rate", len(seconds) / SECONDS, "requests/s", ">=", 1000),
        Figure("HTTP, 32 connections: p99", statistics.quantiles(seconds, n=100)[98] * 1000, "ms", "<=", 60),
        Figure(f"HTTP, 32 connections: errors in {SECONDS:.0f} s", bad, "errors", "<=", 0),
    ]


def run() -> list[Figure]:
    return asyncio.run(measure())
