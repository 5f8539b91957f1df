"""Grading on Dask beside the local pool, and 50,000 verdicts through a cluster whose workers are killed. Called by
`grade`."""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dask
import psutil
from distributed import Client, LocalCluster

from benchmarks import grading_class as handing_in
from benchmarks.figure import Figure

CLASS = int(os.environ.get("CAMP_BENCH_DASK_CLASS", "60"))
TASKS = int(os.environ.get("CAMP_BENCH_DASK_TASKS", "50000"))
AT_ONCE, SECONDS_BETWEEN_KILLS = 400, 5.0
THREADS = 5  # of each of the two workers, as many graders as the local pool has for a core


def figures() -> list[Figure]:
    return [*beside_the_pool(), *simulation()]


def beside_the_pool() -> list[Figure]:
    seconds = {}
    with local_cluster(THREADS) as address:
        for kind, options in (("pool", ["--workers", str(2 * THREADS)]), ("dask", ["--dask", address])):
            with handing_in.course() as place:
                folder = place.parent / "in"
                batch = handing_in.grade(place, folder, handing_in.hand_in(folder, CLASS), *options)
                assert not batch.wrong, batch.wrong
                seconds[kind] = batch.seconds
    return [
        Figure(
            f"Dask, LocalCluster of 2, beside the local pool ({CLASS} submissions)",
            seconds["pool"] / seconds["dask"],
            "x",
            ">=",
            0.9,
        )
    ]


def simulation() -> list[Figure]:
    """As many verdicts as a very large course has, while a worker is killed every few seconds."""
    with local_cluster(THREADS) as address:
        simulated = Simulation(address)
        started = time.perf_counter()
        asyncio.run(simulated.run())
        rate = TASKS / (time.perf_counter() - started)
    wrong = TASKS - sum(count == 1 for count in simulated.seen.values())
    what = f"{TASKS:,} simulated verdicts, {simulated.kills} workers killed ({rate:,.0f}/s)"
    stays = (simulated.memory[-1] - simulated.memory[0]) / 1000 / (TASKS - TASKS // 10)
    return [
        Figure(f"{what}: lost or twice", wrong, "verdicts", "<=", 0),
        Figure(f"{what}: memory of client and scheduler that stays for each", stays, "KB", "<=", 1),
    ]


@contextmanager
def local_cluster(threads: int) -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory() as folder,
        dask.config.set({"distributed.scheduler.allowed-failures": 100, "logging.distributed": "critical"}),
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=threads, dashboard_address=None, local_directory=folder, silence_logs=50
        ) as cluster,
    ):
        yield str(cluster.scheduler_address)


def verdict(number: int) -> dict[str, Any]:
    """Stands for a grading: as large as a verdict is, and as quick as can be."""
    time.sleep(0.001)
    return {"student": number, "points": number % 19, "seen": "x" * 2000}


class Simulation:
    """Asks a cluster for `TASKS` verdicts, and kills one of its workers every few seconds."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._rng = random.Random(TASKS)
        self._free = asyncio.Semaphore(AT_ONCE)
        self.seen: Counter[int] = Counter()
        self.kills = 0
        self.memory: list[int] = []

    async def run(self) -> None:
        async with Client(self._address, asynchronous=True, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            killing = asyncio.create_task(self._kill(client))
            running: set[asyncio.Task[None]] = set()
            for number in range(TASKS):
                await self._free.acquire()
                task = asyncio.create_task(self._one(client, number))
                running.add(task)
                task.add_done_callback(running.discard)
            await asyncio.gather(*running)
            killing.cancel()

    async def _one(self, client: Any, number: int) -> None:
        found = await client.submit(verdict, number, pure=False)
        self._free.release()
        self.seen[found["student"]] += 1
        if len(self.seen) in (TASKS // 10, TASKS):
            self.memory.append(psutil.Process().memory_info().rss)

    async def _kill(self, client: Any) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_KILLS)
            if pids := list((await client.run(os.getpid)).values()):
                os.kill(self._rng.choice(pids), signal.SIGKILL)
                self.kills += 1
