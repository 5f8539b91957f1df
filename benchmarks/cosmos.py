"""The Cosmos DB emulator: speed beside a server of canned answers, growth, queries, footprint, durability.

Everything goes through the unmodified SDK, but for the 32 concurrent writers: there the SDK's own work is what limits
(the canned server's rate through the same SDK is printed beside), so they are bare signed connections.
Throttling is out of the way by the throughput that the containers ask for.
"""

import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
from azure.cosmos import ContainerProxy

from benchmarks import cosmos_durability, cosmos_fill, cosmos_load, cosmos_servers, cosmos_wire
from benchmarks.figure import Figure

ROUNDS, CALLS = 9, 200
CLIENTS = 32
SECONDS = float(os.environ.get("CAMP_BENCH_SECONDS", "20"))
FEW, MANY = 1_000, int(os.environ.get("CAMP_BENCH_DOCUMENTS", "1000000"))
QUERIED = 100_000
ONE_PARTITION = 10_000  # RU/s: the most that one physical partition serves
STARTS = 5
KILLS, WRITES = int(os.environ.get("CAMP_BENCH_KILLS", "20")), 10_000
UNINDEXED = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": "/secret/?"}, {"path": "/text/?"}],
}


def run() -> list[Figure]:
    return [*beside_canned(), *concurrent(), *growth(), *queries(), *footprint(), *durability()]


def beside_canned() -> list[Figure]:
    """One client, one request after another, in turns with the canned server."""
    with tempfile.TemporaryDirectory() as folder, cosmos_servers.emulator(Path(folder)) as (_process, url):
        emulated = cosmos_load.container(cosmos_load.client(url), "sequential")
        for number in range(FEW):
            emulated.upsert_item(cosmos_load.document(number, f"k{number % 50}"))
        with cosmos_servers.canned(url) as other:
            canned = cosmos_load.container(cosmos_load.client(other), "sequential")
            written = itertools.cycle([cosmos_load.document(number, f"k{number % 50}") for number in range(FEW)])
            return [
                _share("point reads", emulated, canned, lambda one: one.read_item("item-5", "k5")),
                _share("upserts", emulated, canned, lambda one: one.upsert_item(next(written))),
            ]


def _share(
    what: str, emulated: ContainerProxy, canned: ContainerProxy, action: Callable[[ContainerProxy], Any]
) -> Figure:
    for one in (emulated, canned):
        for _time in range(20):
            action(one)
    rate, ceiling = cosmos_load.beside(lambda: action(emulated), lambda: action(canned), ROUNDS, CALLS)
    name = f"sequential {what} through the SDK, {rate:,.0f}/s, of canned answers, {ceiling:,.0f}/s (median of {ROUNDS})"
    return Figure(name, 100 * rate / ceiling, "%", ">=", 85)


def concurrent() -> list[Figure]:
    """Durable upserts of 1 KB by 32 writers at once."""
    with tempfile.TemporaryDirectory() as folder, cosmos_servers.emulator(Path(folder)) as (_process, url):
        cosmos_load.container(cosmos_load.client(url), "concurrent")
        with ProcessPoolExecutor(1, get_context("spawn")) as other_process:
            job = other_process.submit(cosmos_wire.for_a_while, url, "concurrent", CLIENTS, SECONDS)
            seconds, refused = job.result()
        through_sdk = len(cosmos_load.concurrent_upserts(url, "concurrent", CLIENTS, SECONDS / 4)) / (SECONDS / 4)
        with cosmos_servers.canned(url) as other:
            canned = len(cosmos_load.concurrent_upserts(other, "concurrent", CLIENTS, SECONDS / 4)) / (SECONDS / 4)
    beside = f"through the SDK {through_sdk:,.0f}/s, canned answers through the SDK {canned:,.0f}/s"
    return [
        Figure(f"{CLIENTS} concurrent upserts of 1 KB ({beside})", len(seconds) / SECONDS, "op/s", ">=", 1_200),
        Figure(f"{CLIENTS} concurrent upserts: p99", statistics.quantiles(seconds, n=100)[98] * 1000, "ms", "<=", 100),
        Figure(f"{CLIENTS} concurrent upserts: refused", refused, "requests", "<=", 0),
    ]


def growth() -> list[Figure]:
    """A point read from a small and from a large container, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        for name, count in (("few", FEW), ("many", MANY)):
            documents = (cosmos_load.document(number, f"k{number % 997}") for number in range(count))
            cosmos_fill.fill(Path(folder), name, documents, throughput=cosmos_load.AMPLE)
        loaded = time.perf_counter() - started
        with cosmos_servers.emulator(Path(folder)) as (_process, url):
            client = cosmos_load.client(url)
            few, many = (cosmos_load.container(client, name) for name in ("few", "many"))
            small, large = (_reader(few, FEW), _reader(many, MANY))
            for _time in range(500):
                small(), large()
            rate, grown = cosmos_load.beside(small, large, ROUNDS, CALLS)
    name = f"point read of {MANY:,} documents beside {FEW:,} (loaded in {loaded:,.0f} s)"
    return [Figure(name, rate / grown, "x", "<=", 1.2)]


def _reader(container: ContainerProxy, count: int) -> Callable[[], Any]:
    """Reads documents from all over a container."""
    numbers = iter(range(0, 1 << 40, 7919))

    def read() -> Any:
        number = next(numbers) % count
        return container.read_item(f"item-{number}", f"k{number % 997}")

    return read


def queries() -> list[Figure]:
    """Queries on one logical partition of 100,000 documents."""
    with tempfile.TemporaryDirectory() as folder:
        documents = (
            {**cosmos_load.document(number, "loud"), "secret": number % 1_000, "rank": number * 7919 % QUERIED}
            for number in range(QUERIED)
        )
        cosmos_fill.fill(Path(folder), "queried", documents, throughput=6_000, policy=UNINDEXED)
        with cosmos_servers.emulator(Path(folder)) as (_process, url):
            container = cosmos_load.container(cosmos_load.client(url), "queried", ONE_PARTITION)
            container.replace_throughput(ONE_PARTITION)
            return [
                _query(container, "filter on an unindexed path", "c.secret = 7", 100, 1_000),
                _query(container, "equality on an indexed path", "c.rank = 4711", 1, 50),
                _query(container, "range on an indexed path", "c.rank >= 500 AND c.rank < 600", 100, 50),
                _query(container, "first 100 by an indexed path", "true ORDER BY c.rank", 100, 50, page=100),
            ]


def _query(
    container: ContainerProxy, what: str, condition: str, expected: int, reach: float, page: int | None = None
) -> Figure:
    """The median milliseconds of a query's answer, or of its first page."""
    text = f"SELECT * FROM c WHERE {condition}"

    def ask() -> int:
        pages = container.query_items(text, partition_key="loud", max_item_count=page or 1_000)
        return len(list(next(pages.by_page()))) if page else len(list(pages))

    times = []
    for _time in range(5):
        time.sleep(1.1)  # the last one's charge may have taken this second's throughput
        count = 0

        def once() -> None:
            nonlocal count
            count = ask()

        times.append(cosmos_load.timed(once))
        assert count == expected, (what, count)
    return Figure(f"{what}, {QUERIED:,} documents of one partition", statistics.median(times) * 1000, "ms", "<=", reach)


def footprint() -> list[Figure]:
    """From nothing until the account answers, and what stays in memory."""
    starts, memory = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for _time in range(STARTS):
            started = time.perf_counter()
            with cosmos_servers.emulator(Path(folder)) as (process, url):
                cosmos_servers.answered(url)
                starts.append(time.perf_counter() - started)
                cosmos_load.container(cosmos_load.client(url), "idle", 400)
                memory = psutil.Process(process.pid).memory_info().rss / 1e6
    return [
        Figure(f"start until the first answer (median of {STARTS})", statistics.median(starts), "s", "<=", 0.6),
        Figure("resident memory, idle", memory, "MB", "<=", 80),
    ]


def durability() -> list[Figure]:
    total, lost, torn = cosmos_durability.kills(KILLS, WRITES)
    return [
        Figure(f"killed {KILLS} times, {total:,} writes acknowledged: lost", lost, "documents", "<=", 0),
        Figure(f"killed {KILLS} times: torn documents or index entries", torn, "documents", "<=", 0),
    ]
