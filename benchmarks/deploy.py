"""Lab 3: its checks, the way from a push to what production answers, swaps, what the local GitHub keeps in memory, and
the first use of its tools."""

import asyncio
import io
import random
import shutil
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import aiohttp

from autograder import project
from autograder.environment import Environment
from autograder.kinds.repository import Shipping
from autograder.kinds.shipping.story import GREETING
from autograder.lab import Lab, find_lab
from benchmarks.figure import Figure
from benchmarks.measuring import checks, first_use, idle_memory
from localcloud.azure.azure import Azure
from localcloud.functions.workers.launching import PLAIN, Launcher
from localcloud.journal import Journal
from localcloud.loopback import free_port

PUSHES = 2
SWAPS, EACH_SECOND, SECONDS_BETWEEN = 50, 50, 0.5
APP = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("{word}")
"""


def run() -> list[Figure]:
    lab = find_lab("3")
    return [
        asyncio.run(push_to_live(lab)),
        checks(lab, 60),
        *asyncio.run(of_swaps()),
        memory(),
        first_use(("act", "actionlint", "gitleaks"), 30),
    ]


async def push_to_live(lab: Lab) -> Figure:
    """From a commit on main to the answer of production that has its word; the first push has warmed everything."""
    environment = await Environment.start(lab, lab.solution, "benchmark")
    try:
        world = environment.camp(random.Random("benchmark"))[Shipping].story.world
        await world.push_head()
        seconds = []
        for number in range(PUSHES):
            word = f"Hello{number}"
            started = time.perf_counter()
            pushing = asyncio.create_task(world.push("main", {GREETING: f"{word}\n".encode()}, f"Say {word}"))
            while (await world.production.look()).word != word:
                if pushing.done():
                    raise RuntimeError(f"production does not say {word} after {pushing.result()}")
                await asyncio.sleep(0.1)
            seconds.append(time.perf_counter() - started)
            await pushing
    finally:
        await environment.stop()
    return Figure(f"push to live, Lab 3's workflow, warm (worst of {PUSHES})", max(seconds), "s", "<=", 15)


def memory() -> Figure:
    """The local GitHub with a repository, and no run."""
    with tempfile.TemporaryDirectory() as folder:
        app, port = Path(folder) / "app", free_port()
        shutil.copytree(find_lab("3").starter, app)
        argv = ["-m", "localcloud.github", "--port", str(port), "--state", f"{folder}/github", "--app", str(app)]
        return idle_memory("service of GitHub", argv, f"http://127.0.0.1:{port}/healthz", 60)


async def of_swaps(swaps: int = SWAPS) -> list[Figure]:
    """Swaps with settings that stay at their slots, so that each gives both apps new workers."""
    with tempfile.TemporaryDirectory() as folder:
        azure = Azure(
            Path(folder), Journal(), random.Random(1), project.apps_python(),
            settings=dict, launcher_for=_plain, fast=True,
        )  # fmt: skip
        await azure.start()
        try:
            return await _of_swaps(azure, swaps)
        finally:
            await azure.stop()


async def _of_swaps(azure: Azure, swaps: int) -> list[Figure]:
    for slot in azure.site.slots.values():
        await slot.deploy(_package(slot.name), "benchmark")
        await slot.set_settings({"PLACE": slot.name}, "benchmark")
    azure.site.set_sticky(["PLACE"])
    url = azure.site.slot("production").url + "/api/hello"
    seconds: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        asking = Asking(http, url)
        task = asyncio.create_task(asking.go_on())
        for _number in range(swaps):
            await asyncio.sleep(SECONDS_BETWEEN)
            swap = await azure.swap("staging", "production", "benchmark")
            seconds.append((swap.ended_at or 0) - swap.asked_at)
        await asking.end(task)
    return [
        Figure(f"requests lost in {swaps} swaps, of {asking.asked:,}", asking.lost, "requests", "<=", 0),
        Figure("swap, warm, median", statistics.median(seconds), "s", "<=", 2),
        Figure("swap, warm, slowest", max(seconds), "s", "<=", 2),
    ]


class Asking:
    """Requests at an even pace, whatever becomes of those before."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.asked = self.lost = 0
        self._http = http
        self._url = url
        self._tasks: set[asyncio.Task[None]] = set()

    async def go_on(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            task = asyncio.create_task(self._ask())
            self._tasks.add(task)
            self.asked += 1
            await asyncio.sleep(max(0, began + self.asked / EACH_SECOND - loop.time()))

    async def _ask(self) -> None:
        try:
            async with self._http.get(self._url, timeout=aiohttp.ClientTimeout(total=10)) as answer:
                await answer.read()
                self.lost += answer.status != 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            self.lost += 1

    async def end(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*self._tasks)


async def _plain(_folder: Path) -> Launcher:
    return PLAIN


def _package(word: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')
        archive.writestr("function_app.py", APP.format(word=word))
    return target.getvalue()
