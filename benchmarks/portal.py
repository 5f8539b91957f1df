"""The portal with a long history behind it: how fast it answers, what recording costs, and what it keeps in memory."""

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from autograder import project
from benchmarks.cloud import SETTLE_SECONDS, resident_megabytes
from benchmarks.figure import Figure
from benchmarks.http_trigger import APP, load
from benchmarks.sandbox_camp import camp_root, running
from localcloud.functions.host import FunctionsHost
from localcloud.journal import Entry, Journal
from localcloud.loopback import free_port

MESSAGES = INVOCATIONS = 10_000
AT_ONCE = 16
TIMES = 10
START_TRIES = 400
ROUNDS, WARM_UPS = 15, 4
ROUND_SECONDS = 1.5
EVENTS = """

@app.route(route="slack/events", methods=["POST"])
def events(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("")
"""
PAGES = (
    "",
    "functions",
    "timeline",
    "queues",
    "storage",
    "data",
    "heat",
    "static/timeline/timeline.js",
    "static/timeline/drawing.css",
    "healthz",
)
API = (
    "api/state",
    "api/functions/state",
    "api/timelines",
    "api/timeline?trace={trace}",
    "api/timeline.svg?trace={trace}",
)
STORAGE_API = ("api/queues", "api/storage")  # they load the storage clients
LIVE = ("api/live?since=0", "api/functions/live?since=0")  # the whole of the journals: more than the pages ask for


NOTHING = Entry(0, "", 0.0, {})


class Switched(Journal):
    """A journal that can be told to keep nothing."""

    on = True

    def put(self, kind: str, facts: dict[str, Any]) -> Entry:
        return super().put(kind, facts) if self.on else NOTHING


@asynccontextmanager
async def host_of(folder: Path, port: int = 0, journal: Journal | None = None) -> AsyncIterator[FunctionsHost]:
    """A host with a trivial app."""
    (folder / "function_app.py").write_text(APP + EVENTS)
    (folder / "host.json").write_text('{"version": "2.0"}')
    host = FunctionsHost(folder, settings={}, python=project.apps_python(), port=port, journal=journal)
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


@asynccontextmanager
async def portal_of(folder: Path, functions_port: int) -> AsyncIterator[str]:
    """A portal process; its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "localcloud.portal", "--port", str(port), "--slack-port", str(free_port())),
        *("--functions-url", f"http://127.0.0.1:{functions_port}", "--journal-dir", str(folder / "journal")),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    url = f"http://127.0.0.1:{port}/"
    try:
        await answers(url + "healthz")
        yield url
    finally:
        process.terminate()
        await process.communicate()


async def answers(url: str) -> None:
    """Waits until something answers."""
    async with aiohttp.ClientSession() as http:
        for _time in range(START_TRIES):
            try:
                async with http.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


async def written(http: aiohttp.ClientSession, url: str) -> str:
    """People write all the messages; the trace of the last."""
    trace = ""

    async def write(first: int) -> None:
        nonlocal trace
        for number in range(first, MESSAGES, AT_ONCE):
            channel, text = ("general", "random", "ops")[number % 3], f"message {number} of a long day"
            body = json.dumps({"person": "aiko", "channel": channel, "text": text}).encode()
            async with http.post(url + "api/say", data=body, headers={"X-Camp": "1"}) as answer:
                trace = (await answer.json())["trace"]

    await asyncio.gather(*(write(first) for first in range(AT_ONCE)))
    return trace


async def called(http: aiohttp.ClientSession, host: FunctionsHost, trace: str) -> None:
    """The function runs as often, now and then in the trace."""

    async def call(first: int) -> None:
        for number in range(first, INVOCATIONS, AT_ONCE):
            inside = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"} if number % 100 == 0 else None
            async with http.get(host.base_url + "/hello", headers=inside) as answer:
                await answer.read()

    await asyncio.gather(*(call(first) for first in range(AT_ONCE)))


async def slowest(http: aiohttp.ClientSession, urls: list[str]) -> tuple[float, str]:
    """The longest time to a whole answer, and whose it was."""
    found = []
    for url in urls:
        for _time in range(TIMES):
            started = time.perf_counter()
            async with http.get(url) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{url} answered {answer.status}")
            found.append((time.perf_counter() - started, url))
    return max(found)


async def backlog(http: aiohttp.ClientSession, url: str) -> float:
    """The time until all that a live stream has to tell at first has come."""
    started = last = time.perf_counter()
    async with http.get(url) as answer:
        try:
            while await asyncio.wait_for(answer.content.readany(), 0.5):
                last = time.perf_counter()
        except asyncio.TimeoutError:
            return last - started
    return last - started


async def answering() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        async with (
            host_of(Path(folder), port) as host,
            portal_of(Path(folder), port) as url,
            aiohttp.ClientSession() as http,
        ):
            trace = await written(http, url)
            await called(http, host, trace)
            await asyncio.sleep(SETTLE_SECONDS)
            pages, page = await slowest(http, [url + path for path in PAGES])
            apis, api = await slowest(http, [url + path.format(trace=trace) for path in API])
            live = [await backlog(http, url + path) for path in LIVE]
    after = f"after {INVOCATIONS:,} invocations and {MESSAGES:,} messages"
    return [
        Figure(f"portal pages {after} (worst: /{page.removeprefix(url)})", pages * 1000, "ms", "<=", 100),
        Figure(f"portal API {after} (worst: {short(api, url)})", apis * 1000, "ms", "<=", 100),
        Figure(f"portal live streams, the whole journal, {after}", max(live), "s", "<=", 2),
    ]


def short(address: str, url: str) -> str:
    return address.removeprefix(url).partition("?")[0]


async def cost(port: int, other_process: ProcessPoolExecutor) -> float:
    """The host's own seconds a request. They bound its throughput, for it is one thread; and unlike a rate they mean
    the same on a machine that others use too."""
    loop = asyncio.get_running_loop()
    before = time.process_time()
    _bad, seconds = await loop.run_in_executor(other_process, load, port, ROUND_SECONDS)
    return (time.process_time() - before) / len(seconds)


async def recording() -> Figure:
    """Rounds with and without a journal alternate on one host, so that both meet the same machine."""
    journal = Switched()
    costs: dict[bool, list[float]] = {True: [], False: []}
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other_process,
    ):
        async with host_of(Path(folder), journal=journal) as host:
            port = int(host.url.rsplit(":", 1)[1])
            for number in range(2 * ROUNDS + WARM_UPS):
                journal.on = number % 2 == 0
                costs[journal.on].append(await cost(port, other_process))
    with_journal, without = (statistics.median(costs[on][WARM_UPS // 2 :]) for on in (True, False))
    name = f"recording, of what the host does for a request (median of {ROUNDS})"
    return Figure(name, 100 * (1 - without / with_journal), "%", "<=", 5)


def memory() -> Figure:
    """The local cloud after every page, its API and its streams were in use."""
    with camp_root() as root, running(root) as (camp, _seconds):
        url = json.loads((root / ".camp" / "services.json").read_text())["portal"]["url"]
        said = b'{"person": "aiko", "channel": "general", "text": "@camp hello"}'
        asked = urllib.request.Request(url + "api/say", said, {"X-Camp": "1"})
        with urllib.request.urlopen(asked) as answer:
            trace = json.load(answer)["trace"]
        time.sleep(1)
        streams = [urllib.request.urlopen(url + path) for path in LIVE]
        for path in (*PAGES, *API, *STORAGE_API):
            with urllib.request.urlopen(url + path.format(trace=trace)) as answer:
                answer.read()
        time.sleep(SETTLE_SECONDS)
        megabytes = resident_megabytes(camp.pid)
        for stream in streams:
            stream.close()
    return Figure("resident memory of the local cloud, portal in use", megabytes, "MB", "<=", 300)


def run() -> list[Figure]:
    return [*asyncio.run(answering()), asyncio.run(recording()), memory()]
